"""A worker killed a hundred times while five hundred stages fall due: each fires once, and its mail goes out."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from email.message import EmailMessage

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from channels.delivery import deliver_due
from channels.tests.conftest import Postbox, postbox  # noqa: F401 - a fixture
from scripts.environment import ROOT, clean_environment
from sla.models import BusinessCalendar, SlaPolicy
from tickets.models import EscalationStage, Event, Message, Promise, StageFiring
from tickets.services import create_ticket, fire_due_stages

KILLS, TICKETS, SEED = 100, 150, 20260302
PROMISES = 2 * TICKETS
# What the mails say about a promise: HD-000123: Resolution is overdue.
TITLE = re.compile(r"HD-\d+: .* is overdue")


def text_of(mail: EmailMessage) -> str:
    """A mail's subject and text; of a single message the subject is its title."""
    return f"{mail['Subject']}\n{mail.get_body(('plain',)).get_content()}"


@pytest.fixture
def warned(lead) -> EscalationStage:
    """A stage that tells the lead when a promise by the clock is due; nothing else is promised."""
    lead.language = "en"
    lead.save()
    SlaPolicy.objects.all().update(is_active=False)
    calendar = BusinessCalendar.objects.create(name="Day and night", time_zone="Asia/Shanghai")
    policy = SlaPolicy.objects.create(
        name="In an hour", calendar=calendar, first_response_minutes=60, first_response_counts="clock",
        resolution_minutes=60, resolution_counts="clock",
    )  # fmt: skip
    return EscalationStage.objects.create(policy=policy, at_minutes=0, tells_person=lead)


@pytest.fixture
def worker_environment(postbox: Postbox) -> dict[str, str]:  # noqa: F811
    """What the workers need: this test's database and mail server."""
    name = connection.settings_dict["NAME"]
    return clean_environment(
        DATABASE_URL=re.sub(r"/[^/]*$", f"/{name}", os.environ["DATABASE_URL"]),
        EMAIL_URL=f"smtp://127.0.0.1:{postbox.port}",
        DEFAULT_FROM_EMAIL="help@example.com",
        PUBLIC_URL="https://help.example.com",
    )


def check_mails(postbox: Postbox) -> None:  # noqa: F811
    """Everything is told in one mail, and at most one mail went out twice, as the same mail."""
    mails: dict[str, EmailMessage] = {}
    for mail in postbox.mails:
        # What goes out again is the same mail to the reader's program, and says the same.
        assert text_of(mails.setdefault(mail["Message-ID"], mail)) == text_of(mail)
    told = Counter(
        name for mail in mails.values() for name in text_of(mail).splitlines() if TITLE.fullmatch(name)
    )
    assert len(told) == PROMISES, "Something was never told."
    assert set(told.values()) == {1}, "Something was told in two mails."
    doubles = len(postbox.mails) - len(mails)
    print(f"{len(mails)} mails; {doubles} of them went out twice, under the same Message-ID")
    # A worker killed after the server took a mail and before that was written down doubles it, and nobody can know.
    assert doubles <= 1


@pytest.mark.postgres
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_a_hundred_times_fires_each_stage_once(
    warned,
    worker_environment,
    customer,
    postbox,  # noqa: F811
):
    with time_machine.travel(timezone.now() - timedelta(hours=2), tick=False):
        for number in range(TICKETS):
            create_ticket(customer=customer, subject=f"屏幕 {number}", body="碎了", acknowledge=False)
    assert Promise.objects.filter(next_stage_at__lte=timezone.now()).count() == PROMISES

    command = [sys.executable, "-m", "tests.escalation_worker", str(KILLS), str(SEED)]
    run = subprocess.run(
        command, cwd=ROOT, env=worker_environment, capture_output=True, text=True, timeout=600
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {"killed": KILLS}
    fired, sent = StageFiring.objects.count(), len(postbox.mails)
    print(f"\nafter {KILLS} kills: {fired} of {PROMISES} fired, {sent} mails taken")
    assert fired, "No worker lived long enough to do anything."

    while fire_due_stages():
        pass
    # Messages whose worker was killed are due again when its lease is over.
    while Message.objects.filter(delivery="queued").update(next_attempt_at=timezone.now()):
        deliver_due()

    assert StageFiring.objects.count() == PROMISES
    assert StageFiring.objects.values("promise", "stage").distinct().count() == PROMISES
    escalated = Counter(
        data["promise"] for data in Event.objects.filter(kind="escalated").values_list("data", flat=True)
    )
    assert set(escalated.values()) == {1}
    assert len(escalated) == PROMISES
    messages = Message.objects.filter(purpose="staff")
    assert messages.count() == messages.filter(delivery="sent").count() == PROMISES

    check_mails(postbox)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_mail_whose_worker_is_killed_before_the_servers_answer_is_sent_again(
    worker_environment,
    customer,
    postbox,  # noqa: F811
):
    create_ticket(customer=customer, subject="屏幕", body="碎了")
    postbox.keeps_waiting = True
    code = "import django; django.setup(); from channels.delivery import deliver_due; deliver_due()"
    environment = {**worker_environment, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    worker = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment)
    assert postbox.has_one.wait(30)
    worker.kill()
    worker.wait()
    message = Message.objects.get(kind="automatic")
    assert (message.delivery, message.attempts, message.delivered_at) == ("queued", 1, None)
    postbox.keeps_waiting = False
    assert deliver_due() == 0  # the lease of the killed one
    Message.objects.update(next_attempt_at=timezone.now())
    assert deliver_due() == 1
    message.refresh_from_db()
    assert (message.delivery, message.attempts, len(postbox.mails)) == ("sent", 2, 1)
