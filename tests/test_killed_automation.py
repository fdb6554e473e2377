"""Workers killed again and again while two rules have fifty occasions: each rule runs once for each."""

import json
import os
import re
import subprocess
import sys
from collections import Counter

import pytest
from django.db import connection

from scripts.environment import ROOT, clean_environment
from tickets.models import AutomationRule, AutomationRun, Event, Message
from tickets.services import add_customer_message, create_ticket, run_for_events

KILLS, TICKETS, WRITTEN, SEED = 8, 5, 5, 20260302


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_each_rule_runs_once_for_each_event_however_often_workers_are_killed(customer):
    tickets = [
        create_ticket(customer=customer, subject=f"屏幕 {number}", body="碎了", acknowledge=False)
        for number in range(TICKETS)
    ]
    # The second answers to what the first does, and so has to read on.
    first = AutomationRule.objects.create(name="first", when="customer_wrote", note="来信")
    second = AutomationRule.objects.create(name="second", when="noted", words="来信", note="收到")
    for number in range(WRITTEN):
        for ticket in tickets:
            add_customer_message(ticket, f"还有 {number}", customer=customer)

    environment = clean_environment(
        DATABASE_URL=re.sub(r"/[^/]*$", f"/{connection.settings_dict['NAME']}", os.environ["DATABASE_URL"])
    )
    command = [sys.executable, "-m", "tests.automation_worker", str(KILLS), str(SEED)]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {"killed": KILLS}
    ran = AutomationRun.objects.count()
    print(f"\nafter {KILLS} kills: {ran} runs of {2 * TICKETS * WRITTEN}")
    assert ran > 0
    while run_for_events():
        pass

    occasions = TICKETS * WRITTEN
    runs = AutomationRun.objects.values_list("rule", "event_id", "outcome")
    counted = Counter((rule, outcome) for rule, _event, outcome in runs)
    assert counted == {(first.pk, "done"): occasions, (second.pk, "done"): occasions}
    assert len(set(runs)) == 2 * occasions
    notes = Counter(Message.objects.filter(kind="note").values_list("body", flat=True))
    assert notes == {"来信": occasions, "收到": occasions}
    assert Event.objects.filter(kind="automation").count() == 2 * occasions
