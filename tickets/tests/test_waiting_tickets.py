"""Which waiting tickets are given out: those of teams with somebody on duty, by a rota or without any."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from staff.models import Rota, ShiftPattern, User
from tickets.models import ClassifyingRule, Route, Ticket
from tickets.services import assign_waiting_tickets, create_ticket, sweeps
from tickets.services.sweeps import tickets_to_assign

# 2 March 2026, a Monday; ten in the evening in Shanghai.
NIGHT = "2026-03-02T22:00:00+08:00"


@pytest.fixture
def ask(customer, category):
    """Takes a ticket in that the rules classify."""
    ClassifyingRule.objects.create(name="All", words="屏幕", category=category)
    return lambda: create_ticket(customer=customer, subject="屏幕", body="屏幕碎了", acknowledge=False)


@pytest.fixture
def by_day(team, agent) -> Rota:
    """The agent is on shift from nine to five, and has not switched himself away in the evening."""
    User.objects.filter(pk=agent.pk).update(is_present=True)
    pattern = ShiftPattern.objects.create(code="D", name="Day", begins=time(9), ends=time(17))
    made = Rota.objects.create(team=team, begins_on=date(2026, 3, 2), time_zone="Asia/Shanghai")
    for weekday in range(7):
        made.slots.create(weekday=weekday, pattern=pattern, user=agent)
    return made


def is_wanted() -> bool:
    """What the schedule asks before it wakes the task."""
    return tickets_to_assign().exists()


@pytest.mark.usefixtures("by_day")
def test_tickets_of_a_team_off_duty_stand_before_nobody_elses(
    ask, other_team, agent_of_another_team, monkeypatch
):
    monkeypatch.setattr(sweeps, "LOOKED_AT", 200)
    with time_machine.travel(NIGHT, tick=False) as clock:
        first = ask()
        Ticket.objects.bulk_create(
            Ticket(
                customer=first.customer, subject="屏幕", category=first.category, team=first.team, status="classified",
                priority="normal", link_nonce=f"n{number}", token_hash=f"h{number}", due_at=first.due_at,
                queue_at=first.queue_at, updated_at=first.updated_at, classified_at=first.classified_at,
            )
            for number in range(300)
        )  # fmt: skip
        clock.shift(timedelta(minutes=1))
        assert not is_wanted()
        Route.objects.update(team=other_team)
        waiting = ask()
        assert (waiting.team, waiting.assignee) == (other_team, None)
        User.objects.filter(pk=agent_of_another_team.pk).update(is_present=True)
        clock.shift(timedelta(minutes=1))
        assert is_wanted()
        assert assign_waiting_tickets() == 1
        assert Ticket.objects.get(pk=waiting.pk).assignee == agent_of_another_team
        assert not is_wanted()
        clock.shift(timedelta(hours=11))
        assert is_wanted()


def test_without_any_rota_whoever_is_present_gets_what_comes_and_what_waits(ask, agent, colleague):
    waits = ask()
    assert waits.assignee is None
    call_command("work", batch=True)
    assert Ticket.objects.get(pk=waits.pk).assignee is None
    for one in (agent, colleague):
        one.is_present = True
        one.save()
    Ticket.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    assert is_wanted()
    call_command("work", batch=True)
    assert Ticket.objects.get(pk=waits.pk).assignee == agent
    assert [ask().assignee for _ in range(2)] == [colleague, agent]
    assert not Rota.objects.exists()
