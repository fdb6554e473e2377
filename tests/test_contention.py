"""Two agents press at once: exactly one wins, the other is told, no event is lost or doubled."""

import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection

from tickets.models import Ticket
from tickets.services import StepRefused, take_step

ROOT = Path(__file__).resolve().parent.parent
TICKETS, THREADS, PROCESSES = 50, 20, 4


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_twenty_threads_one_wins_each_ticket(ticket_in, agent, colleague):
    tickets = [ticket_in("assigned") for _ in range(TICKETS)]
    gate = Barrier(THREADS)

    def press(number: int) -> list[bool]:
        person = (agent, colleague)[number % 2]
        answers = []
        gate.wait()
        for ticket in tickets:
            try:
                take_step(ticket, "resolve", actor=person, reply="已为您换新屏幕。")
                answers.append(True)
            except StepRefused as refusal:
                answers.append(not refusal.reasons)
        connection.close()
        return answers

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(press, range(THREADS)))
    for place, ticket in enumerate(tickets):
        assert [row[place] for row in answers].count(True) == 1
        assert ticket.events.filter(step="resolve").count() == 1
        assert ticket.messages.filter(kind="reply").count() == 1
    assert Ticket.objects.filter(status="resolved").count() == TICKETS


PREPARE = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
from django.contrib.auth.models import Group
from catalog.models import Category
from customers.models import Customer
from staff.models import Membership, Team, User
from tickets.models import Route
from tickets.services import create_ticket, take_step
team = Team.objects.create(name="Phones")
category = Category.objects.create(name="Screen", code="screen")
Route.objects.create(category=category, team=team)
customer = Customer.objects.create(name="陈晓")
for name in ("a", "b"):
    agent = User.objects.create_user(name + "@example.com", None, display_name=name)
    agent.groups.add(Group.objects.get(name="agent"))
    Membership.objects.create(team=team, user=agent)
for number in range(%d):
    ticket = create_ticket(customer=customer, subject="屏幕碎了", body="摔了")
    take_step(ticket, "classify", actor=agent, category=category, priority="normal")
    take_step(ticket, "assign", actor=agent, assignee=agent)
"""

COUNT = """
import os, json, django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
from tickets.models import Event, Message, Ticket
print(json.dumps([
    Ticket.objects.filter(status="resolved").count(),
    Event.objects.filter(step="resolve").count(),
    Event.objects.filter(step="resolve").values("ticket").distinct().count(),
    Message.objects.filter(kind="reply").count(),
]))
"""


@pytest.mark.ground
def test_of_four_processes_on_sqlite_one_wins_each_ticket(tmp_path, settings):
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "PYTHONPATH": str(ROOT),
    }

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    if settings.MIGRATED_DATABASE.scheme == "sqlite":
        shutil.copy(settings.MIGRATED_DATABASE.path, tmp_path / "db.sqlite3")
    else:
        python("manage.py", "migrate", "-v", "0")
    python("-c", PREPARE % TICKETS)
    start_at = time.time() + 4
    with ThreadPoolExecutor(PROCESSES) as pool:
        results = list(
            pool.map(
                lambda number: json.loads(
                    python("tests/contention_worker.py", f"{'ab'[number % 2]}@example.com", str(start_at))
                ),
                range(PROCESSES),
            )
        )
    assert [result["errors"] for result in results] == [[]] * PROCESSES
    assert sum(result["won"] for result in results) == TICKETS
    assert sum(result["told"] for result in results) == TICKETS * (PROCESSES - 1)
    assert json.loads(python("-c", COUNT)) == [TICKETS, TICKETS, TICKETS, TICKETS]
