"""Clocks that follow the rota: they stand while nobody of the team is on duty, from the very moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection

from sla.models import SlaPolicy
from sla.seeding import seed_sla
from sla.services import record_version
from staff.models import Rota, ShiftPattern, TeamDuty
from staff.services import remove_shift, switch_presence
from staff.services.planning import Place
from tickets import services
from tickets.models import Event, Route
from tickets.services import is_duty_to_follow

# 2 March 2026, a Monday; ten in the morning in Shanghai.
START = datetime(2026, 3, 2, 2, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


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
    if not SlaPolicy.objects.exists():
        # A transactional test finds an emptied database.
        seed_sla()
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


def pauses(ticket):
    """When its resolution stood still off duty, in minutes since ten."""
    spans = resolution(ticket).pauses.filter(reason="off_duty").order_by("started_at")
    return [
        tuple(moment and (moment - START) / MINUTE for moment in (span.started_at, span.ended_at))
        for span in spans
    ]


@pytest.mark.usefixtures("resting", "rota")
def test_a_sweep_that_slept_through_a_gap_enters_it_all_the_same(clock, ticket_in):
    ticket = ticket_in("assigned")
    services.follow_duty()
    clock.shift(270 * MINUTE)  # 14:30
    assert services.mark_broken_promises() == 0
    assert pauses(ticket) == [(60, 240)]
    assert resolution(ticket).due_at == START + 270 * MINUTE
    TeamDuty.objects.update(looked_at=START)  # a worker that was killed before it noted its look
    services.follow_duty()
    assert pauses(ticket) == [(60, 240)]


@pytest.mark.usefixtures("resting", "rota")
def test_a_sweep_that_slept_for_days_enters_every_gap(clock, ticket_in):
    ticket = ticket_in("assigned")
    services.follow_duty()
    clock.shift(timedelta(days=7, hours=5))  # the next Monday at three
    services.follow_duty()
    week = 7 * 24 * 60
    assert pauses(ticket) == [(60, 240), (480, week - 60), (week + 60, week + 240)]


@pytest.mark.usefixtures("resting", "rota")
def test_what_came_in_a_gap_that_is_over_stood_from_its_start(clock, ticket_in):
    services.follow_duty()
    clock.shift(timedelta(minutes=100, seconds=7))
    ticket = ticket_in("classified")
    clock.shift(150 * MINUTE)
    services.follow_duty()
    assert pauses(ticket) == [(100 + 7 / 60, 240)]
    later = ticket_in("classified")
    clock.shift(MINUTE)
    services.follow_duty()
    assert pauses(later) == []


@pytest.mark.usefixtures("resting", "rota")
def test_where_duty_is_known_clocks_stand_at_once(
    clock, ticket_in, team, other_team, agent_of_another_team, manager
):
    clock.shift(120 * MINUTE)
    services.follow_duty()
    mine = ticket_in("classified")
    assert pauses(mine) == [(120, None)]
    # It is with a team that is there, and then comes back, between two looks.
    Route.objects.create(category=mine.category, team=other_team, position=5)
    clock.shift(10 * MINUTE)
    mine = services.assign_to_team(mine, other_team, actor=manager)
    clock.shift(timedelta(minutes=5, seconds=5))
    mine = services.assign_to_team(mine, team, actor=manager)
    services.follow_duty()
    assert pauses(mine) == [(120, 130), (135 + 5 / 60, None)]


@pytest.mark.usefixtures("resting", "rota")
def test_who_is_in_no_rota_starts_and_stops_clocks_by_being_present(clock, ticket_in, lead):
    ticket = ticket_in("assigned")
    for minutes, is_present in ((80, True), (90, False), (95, True)):
        with time_machine.travel(START + minutes * MINUTE, tick=False):
            switch_presence(lead, is_present=is_present)
    clock.shift(100 * MINUTE)
    services.follow_duty()
    services.follow_duty()
    assert pauses(ticket) == [(60, 80), (90, 95)]


@pytest.mark.usefixtures("resting", "rota")
def test_who_is_on_shift_stops_no_clock_by_going_away(clock, ticket_in, agent):
    ticket = ticket_in("assigned")
    switch_presence(agent, is_present=True)
    services.follow_duty()
    clock.shift(10 * MINUTE)
    switch_presence(agent, is_present=False)
    clock.shift(10 * MINUTE)
    services.follow_duty()
    assert pauses(ticket) == []


@pytest.mark.usefixtures("resting")
def test_a_plan_that_is_changed_afterwards_reaches_back_to_the_last_look_only(clock, ticket_in, rota):
    ticket = ticket_in("assigned")
    for _ in range(4):
        clock.shift(6 * MINUTE)
        assert is_duty_to_follow()
        services.follow_duty()
    assert not is_duty_to_follow()
    early = rota.slots.get(pattern__code="A")
    remove_shift(rota.team, Place(date(2026, 3, 2), early.pattern, early.user), actor=None)
    clock.shift(2 * MINUTE)
    assert is_duty_to_follow()
    services.follow_duty()
    assert pauses(ticket) == [(24, None)]


@pytest.mark.usefixtures("resting", "rota")
def test_the_work_is_wanted_when_something_is_to_do(clock, ticket_in):
    ticket_in("assigned")
    services.follow_duty()
    assert not is_duty_to_follow()
    clock.shift(60 * MINUTE)
    assert is_duty_to_follow()
    services.follow_duty()
    assert not is_duty_to_follow()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("resting", "rota")
def test_of_many_who_look_at_once_each_clock_stands_once(ticket_in):
    def look(_number: int) -> int:
        try:
            return services.follow_duty()
        finally:
            connection.close()

    with time_machine.travel(START, tick=False):
        tickets = [ticket_in("assigned") for _ in range(4)]
    with time_machine.travel(START + 270 * MINUTE, tick=False), ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(look, range(8))) == 4
    for ticket in tickets:
        assert pauses(ticket) == [(60, 240)]


@pytest.mark.usefixtures("rota")
def test_where_no_policy_rests_nobody_looks_at_rotas(clock, ticket_in, django_assert_num_queries):
    ticket_in("assigned")
    clock.shift(70 * MINUTE)
    with django_assert_num_queries(1):
        assert services.follow_duty() == 0


@pytest.mark.usefixtures("resting", "rota")
def test_a_faulty_ticket_keeps_no_others_clock_going_and_stands_from_the_same_moment_when_mended(
    clock, ticket_in, refused
):
    faulty, other = ticket_in("assigned"), ticket_in("assigned")
    refused(faulty, table="tickets_promisepause", rows=f"NEW.promise_id = {resolution(faulty).pk}")
    clock.shift(63 * MINUTE)  # 11:03
    assert services.follow_duty() == 1
    assert (resolution(faulty).is_paused, resolution(other).is_paused) == (False, True)
    clock.shift(180 * MINUTE)  # 14:03, on duty again
    services.follow_duty()
    refused.mend()
    services.follow_duty()
    assert resolution(faulty).due_at == resolution(other).due_at
    for ticket in (faulty, other):
        pauses = resolution(ticket).pauses.all()
        assert sum((one.ended_at - one.started_at for one in pauses), timedelta()) == timedelta(hours=3)
