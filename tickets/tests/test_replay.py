"""A life told again gives the promises that the services made while it was lived."""

from datetime import UTC, date, datetime, time

import pytest
from django.utils import timezone

from catalog.models import Category
from sla.models import SlaPolicy
from sla.services import record_version
from staff.models import Rota, ShiftPattern
from tickets.models import Route
from tickets.replay.life import replay
from tickets.replay.reading import read_stories
from tickets.replay.rules import Rules
from tickets.rulebook import current_rulebook
from tickets.tests.lives import live

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)


@pytest.fixture
def categories(category, team):
    """Two categories, both of the team."""
    other = Category.objects.create(name="Battery", name_zh_hans="电池", code="battery")
    Route.objects.create(category=other, team=team)
    return [category, other]


@pytest.fixture
def policies(db, categories):
    """Policies that use every rule there is."""
    SlaPolicy.objects.filter(name="Normal").update(
        progress_minutes=300, next_response_minutes=120, pauses_for_children=True, on_reopen="continue",
    )  # fmt: skip
    SlaPolicy.objects.filter(name="High").update(
        progress_minutes=200, progress_counts="clock", pauses_off_duty=True, next_response_minutes=60
    )
    SlaPolicy.objects.filter(name="Low").update(
        pauses_for_children=True, pauses_off_duty=True, on_reopen="continue"
    )
    for policy in SlaPolicy.objects.all():
        record_version(policy, reason="test")


@pytest.fixture
def rota(team, agent):
    """The agent works from 9 to 12 and from 14 to 18 on every working day."""
    made = Rota.objects.create(team=team, begins_on=date(2026, 3, 2), time_zone="Asia/Shanghai")
    for code, begins, ends in (("A", 9, 12), ("B", 14, 18)):
        pattern = ShiftPattern.objects.create(code=code, name=code, begins=time(begins), ends=time(ends))
        for weekday in range(5):
            made.slots.create(weekday=weekday, pattern=pattern, user=agent)


def told_again(ticket, rules=None):
    """The ticket's story with its promises told again."""
    now = timezone.now()
    told = read_stories([ticket.pk], {"child", "off_duty"}, now)[0]
    rules = rules or Rules(current_rulebook())
    return told, replay(told.story, rules.for_ticket(told.stored), now), now


def line(kind, policy, started_at, met_at, due_at, is_broken):
    return f"{kind} {policy} {started_at:%d %H:%M:%S} due {due_at} met {met_at} broken {is_broken}"


@pytest.mark.usefixtures("policies", "rota")
@pytest.mark.parametrize(
    "seed", [*range(8), *(pytest.param(seed, marks=pytest.mark.ground) for seed in range(8, 16))]
)
def test_a_life_told_again_gives_the_promises_that_were_made(
    seed, clock, customer, agent, lead, team, categories
):
    ticket = live(clock, seed, customer=customer, agent=agent, lead=lead, team=team, categories=categories)
    told, outcomes, now = told_again(ticket)
    stored = sorted(
        line(row.kind, row.policy, row.started_at, row.met_at,
             "" if row.dropped_at or (row.is_open and not row.running_since_at) else row.due_at, row.is_broken(now))
        for row in told.stored
    )  # fmt: skip
    again = sorted(
        line(one.kind, one.deal.policy_id, one.started_at, one.met_at,
             "" if one.dropped_at or one.is_standing else one.due_at, one.is_broken)
        for one in outcomes
    )  # fmt: skip
    assert again == stored
    assert stored
