"""Several workers and visitors at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from surveys import services
from surveys.models import Invitation, Response
from surveys.services import SurveyClosed
from tickets.models import Message, Ticket

WORKERS = 6

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(act: Callable[[int], Any]) -> list[Any]:
    """What each of the workers gets, all beginning at the same moment."""
    gate = Barrier(WORKERS)

    def work(number: int) -> Any:
        gate.wait()
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, range(WORKERS)))


@pytest.fixture
def asked_at(rule, ticket_in):
    """Twelve tickets of one customer and a moment when all are to be asked about."""
    for _number in range(12):
        ticket_in("resolved")
    return timezone.now() + timedelta(minutes=61)


def test_workers_ask_about_each_ticket_once_and_a_customer_once(asked_at):
    with time_machine.travel(asked_at, tick=True):
        done = at_once(lambda _number: services.ask_resolved())
    assert sum(done) == 12
    assert Invitation.objects.count() == 1
    assert Message.objects.filter(purpose="survey").count() == 1
    assert Ticket.objects.filter(survey_outcome="not_asked").count() == 11


def test_workers_remind_once(invite):
    invitation = invite()
    with time_machine.travel(invitation.remind_at, tick=True):
        done = at_once(lambda _number: services.remind_and_close())
    assert sum(done) == 1
    assert Message.objects.filter(purpose="survey_reminder").count() == 1


def test_a_form_sent_several_times_at_once_counts_once(invite, questions):
    invitation = invite()

    def send(number: int) -> bool:
        try:
            services.answer(invitation, {questions["score_5"].pk: number % 5 + 1})
        except SurveyClosed as closed:
            return closed.reason != "answered"
        return True

    assert at_once(send).count(True) == 1
    assert Response.objects.count() == 1
    assert invitation.ticket.events.filter(kind="survey_answered").count() == 1
