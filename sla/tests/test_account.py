"""The account of a promise: lines told by hand, and that they always add up to the clock."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.account import Stop, account
from sla.business_time import ALWAYS_OPEN, WorkingHours, open_spans, working_time_between
from sla.clock import Clock, Pause, merged, whole_second

pytestmark = pytest.mark.ground

HOUR = 3600
SHANGHAI = ZoneInfo("Asia/Shanghai")
DESK = ((time(9), time(12)), (time(13), time(18)))
SPECIAL = {
    date(2026, 2, 14): ("working", "调休上班"),
    **{date(2026, 2, day): ("off", "春节") for day in range(16, 24)},
    date(2026, 3, 4): ("working", "Half day"),
}
HOURS = WorkingHours(
    SHANGHAI,
    (DESK,) * 5 + ((), ()),
    {
        date(2026, 2, 14): DESK,
        **{date(2026, 2, day): () for day in range(16, 24)},
        date(2026, 3, 4): ((time(9), time(12)),),
    },
)


def at(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def told(start, target_hours, *stops, now, hours=HOURS, **ends):
    """The account as rows of few words: code, from, to, and what matters of the rest."""
    made = account(
        at(start), int(target_hours * HOUR), hours,
        [Stop(reason, at(since), until and at(until)) for reason, since, until in stops],
        now=at(now), special=SPECIAL if hours else {}, **{key: at(value) for key, value in ends.items()},
    )  # fmt: skip
    rows = []
    for line in made.lines:
        since, until = (
            moment and f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}" for moment in (line.since, line.until)
        )
        extra = [line.seconds] if line.seconds else []
        rows.append((line.code, since, until, *extra, *line.reasons, *([line.name] if line.name else [])))
    return rows


def test_a_running_promise_tells_what_ran_and_what_is_left():
    assert told("2026-03-02 09:00", 8, now="2026-03-02 11:10") == [
        ("started", "03-02 09:00", None),
        ("ran", "03-02 09:00", "03-02 11:10", 7800),
        ("running", "03-02 11:10", "03-02 18:00", 21000),
    ]


def test_lunch_and_night_are_told_as_closed():
    assert told("2026-03-02 11:00", 8, now="2026-03-03 10:00") == [
        ("started", "03-02 11:00", None),
        ("ran", "03-02 11:00", "03-02 12:00", HOUR),
        ("closed", "03-02 12:00", "03-02 13:00"),
        ("ran", "03-02 13:00", "03-02 18:00", 5 * HOUR),
        ("closed", "03-02 18:00", "03-03 09:00"),
        ("ran", "03-03 09:00", "03-03 10:00", HOUR),
        ("running", "03-03 10:00", "03-03 11:00", HOUR),
    ]


def test_a_weekend_is_one_line():
    rows = told("2026-03-06 17:00", 2, now="2026-03-09 09:30")
    assert rows[2] == ("closed", "03-06 18:00", "03-09 09:00")


def test_make_up_days_and_holidays_are_named():
    assert told("2026-02-13 17:00", 10, now="2026-02-24 12:00", met_at="2026-02-24 09:30") == [
        ("started", "02-13 17:00", None),
        ("ran", "02-13 17:00", "02-13 18:00", HOUR),
        ("closed", "02-13 18:00", "02-14 09:00"),
        ("make_up_day", "02-14 09:00", None, "调休上班"),
        ("ran", "02-14 09:00", "02-14 12:00", 3 * HOUR),
        ("closed", "02-14 12:00", "02-14 13:00"),
        ("ran", "02-14 13:00", "02-14 18:00", 5 * HOUR),
        ("closed", "02-14 18:00", "02-16 00:00"),
        ("day_off", "02-16 00:00", "02-24 00:00", "春节"),
        ("closed", "02-24 00:00", "02-24 09:00"),
        ("ran", "02-24 09:00", "02-24 09:30", HOUR // 2),
        ("met", "02-24 09:30", "02-24 10:00", HOUR // 2),
    ]


def test_a_day_with_hours_of_its_own_is_named_once():
    rows = told(
        "2026-03-04 10:00", 8, ("waiting", "2026-03-04 10:30", "2026-03-04 11:00"), now="2026-03-04 12:00"
    )
    assert rows == [
        ("started", "03-04 10:00", None),
        ("own_hours", "03-04 10:00", None, "Half day"),
        ("ran", "03-04 10:00", "03-04 10:30", HOUR // 2),
        ("paused", "03-04 10:30", "03-04 11:00", "waiting"),
        ("ran", "03-04 11:00", "03-04 12:00", HOUR),
        ("running", "03-04 12:00", "03-05 16:30", 8 * HOUR - HOUR // 2 - HOUR),
    ]  # fmt: skip


def test_pauses_that_overlap_are_told_with_all_their_reasons():
    rows = told(
        "2026-03-02 09:00", 4,
        ("child", "2026-03-02 09:30", "2026-03-02 10:30"), ("waiting", "2026-03-02 10:00", "2026-03-02 11:00"),
        now="2026-03-02 11:30",
    )  # fmt: skip
    assert rows == [
        ("started", "03-02 09:00", None),
        ("ran", "03-02 09:00", "03-02 09:30", HOUR // 2),
        ("paused", "03-02 09:30", "03-02 10:00", "child"),
        ("paused", "03-02 10:00", "03-02 10:30", "child", "waiting"),
        ("paused", "03-02 10:30", "03-02 11:00", "waiting"),
        ("ran", "03-02 11:00", "03-02 11:30", HOUR // 2),
        ("running", "03-02 11:30", "03-02 15:30", 3 * HOUR),
    ]


def test_a_promise_that_stands_still_says_what_it_has_left():
    rows = told("2026-03-02 09:00", 4, ("waiting", "2026-03-02 10:00", None), now="2026-03-03 10:00")
    assert rows[-2:] == [
        ("paused", "03-02 10:00", "03-03 10:00", "waiting"),
        ("standing", "03-03 10:00", None, 3 * HOUR),
    ]


def test_a_broken_promise_shows_where_it_was_due_and_by_how_much_it_is_late():
    rows = told("2026-03-02 09:00", 2, now="2026-03-02 12:00", met_at="2026-03-02 11:45")
    assert rows == [
        ("started", "03-02 09:00", None),
        ("ran", "03-02 09:00", "03-02 11:00", 2 * HOUR),
        ("due", "03-02 11:00", None),
        ("ran", "03-02 11:00", "03-02 11:45", 45 * 60),
        ("met_late", "03-02 11:45", "03-02 11:00", 45 * 60),
    ]
    assert told("2026-03-02 09:00", 2, now="2026-03-02 11:45")[-1][0] == "overdue"


def test_answered_in_the_evening_after_the_day_has_used_it_up_is_late_by_no_working_time():
    rows = told("2026-03-02 17:00", 1, now="2026-03-02 20:00", met_at="2026-03-02 20:00")
    assert rows[-3:] == [
        ("due", "03-02 18:00", None),
        ("closed", "03-02 18:00", "03-02 20:00"),
        ("met_late", "03-02 20:00", "03-02 18:00"),
    ]


def test_to_the_second_of_its_due_moment_a_promise_is_kept():
    assert told("2026-03-02 09:00", 2, now="2026-03-02 11:00", met_at="2026-03-02 11:00")[-1][0] == "met"


def test_clock_time_knows_no_closed_hours():
    assert told("2026-03-06 17:00", 24, now="2026-03-07 10:00", hours=None)[1:] == [
        ("ran", "03-06 17:00", "03-07 10:00", 17 * HOUR),
        ("running", "03-07 10:00", "03-07 17:00", 7 * HOUR),
    ]


def test_a_dropped_promise_ends_where_it_was_dropped():
    rows = told("2026-03-02 09:00", 8, now="2026-03-05 09:00", dropped_at="2026-03-02 10:00")
    assert rows[-1] == ("dropped", "03-02 10:00", None)
    assert rows[-2] == ("ran", "03-02 09:00", "03-02 10:00", HOUR)


def test_many_ordinary_days_are_folded_and_the_sum_stays():
    made = account(at("2026-03-09 09:00"), 900 * HOUR, HOURS, now=at("2026-06-01 09:00"), special=SPECIAL)
    folded = made.folded()
    assert len(made.lines) > 200
    assert [line.code for line in folded.lines] == ["started", "ran", "running"]
    assert folded.lines[1].seconds == made.spent_seconds == 12 * 40 * HOUR


# --- Properties ------------------------------------------------------------------------------------------------------

ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
RANGES = [
    DESK, (), ((time(22), time(6)),), ((time(0), time(0)),), ((time(2, 15), time(2, 45)),),
    ((time(8, 30), time(12)), (time(18), time(0))),
]  # fmt: skip
# Around the changes of the clocks in spring and autumn.
MOMENTS = st.datetimes(datetime(2026, 2, 20), datetime(2026, 11, 20), timezones=st.just(UTC))
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=12))


@st.composite
def calendars(draw):
    weekly = draw(st.lists(st.sampled_from(RANGES), min_size=7, max_size=7).filter(any))
    days = draw(
        st.dictionaries(st.dates(date(2026, 2, 20), date(2026, 12, 1)), st.sampled_from(RANGES), max_size=9)
    )
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    special = {day: ("working" if ranges else "off", f"day {day}") for day, ranges in days.items()}
    return WorkingHours(zone, tuple(weekly), days), special


@st.composite
def stories(draw):
    start = draw(MOMENTS)
    stops = []
    for reason in draw(st.lists(st.sampled_from(["waiting", "child", "off_duty"]), max_size=5)):
        since = start + draw(LENGTHS)
        stops.append(Stop(reason, since, draw(st.none() | LENGTHS.map(lambda length, at=since: at + length))))
    return start, draw(st.integers(60, 400 * HOUR)), stops, start + draw(LENGTHS) * 2


@settings(max_examples=300, deadline=None)
@given(calendars() | st.none(), stories())
def test_the_lines_add_up_to_the_clock_to_the_second(calendar, story):
    hours, special = calendar or (None, {})
    start, target, stops, end = story
    made = account(start, target, hours, stops, now=end, special=special)
    clock = Clock(whole_second(start), target, hours, merged(Pause(stop.since, stop.until) for stop in stops))
    assert sum(line.seconds for line in made.lines if line.code == "ran") == clock.spent_seconds(end)
    assert sum(line.seconds for line in made.folded().lines if line.code == "ran") == made.spent_seconds


@settings(max_examples=200, deadline=None)
@given(calendars() | st.none(), stories())
def test_the_lines_follow_one_another_without_a_gap(calendar, story):
    hours, special = calendar or (None, {})
    start, target, stops, end = story
    made = account(start, target, hours, stops, now=end, special=special)
    at_now = whole_second(start)
    for line in made.lines[:-1]:
        assert line.since == at_now
        at_now = line.until or line.since
    assert at_now == whole_second(end)


@settings(max_examples=200, deadline=None)
@given(calendars() | st.none(), MOMENTS, LENGTHS)
def test_open_spans_are_the_working_time(calendar, start, length):
    hours, _special = calendar or (None, {})
    spans = list(open_spans(start, start + length, hours))
    total = sum((until - since for since, until in spans), timedelta())
    assert total == working_time_between(start, start + length, hours)
    assert all(since < until for since, until in spans)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(spans))


def test_round_the_clock_is_one_span():
    assert list(open_spans(at("2026-03-02 09:00"), at("2026-03-30 09:00"), ALWAYS_OPEN)) == [
        (at("2026-03-02 09:00"), at("2026-03-30 09:00"))
    ]
