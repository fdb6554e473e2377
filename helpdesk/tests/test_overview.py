"""The managers' overview, with figures counted by hand."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.urls import reverse

from customers.models import Customer
from helpdesk.measures import add_up, current_sums, read_sums
from staff.models import Team
from surveys import services as surveys
from surveys.models import Survey
from surveys.statistics import Share
from tickets.models import Route, Ticket
from tickets.services import create_ticket, mark_broken_promises, take_step

# A Wednesday; all promises below are of the urgent policy, which counts by the clock: one hour and one day.
NOW = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _empty_cache():
    caches["memory"].clear()


@pytest.fixture
def other_category(category, other_team):
    made = type(category).objects.create(name="Kettle", code="kettle")
    Route.objects.create(category=made, team=other_team)
    return made


@pytest.fixture
def make(db, category, agent, agent_of_another_team):
    """Makes a ticket so many hours ago, with the steps that are asked for, each at its own moment."""

    def make(
        hours_ago, *, reply_after=None, resolve_after=None, score=None, likely=None, cancel=False, kind=None
    ):
        worker = agent if kind in (None, category) else agent_of_another_team
        start = NOW - timedelta(hours=hours_ago)
        with time_machine.travel(start, tick=False) as clock:
            customer = Customer.objects.create(name="周敏", language="zh-hans")
            customer.identities.create(kind="email", value=f"c{customer.pk}@example.com")
            ticket = create_ticket(customer=customer, subject="坏了", body="坏了")
            take_step(ticket, "classify", actor=worker, category=kind or category, priority="urgent")
            take_step(ticket, "assign", actor=worker, assignee=worker)
            if cancel:
                return take_step(ticket, "cancel", actor=worker, cancel_reason="spam")
            if reply_after is not None:
                clock.move_to(start + timedelta(hours=reply_after))
                mark_broken_promises()
                take_step(ticket, "wait", actor=worker, reply="请问型号？")
                take_step(ticket, "resume", actor=worker)
            if resolve_after is not None:
                clock.move_to(start + timedelta(hours=resolve_after))
                mark_broken_promises()
                ticket = take_step(ticket, "resolve", actor=worker, reply="好了。")
                answer(ticket, clock, score, likely)
        return Ticket.objects.get(pk=ticket.pk)

    def answer(ticket, clock, score, likely):
        if score is None:
            return
        clock.shift(timedelta(minutes=61))
        surveys.ask_resolved()
        questions = {question.kind: question.pk for question in Survey.objects.get().questions.all()}
        given = {questions["score_5"]: score, questions["score_10"]: likely}
        surveys.answer(ticket.invitations.get(), given)

    return make


@pytest.fixture
def small_set(make, other_category):
    """Two teams' tickets of the last month, and one before it."""
    make(2)  # open, first response overdue since an hour
    make(30, reply_after=0.5)  # open, answered in time, resolution overdue since six hours
    make(100, reply_after=0.5, resolve_after=5, score=5, likely=10)  # all in time
    make(200, reply_after=3, resolve_after=30, score=2, likely=3)  # all late
    make(210, reply_after=0.5, resolve_after=3, score=4, likely=8)
    make(220, cancel=True)
    make(300, reply_after=0.5, resolve_after=10, score=4, likely=9, kind=other_category)
    make(2000, reply_after=0.5, resolve_after=10, score=1, likely=0)  # before the month
    with time_machine.travel(NOW, tick=False):
        mark_broken_promises()
        yield


def test_the_figures_are_those_counted_by_hand(small_set, team, other_team):
    found = add_up(read_sums(30, NOW))
    total = found.total
    assert (total.open, total.late) == (2, 2)
    assert total.open_by_age == [1, 1, 0, 0]
    assert total.open_by_status["assigned"] == [1, 1, 0, 0]
    # Six first responses were due or given, two of them late: one given late, one still missing.
    assert total.first_response == Share(4, 6)
    assert total.resolution == Share(3, 5)
    # Seven came in, one of them was cancelled.
    assert total.resolved == Share(4, 6)
    assert total.satisfied == Share(3, 4)
    assert (total.promoters, total.detractors, total.recommend_answers) == (2, 1, 4)
    assert total.nps == 25
    assert found.by_team[team.pk].satisfied == Share(2, 3)
    assert found.by_team[other_team.pk].first_response == Share(1, 1)


def test_weeks_and_teams_add_up_to_the_total(small_set):
    for days in (7, 30, 90):
        found = add_up(read_sums(days, NOW))
        for parts in (found.by_team, found.by_week):
            for name in ("first_response", "resolution", "resolved", "satisfied"):
                added = sum((getattr(part, name) for part in parts.values()), Share(0, 0))
                assert added == getattr(found.total, name)


def test_a_longer_range_holds_more(small_set):
    whole = [add_up(read_sums(days, NOW)).total.resolved.whole for days in (7, 30, 90)]
    assert whole == [3, 6, 7]


def test_a_change_shows_at_once(small_set, make):
    assert current_sums(30) == current_sums(30)
    before = add_up(current_sums(30)).total.open
    make(-0.001)
    assert add_up(current_sums(30)).total.open == before + 1


def test_the_manager_sees_all_teams(client, manager, small_set, team, other_team):
    client.force_login(manager)
    page = client.get(reverse("overview"))
    assert page.context["total"].satisfied == Share(3, 4)
    assert [name for name, _figures, _urls in page.context["teams"]] == sorted([team.name, other_team.name])
    assert "75%" in page.text
    # The Wilson interval of three in four.
    assert "30–95%, 4 answers" in page.text
    assert f"{reverse('tickets:queue', args=['broken'])}?team={team.pk}" in page.text


def test_the_lead_sees_only_his_teams(client, lead, small_set, team, other_team):
    client.force_login(lead)
    page = client.get(reverse("overview"))
    assert [name for name, _figures, _urls in page.context["teams"]] == [team.name]
    assert page.context["total"].satisfied == Share(2, 3)
    assert other_team.name not in page.text


def test_an_agent_may_not_look(client, agent):
    client.force_login(agent)
    assert client.get(reverse("overview")).status_code == 403


def test_every_range_opens(client, manager, small_set):
    client.force_login(manager)
    for days in ("7", "30", "90", "", "0", "x", "9" * 50):
        page = client.get(reverse("overview"), {"days": days})
        assert page.context["days"] == (int(days) if days in ("7", "30", "90") else 30)


def test_an_empty_desk_has_an_overview(client, manager):
    client.force_login(manager)
    page = client.get(reverse("overview"))
    assert page.context["total"].nps is None
    assert "–" in page.text


@pytest.mark.parametrize("count", [1, 9])
def test_it_costs_the_same_queries_at_any_size(count, client, manager, make, django_assert_num_queries):
    for number in range(count):
        Team.objects.create(name=f"Team {number}")
        make(number * 20 + 2, reply_after=0.5, resolve_after=1, score=5, likely=9)
    client.force_login(manager)
    with time_machine.travel(NOW, tick=False):
        # Session, user, permissions twice, newest change, open tickets, promises, tickets, answers, teams.
        with django_assert_num_queries(9):
            client.get(reverse("overview"))
        with django_assert_num_queries(5):
            client.get(reverse("overview"))
