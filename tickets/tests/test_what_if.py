"""What a draft would have changed equals what really comes about when it is in force from the beginning."""

from contextlib import contextmanager
from datetime import UTC, datetime, time
from functools import partial

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

pytestmark = [pytest.mark.django_db, pytest.mark.ground]
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)
LIVES = 4

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


@contextmanager
def taken_back():
    """Let what happens inside be as if it had never been."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def drafts(calendar):
    """What a manager tries, by name: the rules as they would be, and what applying them is."""

    def apply_to_policy(changes):
        policy = SlaPolicy.objects.get(name="Normal")
        for name, value in changes.items():
            setattr(policy, name, value)
        policy.save()
        record_version(policy, reason="test")

    def apply_to_calendar():
        calendar.hours.update(closes=time(13))
        record_version(calendar, reason="test")

    made = {
        name: (
            Rules(current_rulebook(), draft=draft_of(SlaPolicy.objects.get(name="Normal"), **changes)),
            partial(apply_to_policy, changes),
        )
        for name, changes in CHANGES.items()
    }
    with taken_back():
        calendar.hours.update(closes=time(13))
        hours = hours_of(calendar)
    made["other hours"] = (Rules(current_rulebook(), calendar=(calendar.pk, hours)), apply_to_calendar)
    return made


def check_drafts(people, *names):
    """Each draft's figures are those of applying it before the same lives are lived once more."""
    chosen = drafts(BusinessCalendar.objects.get(is_default=True))
    tried = {}
    with taken_back():
        now = live_all(people)
        before = (Promise.objects.count(), PromisePause.objects.count())
        for name in names:
            tried[name] = summed(chosen[name][0], now)
        assert (Promise.objects.count(), PromisePause.objects.count()) == before
    for name in names:
        with taken_back():
            chosen[name][1]()
            assert live_all(people) == now
            applied, drafted = summed(None, now), tried[name]
        assert drafted.left_out == applied.left_out == {}, name
        assert columns(drafted, 2) == columns(applied, 0) == columns(applied, 2), name
        assert columns(drafted, 0) != columns(drafted, 2), name
        assert drafted.changed == len(drafted.named), name
        assert drafted.changed > 0 or name not in CHANGES, name


@pytest.mark.usefixtures("policies", "rota")
def test_a_drafted_policy_gives_the_figures_of_applying_it(people):
    check_drafts(people, "another place in the order and other pauses")


@pytest.mark.usefixtures("policies", "rota")
def test_drafts_of_every_kind_give_the_figures_of_applying_them(people):
    check_drafts(people, "shorter targets", "out of use", "other hours")
