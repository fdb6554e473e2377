"""Clocks that follow the rota: they stand while nobody of the team is on duty, from the very moment."""

from datetime import date, time, timedelta

import pytest
import time_machine

from sla.models import SlaPolicy
from sla.services import record_version
from staff.models import Rota, ShiftPattern
from tickets import services
from tickets.models import Event

# 2 March 2026, a Monday; ten in the morning in Shanghai.
TEN = time_machine.travel("2026-03-02T02:00:00+00:00", tick=False)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock():
    with TEN as traveller:
        yield traveller


@pytest.fixture
def rota(team, agent):
    """The agent works from 9 to 11 and from 14 to 18 on Mondays, while the calendar is open from 9 to 18."""
    made = Rota.objects.create(team=team, begins_on=date(2026, 3, 2), time_zone="Asia/Shanghai")
    for code, begins, ends in (("A", 9, 11), ("B", 14, 18)):
        pattern = ShiftPattern.objects.create(code=code, name=code, begins=time(begins), ends=time(ends))
        made.slots.create(weekday=0, pattern=pattern, user=agent)
    return made


@pytest.fixture
def resting(db):
    """The policy for ordinary tickets lets clocks stand off duty; ninety minutes by the clock on the wall."""
    policy = SlaPolicy.objects.get(name="Normal")
    policy.pauses_off_duty = True
    for kind in ("first_response", "resolution"):
        setattr(policy, f"{kind}_minutes", 90)
        setattr(policy, f"{kind}_counts", "clock")
    policy.save()
    record_version(policy, reason="test")


def resolution(ticket):
    return ticket.promises.get(kind="resolution", dropped_at__isnull=True)


@pytest.mark.usefixtures("resting", "rota")
def test_clocks_stand_from_the_end_of_the_last_shift_to_the_beginning_of_the_next(clock, ticket_in):
    ticket = ticket_in("assigned")
    assert services.follow_duty() == 0
    clock.shift(63 * MINUTE)  # 11:03; looked at three minutes late
    assert services.follow_duty() == 1
    assert services.follow_duty() == 0
    promise = resolution(ticket)
    assert (promise.is_paused, promise.spent_seconds) == (True, 3600)
    clock.shift(180 * MINUTE)  # 14:03
    assert services.follow_duty() == 1
    assert resolution(ticket).due_at.isoformat() == "2026-03-02T06:30:00+00:00"
    assert [(pause.reason, pause.ended_at - pause.started_at) for pause in promise.pauses.all()] == [
        ("off_duty", timedelta(hours=3))
    ]


@pytest.mark.usefixtures("resting", "rota")
def test_a_promise_is_not_broken_by_the_time_after_the_last_shift(clock, ticket_in):
    ticket = ticket_in("assigned")
    clock.shift(91 * MINUTE)  # 11:31: without the rota it would be late by a minute
    assert services.mark_broken_promises() == 0
    assert resolution(ticket).is_paused
    clock.shift(180 * MINUTE)  # 14:31: half an hour more was left
    assert services.follow_duty() == 1
    assert services.mark_broken_promises() == 2
    assert resolution(ticket).broken_at.isoformat() == "2026-03-02T06:30:00+00:00"
    assert Event.objects.filter(ticket=ticket, kind="promise_broken").count() == 2


@pytest.mark.usefixtures("resting", "rota")
def test_what_comes_in_off_duty_waits_for_the_next_shift(clock, ticket_in):
    clock.shift(120 * MINUTE)  # noon
    ticket = ticket_in("assigned")
    clock.shift(MINUTE)
    assert services.follow_duty() == 1
    assert resolution(ticket).spent_seconds == 0
    clock.shift(120 * MINUTE)
    services.follow_duty()
    assert resolution(ticket).due_at.isoformat() == "2026-03-02T07:30:00+00:00"


@pytest.mark.usefixtures("resting")
def test_without_a_rota_the_clocks_run(clock, ticket_in):
    ticket = ticket_in("assigned")
    clock.shift(91 * MINUTE)
    assert services.follow_duty() == 0
    assert services.mark_broken_promises() == 2
    assert resolution(ticket).broken_at is not None


@pytest.mark.usefixtures("resting")
def test_when_the_rota_is_given_up_the_clocks_go_on(clock, ticket_in, rota):
    ticket = ticket_in("assigned")
    clock.shift(70 * MINUTE)
    services.follow_duty()
    rota.delete()
    assert services.follow_duty() == 1
    assert resolution(ticket).due_at.isoformat() == "2026-03-02T03:40:00+00:00"


@pytest.mark.usefixtures("rota")
def test_where_no_policy_rests_nobody_looks_at_rotas(clock, ticket_in, django_assert_num_queries):
    ticket_in("assigned")
    clock.shift(70 * MINUTE)
    with django_assert_num_queries(1):
        assert services.follow_duty() == 0
