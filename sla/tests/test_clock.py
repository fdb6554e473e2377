"""The pausing clock of a promise: cases worked out by hand, and properties."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.business_time import WorkingHours
from sla.clock import Clock, ClockError, due_after, due_on_resuming, seconds_spent, spent_by

pytestmark = pytest.mark.ground

HOUR = 3600
DESK = ((time(9), time(12)), (time(13), time(18)))


def desk(zone):
    return WorkingHours(
        zone=ZoneInfo(zone),
        weekly=(DESK,) * 5 + ((), ()),
        special={date(2026, 2, 14): DESK, **{date(2026, 2, day): () for day in (16, 17, 18, 19, 20, 23)}},
    )


SHANGHAI = desk("Asia/Shanghai")
BERLIN = desk("Europe/Berlin")


def at(text, zone="Asia/Shanghai"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def clock(start, target_hours, *turns, hours=SHANGHAI):
    """A clock that was paused and resumed by turns."""
    running = Clock(at(start), target_hours * HOUR, hours)
    for number, turn in enumerate(turns):
        running = running.resume(at(turn)) if number % 2 else running.pause(at(turn))
    return running


# Columns: why, clock, due moment (None while it stands). 2026-03-02 is a Monday.
DUE = [
    ("never paused", clock("2026-03-02 09:00", 4), "2026-03-02 14:00"),
    ("standing with 3 h left", clock("2026-03-02 09:00", 4, "2026-03-02 10:00"), None),
    (
        "one hour's pause moves it by one hour",
        clock("2026-03-02 09:00", 4, "2026-03-02 10:00", "2026-03-02 11:00"),
        "2026-03-02 15:00",
    ),
    (
        "a pause in the lunch break moves nothing",
        clock("2026-03-02 09:00", 4, "2026-03-02 12:05", "2026-03-02 12:55"),
        "2026-03-02 14:00",
    ),
    (
        "a pause over the closed night moves nothing",
        clock("2026-03-02 17:00", 2, "2026-03-02 18:00", "2026-03-03 09:00"),
        "2026-03-03 10:00",
    ),
    (
        "paused Friday 17:00 with 1 h left, resumed Saturday: due Monday 10:00",
        clock("2026-03-06 16:00", 2, "2026-03-06 17:00", "2026-03-07 11:00"),
        "2026-03-09 10:00",
    ),
    (
        "resumed on the make-up Saturday it runs at once",
        clock("2026-02-13 16:00", 2, "2026-02-13 17:00", "2026-02-14 11:00"),
        "2026-02-14 12:00",
    ),
    (
        "paused before Spring Festival, resumed in it, due after it",
        clock("2026-02-14 16:00", 2, "2026-02-14 17:00", "2026-02-18 08:00"),
        "2026-02-24 10:00",
    ),
    (
        "two pauses add up: 1 h + 2 h",
        clock(
            "2026-03-02 09:00",
            4,
            "2026-03-02 10:00",
            "2026-03-02 11:00",
            "2026-03-02 14:00",
            "2026-03-02 16:00",
        ),
        "2026-03-02 17:00",
    ),
    (
        "paused after it was due: the due moment stays",
        clock("2026-03-02 09:00", 4, "2026-03-02 15:00", "2026-03-03 09:00"),
        "2026-03-02 14:00",
    ),
    (
        "paused after it was due and still paused",
        clock("2026-03-02 09:00", 4, "2026-03-02 15:00"),
        "2026-03-02 14:00",
    ),
    (
        "paused the moment it starts",
        clock("2026-03-02 09:00", 4, "2026-03-02 09:00", "2026-03-03 09:00"),
        "2026-03-03 14:00",
    ),
    (
        "clock time: a day's pause moves it by a day",
        clock("2026-03-06 17:00", 24, "2026-03-06 18:00", "2026-03-07 18:00", hours=None),
        "2026-03-08 17:00",
    ),
    ("a target of nothing is due at once", clock("2026-03-07 11:00", 0), "2026-03-07 11:00"),
]


@pytest.mark.parametrize(("promise", "due"), [case[1:] for case in DUE], ids=[case[0] for case in DUE])
def test_when_a_promise_is_due(promise, due):
    assert promise.due_at() == (due and at(due))


def test_the_long_night_in_berlin_counts_its_extra_hour_in_clock_time():
    started = at("2026-10-24 12:00", "Europe/Berlin")
    promise = Clock(started, 24 * HOUR).pause(at("2026-10-25 01:00", "Europe/Berlin"))
    assert promise.spent_seconds(at("2026-10-26 09:00", "Europe/Berlin")) == 13 * HOUR
    resumed = promise.resume(at("2026-10-25 04:00", "Europe/Berlin"))
    assert resumed.due_at() == at("2026-10-25 15:00", "Europe/Berlin")
    assert seconds_spent(started, at("2026-10-25 12:00", "Europe/Berlin"), None) == 25 * HOUR


def test_spent_time_leaves_pauses_and_closed_hours_out():
    promise = clock("2026-03-02 09:00", 8, "2026-03-02 10:00", "2026-03-02 14:00")
    looks = [
        ("2026-03-02 08:00", 0),  # before it began
        ("2026-03-02 09:30", HOUR // 2),
        ("2026-03-02 10:00", HOUR),
        ("2026-03-02 13:30", HOUR),  # paused
        ("2026-03-02 15:00", 2 * HOUR),
        ("2026-03-02 23:00", 5 * HOUR),  # 9-10 and 14-18
        ("2026-03-03 10:00", 6 * HOUR),
    ]
    assert [promise.spent_seconds(at(look)) for look, _ in looks] == [spent for _, spent in looks]


def test_a_promise_is_broken_one_second_after_it_was_due():
    promise = clock("2026-03-02 09:00", 4)
    assert not promise.is_broken(at("2026-03-02 14:00"))
    assert promise.is_broken(at("2026-03-02 14:00:01"))
    assert not promise.is_broken(at("2026-03-05 09:00"), met_at=at("2026-03-02 14:00"))
    assert promise.is_broken(at("2026-03-05 09:00"), met_at=at("2026-03-02 14:00:01"))


def test_a_paused_promise_breaks_only_if_it_was_due_before():
    assert not clock("2026-03-02 09:00", 4, "2026-03-02 13:59:59").is_broken(at("2027-03-02 09:00"))
    assert clock("2026-03-02 09:00", 4, "2026-03-02 14:00:01").is_broken(at("2026-03-02 14:00:01"))


def test_a_clock_refuses_what_its_pauses_do_not_allow():
    promise = clock("2026-03-02 09:00", 4)
    with pytest.raises(ClockError, match="running"):
        promise.resume(at("2026-03-02 10:00"))
    with pytest.raises(ClockError, match="paused already"):
        promise.pause(at("2026-03-02 10:00")).pause(at("2026-03-02 11:00"))
    with pytest.raises(ClockError, match="in time"):
        promise.pause(at("2026-03-02 08:59"))
    with pytest.raises(ClockError, match="in time"):
        promise.pause(at("2026-03-02 10:00")).resume(at("2026-03-02 09:59"))
    with pytest.raises(ClockError, match="negative"):
        clock("2026-03-02 09:00", -1)


def test_what_the_database_keeps_is_enough_to_go_on():
    """Target, due moment and seconds spent, without the list of pauses."""
    target = 4 * HOUR
    due = due_after(at("2026-03-02 09:00"), target, SHANGHAI)
    spent = spent_by(at("2026-03-02 10:30"), due_at=due, target_seconds=target, hours=SHANGHAI)
    assert spent == 1.5 * HOUR
    # Resumed the next day at 11:00 with 2 h 30 left: 1 h before lunch, 1 h 30 after it.
    due = due_on_resuming(
        at("2026-03-03 11:00"), due_at=due, target_seconds=target, spent_seconds=spent, hours=SHANGHAI
    )
    assert due == at("2026-03-03 14:30")
    assert spent_by(at("2026-03-03 16:00"), due_at=due, target_seconds=target, hours=SHANGHAI) == 5.5 * HOUR


def test_an_overdue_promise_keeps_its_due_moment_when_it_goes_on():
    due, target = at("2026-03-02 14:00"), 4 * HOUR
    spent = spent_by(at("2026-03-02 15:00"), due_at=due, target_seconds=target, hours=SHANGHAI)
    assert spent == 5 * HOUR
    resumed = due_on_resuming(
        at("2026-03-04 09:00"), due_at=due, target_seconds=target, spent_seconds=spent, hours=SHANGHAI
    )
    assert resumed == due


ZONES = [
    "Asia/Shanghai",
    "Asia/Taipei",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
]
HOURS = st.sampled_from(
    [
        None,
        *(desk(zone) for zone in ZONES),
        *(WorkingHours(ZoneInfo(zone), (((time(22), time(6)),),) * 7) for zone in ZONES),
    ]
)
# Around the turns of the clocks, and with fractions of a second as real moments have them.
STARTS = st.sampled_from(["2026-02-12", "2026-03-07", "2026-03-28", "2026-04-04", "2026-10-24"]).flatmap(
    lambda day: st.integers(0, 3 * 86_400_000_000).map(
        lambda offset: datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(microseconds=offset)
    )
)
TARGETS = st.integers(1, 60 * HOUR)
# How long the clock runs, stands, runs, stands …
TURNS = st.lists(st.integers(0, 30 * HOUR * 1_000_000), max_size=8)


def turned(promise, turns):
    now = promise.started_at
    for gap in turns:
        now += timedelta(microseconds=gap)
        promise = promise.resume(now) if promise.is_paused else promise.pause(now)
    return promise


@given(HOURS, STARTS, TARGETS, TURNS)
@settings(max_examples=200, deadline=None)
def test_at_its_due_moment_exactly_the_target_is_spent(hours, start, target, turns):
    promise = turned(Clock(start, target, hours), turns)
    due = promise.due_at()
    if due is None:
        assert promise.is_paused
        assert promise.spent_seconds(promise.pauses[-1].since + timedelta(days=99)) < target
    else:
        assert promise.spent_seconds(due) == target
        assert promise.spent_seconds(due - timedelta(seconds=1)) == target - 1


@given(HOURS, STARTS, TARGETS, TURNS, st.integers(0, 20 * 86400))
@settings(max_examples=200, deadline=None)
def test_spent_and_paused_time_together_are_all_the_working_time(hours, start, target, turns, later):
    promise = turned(Clock(start, target, hours), turns)
    last = max([start, *(turn for pause in promise.pauses for turn in (pause.since, pause.until) if turn)])
    now = last + timedelta(seconds=later)
    paused = sum(seconds_spent(pause.since, pause.until or now, hours) for pause in promise.pauses)
    assert promise.spent_seconds(now) + paused == seconds_spent(start, now, hours)


@given(
    HOURS, STARTS, TARGETS, st.integers(0, 10 * HOUR), st.integers(0, 40 * HOUR), st.integers(0, 40 * HOUR)
)
@settings(max_examples=200, deadline=None)
def test_two_pauses_end_to_end_are_one(hours, start, target, ran, first, second):
    paused_at = start + timedelta(seconds=ran)
    between = paused_at + timedelta(seconds=first)
    resumed_at = between + timedelta(seconds=second)
    once = Clock(start, target, hours).pause(paused_at).resume(resumed_at)
    twice = Clock(start, target, hours).pause(paused_at).resume(between).pause(between).resume(resumed_at)
    assert twice.due_at() == once.due_at()
    assert twice.spent_seconds(resumed_at) == once.spent_seconds(resumed_at)


@given(HOURS, STARTS, TARGETS, TURNS)
@settings(max_examples=200, deadline=None)
def test_the_stored_form_agrees_with_the_whole_story(hours, start, target, turns):
    """Carry only the due moment and the seconds spent along, as the database does."""
    promise = Clock(start, target, hours)
    now, due, spent = start, due_after(start, target, hours), 0
    for gap in turns:
        now += timedelta(microseconds=gap)
        if promise.is_paused:
            promise = promise.resume(now)
            due = due_on_resuming(now, due_at=due, target_seconds=target, spent_seconds=spent, hours=hours)
        else:
            promise = promise.pause(now)
            spent = spent_by(now, due_at=due, target_seconds=target, hours=hours)
            if promise.due_at() is None:
                assert spent == promise.spent_seconds(now)
    if not promise.is_paused:
        assert promise.due_at() == due
