"""What a draft would have changed equals what really comes about when it is in force from the beginning."""

from datetime import UTC, datetime, time

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from sla.hours import hours_of
from sla.models import BusinessCalendar, SlaPolicy
from sla.services import record_version
from sla.snapshots import policy_snapshot
from sla.terms import terms_from
from tickets.models import Promise, PromisePause, Ticket
from tickets.replay.rules import Rules
from tickets.replay.sums import Sums, add_tickets
from tickets.rulebook import Policy, current_rulebook
from tickets.tests.lives import live
from tickets.tests.test_replay import categories, policies, rota  # noqa: F401

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)
LIVES = 8

TARGETS = {"first_response_minutes": 100, "resolution_minutes": 300, "progress_minutes": None}
ORDER = {"position": 1, "priorities": ["normal", "high"], "pauses_off_duty": True}
CHANGES = {
    "shorter targets": TARGETS,
    "another place in the order and other pauses": ORDER,
    "out of use": {"is_active": False},
}


@pytest.fixture
def people(customer, agent, lead, team, categories):  # noqa: F811
    return {"customer": customer, "agent": agent, "lead": lead, "team": team, "categories": categories}


def live_all(people):
    """Let the same lives be lived, one after the other; return when the last one ended."""
    with time_machine.travel(MONDAY, tick=False) as clock:
        for seed in range(LIVES):
            live(clock, 100 + seed, steps=10, **people)
        return timezone.now()


def summed(drafted, now):
    """The sums over all tickets by a draft; without one, by the rules as they are."""
    saved, sums = Rules(current_rulebook()), Sums()
    ids = list(Ticket.objects.order_by("pk").values_list("pk", flat=True))
    add_tickets(sums, ids, saved, drafted or saved, now)
    return sums


def columns(sums, first):
    """Kept and broken per part, now (0) or then (2), without what is nothing."""
    return {
        (part, key): row[first : first + 2]
        for part, rows in sums.parts.items()
        for key, row in rows.items()
        if any(row[first : first + 2])
    }


def draft_of(policy, **changes):
    for name, value in changes.items():
        setattr(policy, name, value)
    snapshot = policy_snapshot(policy)
    return Policy(
        row=policy, category_ids=frozenset(snapshot["categories"]), segment_ids=frozenset(snapshot["segments"]),
        hours=hours_of(policy.calendar), terms=terms_from(snapshot),
    )  # fmt: skip


@pytest.mark.usefixtures("policies", "rota")
@pytest.mark.parametrize(
    "change",
    ["another place in the order and other pauses"]
    + [pytest.param(name, marks=pytest.mark.ground) for name in ("shorter targets", "out of use")],
)
def test_a_drafted_policy_gives_the_figures_of_applying_it(change, people):
    with transaction.atomic():
        now = live_all(people)
        before = (Promise.objects.count(), PromisePause.objects.count())
        drafted = Rules(
            current_rulebook(), draft=draft_of(SlaPolicy.objects.get(name="Normal"), **CHANGES[change])
        )
        tried = summed(drafted, now)
        assert (Promise.objects.count(), PromisePause.objects.count()) == before
        transaction.set_rollback(True)
    policy = SlaPolicy.objects.get(name="Normal")
    for name, value in CHANGES[change].items():
        setattr(policy, name, value)
    policy.save()
    record_version(policy, reason="test")
    assert live_all(people) == now
    applied = summed(None, now)
    assert tried.left_out == applied.left_out == {}
    assert columns(tried, 2) == columns(applied, 0) == columns(applied, 2)
    assert columns(tried, 0) != columns(tried, 2)
    assert tried.changed == len(tried.named) > 0


@pytest.mark.ground
@pytest.mark.usefixtures("policies", "rota")
def test_a_drafted_calendar_gives_the_figures_of_applying_it(people):
    calendar = BusinessCalendar.objects.get(is_default=True)
    with transaction.atomic():
        now = live_all(people)
        with transaction.atomic():
            calendar.hours.update(closes=time(13))
            hours = hours_of(calendar)
            transaction.set_rollback(True)
        tried = summed(Rules(current_rulebook(), calendar=(calendar.pk, hours)), now)
        transaction.set_rollback(True)
    calendar.hours.update(closes=time(13))
    record_version(calendar, reason="test")
    assert live_all(people) == now
    applied = summed(None, now)
    assert tried.left_out == applied.left_out == {}
    assert columns(tried, 2) == columns(applied, 0)
    assert columns(tried, 0) != columns(tried, 2)
