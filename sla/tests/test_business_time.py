"""Business time: cases worked out by hand, and properties that must hold everywhere."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sla.business_time import (
    ALWAYS_OPEN,
    NoWorkingTime,
    WorkingHours,
    add_working_time,
    is_open,
    next_opening,
    working_time_between,
)

pytestmark = pytest.mark.ground

ZONES = [
    "Asia/Shanghai",
    "Asia/Taipei",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
]


def ranges(text):
    """Read "09:00-12:00 13:00-18:00"; nothing is a day off."""
    pairs = (part.split("-") for part in text.split())
    return tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in pairs)


def hours(zone, workday, weekend="", **special):
    """Working hours with the same ranges Monday to Friday; special days as d20260214="09:00-12:00"."""
    return WorkingHours(
        zone=ZoneInfo(zone),
        weekly=(ranges(workday),) * 5 + (ranges(weekend),) * 2,
        special={date.fromisoformat(day[1:]): ranges(text) for day, text in special.items()},
    )


def moment(text, zone):
    """Read "2026-03-02 09:00", with the name of another zone behind it, or "again" for the second time."""
    day, clock, *rest = text.split()
    fold = 1 if rest == ["again"] else 0
    zone = ZoneInfo(rest[0]) if rest and not fold else zone
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=zone, fold=fold)


def length(text):
    """Read "1h 30m 5s"."""
    units = {"h": "hours", "m": "minutes", "s": "seconds"}
    return timedelta(**{units[part[-1]]: int(part[:-1]) for part in text.split()})


DESK = "09:00-12:00 13:00-18:00"
SHANGHAI = hours("Asia/Shanghai", DESK)
CHINA_2026 = hours(
    "Asia/Shanghai",
    DESK,
    **dict.fromkeys(["d20260101", "d20260102"], ""),
    **dict.fromkeys(["d20260216", "d20260217", "d20260218", "d20260219", "d20260220", "d20260223"], ""),
    **dict.fromkeys(["d20260501", "d20260504", "d20260505"], ""),
    **dict.fromkeys(["d20261001", "d20261002", "d20261005", "d20261006", "d20261007"], ""),
    **dict.fromkeys(["d20260104", "d20260214", "d20260228", "d20260509", "d20260920", "d20261010"], DESK),
)
HONG_KONG = hours(
    "Asia/Hong_Kong",
    "09:00-18:00",
    d20261111="00:00-00:00",
    d20261224="09:00-12:00",
    d20261225="",
)
NIGHT = hours("Asia/Shanghai", "22:00-06:00", d20260324="")
EVENING = hours("Asia/Shanghai", "18:00-00:00")
ROUND = hours("Asia/Shanghai", "22:00-06:00 06:00-14:00", "22:00-06:00 06:00-14:00")
DOUBLE = hours("Asia/Shanghai", "22:00-06:00 05:00-09:00", "22:00-06:00 05:00-09:00")
BERLIN = hours("Europe/Berlin", "00:00-00:00", "00:00-00:00")
NEW_YORK = hours("America/New_York", "09:00-17:00")
NEW_YORK_NIGHT = hours("America/New_York", "22:00-06:00", "22:00-06:00")
NEW_YORK_EARLY = hours("America/New_York", "02:30-10:00", "02:30-10:00")
NEW_YORK_GAP = hours("America/New_York", "02:15-02:45", "02:15-02:45")
NEW_YORK_LATE = hours("America/New_York", "00:00-02:30", "00:00-02:30")
NEW_YORK_BAR = hours("America/New_York", "22:00-01:30", "22:00-01:30")
LORD_HOWE = hours("Australia/Lord_Howe", "00:00-00:00", "00:00-00:00")
LORD_HOWE_DESK = hours("Australia/Lord_Howe", "09:00-17:00")
LORD_HOWE_NIGHT = hours("Australia/Lord_Howe", "22:00-06:00", "22:00-06:00")
KATHMANDU = hours("Asia/Kathmandu", "09:00-17:00")
TAIPEI = hours("Asia/Taipei", "09:00-18:00")
APIA = hours("Pacific/Apia", "09:00-17:00")
SAO_PAULO = hours("America/Sao_Paulo", "18:00-00:00", "18:00-00:00")

# Columns: why, hours, start, length, due; moments in the calendar's own zone unless another is named.
ADDING = [
    # 2026-03-02 is a Monday. The desk works 3 h before lunch and 5 h after it.
    ("inside one range", SHANGHAI, "2026-03-02 09:30", "2h", "2026-03-02 11:30"),
    ("lunch does not count: 1 h before, 1 h after", SHANGHAI, "2026-03-02 11:00", "2h", "2026-03-02 14:00"),
    ("used up at 12 is due at 12, not at 13", SHANGHAI, "2026-03-02 10:00", "2h", "2026-03-02 12:00"),
    ("start on the edge of lunch", SHANGHAI, "2026-03-02 12:00", "1h", "2026-03-02 14:00"),
    ("start during lunch", SHANGHAI, "2026-03-02 12:30", "30m", "2026-03-02 13:30"),
    ("start as lunch ends", SHANGHAI, "2026-03-02 13:00", "1h", "2026-03-02 14:00"),
    ("last second before lunch", SHANGHAI, "2026-03-02 11:59:59", "1s", "2026-03-02 12:00"),
    ("one second more is after lunch", SHANGHAI, "2026-03-02 11:59:59", "2s", "2026-03-02 13:00:01"),
    ("before opening waits for it", SHANGHAI, "2026-03-02 07:00", "1h", "2026-03-02 10:00"),
    ("a whole day, 3 h + 5 h", SHANGHAI, "2026-03-02 09:00", "8h", "2026-03-02 18:00"),
    ("start as the day ends", SHANGHAI, "2026-03-02 18:00", "1h", "2026-03-03 10:00"),
    ("start in the evening", SHANGHAI, "2026-03-02 22:00", "1h", "2026-03-03 10:00"),
    ("half before the night, half after", SHANGHAI, "2026-03-02 17:30", "1h", "2026-03-03 09:30"),
    ("over the weekend", SHANGHAI, "2026-03-06 17:00", "2h", "2026-03-09 10:00"),
    ("start on Saturday", SHANGHAI, "2026-03-07 11:00", "1m", "2026-03-09 09:01"),
    ("a second before Monday", SHANGHAI, "2026-03-08 23:59:59", "1s", "2026-03-09 09:00:01"),
    ("40 h are one week", SHANGHAI, "2026-03-02 09:00", "40h", "2026-03-06 18:00"),
    ("a second more is next week", SHANGHAI, "2026-03-02 09:00", "40h 1s", "2026-03-09 09:00:01"),
    ("40 h from mid-week come back to it", SHANGHAI, "2026-03-04 15:00", "40h", "2026-03-11 15:00"),
    ("400 h are ten weeks", SHANGHAI, "2026-03-02 09:00", "400h", "2026-05-08 18:00"),
    ("nothing to work: due at once, even closed", SHANGHAI, "2026-03-07 11:00", "0h", "2026-03-07 11:00"),
    ("a year that is not loaded is plain weeks", SHANGHAI, "2026-12-31 17:00", "2h", "2027-01-01 10:00"),
    # 2028-02-28 is a Monday, 2027-02-26 a Friday.
    ("leap day is a Tuesday of work", SHANGHAI, "2028-02-28 17:00", "2h", "2028-02-29 10:00"),
    ("from leap day into March", SHANGHAI, "2028-02-29 17:00", "2h", "2028-03-01 10:00"),
    ("no leap day in 2027: 28 is a Sunday", SHANGHAI, "2027-02-26 17:00", "2h", "2027-03-01 10:00"),
    # China 2026 as announced.
    ("1 and 2 Jan off, 4 Jan is a working Sunday", CHINA_2026, "2025-12-31 17:00", "2h", "2026-01-04 10:00"),
    ("14 Feb, a Saturday, is worked", CHINA_2026, "2026-02-13 17:00", "2h", "2026-02-14 10:00"),
    ("the make-up Saturday is a whole day", CHINA_2026, "2026-02-14 09:00", "8h", "2026-02-14 18:00"),
    ("Spring Festival lasts until 23 Feb", CHINA_2026, "2026-02-14 17:00", "2h", "2026-02-24 10:00"),
    ("start within Spring Festival", CHINA_2026, "2026-02-18 12:00", "1h", "2026-02-24 10:00"),
    ("5 h Friday, 3 h make-up Saturday", CHINA_2026, "2026-02-27 12:00", "8h", "2026-02-28 12:00"),
    ("an ordinary Saturday stays closed", CHINA_2026, "2026-03-06 17:00", "2h", "2026-03-09 10:00"),
    ("Labour Day until 5 May", CHINA_2026, "2026-04-30 17:30", "1h", "2026-05-06 09:30"),
    ("9 May makes up for it", CHINA_2026, "2026-05-08 17:30", "1h", "2026-05-09 09:30"),
    ("20 Sep is a working Sunday", CHINA_2026, "2026-09-19 12:00", "1h", "2026-09-20 10:00"),
    ("National Day until 7 Oct", CHINA_2026, "2026-09-30 17:00", "2h", "2026-10-08 10:00"),
    ("2 h Friday, 2 h on Saturday 10 Oct", CHINA_2026, "2026-10-09 16:00", "4h", "2026-10-10 11:00"),
    # Hong Kong: Christmas Eve 2026 is a Thursday with a half day, 11 Nov a Wednesday worked round the clock.
    ("the half day has one hour left", HONG_KONG, "2026-12-24 11:00", "2h", "2026-12-28 10:00"),
    ("afternoon of the half day is closed", HONG_KONG, "2026-12-24 15:00", "1h", "2026-12-28 10:00"),
    ("a special day may be longer: 1 h + 9 h", HONG_KONG, "2026-11-10 17:00", "10h", "2026-11-11 09:00"),
    ("it ends at midnight, work at 9 again", HONG_KONG, "2026-11-11 23:00", "2h", "2026-11-12 10:00"),
    # Night shifts Monday to Friday, 22:00-06:00.
    ("over midnight", NIGHT, "2026-03-02 23:00", "2h", "2026-03-03 01:00"),
    ("a whole night", NIGHT, "2026-03-02 22:00", "8h", "2026-03-03 06:00"),
    ("Saturday's small hours belong to Friday", NIGHT, "2026-03-06 23:00", "4h", "2026-03-07 03:00"),
    ("7 h until Saturday 6:00, 1 h on Monday", NIGHT, "2026-03-06 23:00", "8h", "2026-03-09 23:00"),
    ("Monday's small hours would be Sunday's", NIGHT, "2026-03-09 02:00", "1h", "2026-03-09 23:00"),
    ("24 Mar is off: Monday's night still ends", NIGHT, "2026-03-24 05:00", "2h", "2026-03-25 23:00"),
    ("open until midnight", EVENING, "2026-03-02 23:00", "2h", "2026-03-03 19:00"),
    ("used up at midnight", EVENING, "2026-03-02 23:00", "1h", "2026-03-03 00:00"),
    ("two shifts that touch are one", ROUND, "2026-03-02 23:00", "10h", "2026-03-03 09:00"),
    ("the hour two shifts share counts once", DOUBLE, "2026-03-03 04:00", "4h", "2026-03-03 08:00"),
    # Berlin 2026: 29 Mar has 23 hours (2 -> 3), 25 Oct has 25 (3 -> 2).
    ("24 h over the short night", BERLIN, "2026-03-28 12:00", "24h", "2026-03-29 13:00"),
    ("24 h over the long night", BERLIN, "2026-10-24 12:00", "24h", "2026-10-25 11:00"),
    ("through the skipped hour", BERLIN, "2026-03-29 01:30", "1h", "2026-03-29 03:30"),
    ("into the repeated hour", BERLIN, "2026-10-25 02:30", "1h", "2026-10-25 02:30 again"),
    ("out of the repeated hour", BERLIN, "2026-10-25 02:30 again", "1h", "2026-10-25 03:30"),
    ("clock time is real time too", None, "2026-03-28 12:00 Europe/Berlin", "24h", "2026-03-29 11:00 UTC"),
    # New York 2026: 8 Mar 2 -> 3, 1 Nov 2 -> 1.
    ("the short night has 7 h, 1 h is left", NEW_YORK_NIGHT, "2026-03-07 22:00", "8h", "2026-03-08 23:00"),
    ("the long night has 9 h", NEW_YORK_NIGHT, "2026-10-31 22:00", "9h", "2026-11-01 06:00"),
    ("so 8 h end at 5", NEW_YORK_NIGHT, "2026-10-31 22:00", "8h", "2026-11-01 05:00"),
    ("a skipped opening opens at the skip", NEW_YORK_EARLY, "2026-03-08 00:00", "1h", "2026-03-08 04:00"),
    ("a skipped range is no range", NEW_YORK_GAP, "2026-03-08 00:00", "15m", "2026-03-09 02:30"),
    ("a skipped closing closes at the skip", NEW_YORK_LATE, "2026-03-08 00:00", "2h", "2026-03-08 03:00"),
    ("and not half an hour after it", NEW_YORK_LATE, "2026-03-08 00:00", "3h", "2026-03-09 01:00"),
    ("a repeated closing closes the first time", NEW_YORK_BAR, "2026-10-31 22:00", "4h", "2026-11-01 22:30"),
    # Lord Howe 2026: half an hour, 5 Apr 2:00 -> 1:30, 4 Oct 2:00 -> 2:30.
    ("through the skipped half hour", LORD_HOWE, "2026-10-04 01:45", "30m", "2026-10-04 02:45"),
    ("into the repeated half hour", LORD_HOWE, "2026-04-05 01:45", "30m", "2026-04-05 01:45 again"),
    ("the long night has 8 h 30", LORD_HOWE_NIGHT, "2026-04-04 22:00", "8h 30m", "2026-04-05 06:00"),
    ("the short one 7 h 30", LORD_HOWE_NIGHT, "2026-10-03 22:00", "7h 30m", "2026-10-04 06:00"),
    ("daytime does not notice", LORD_HOWE_DESK, "2026-04-03 16:00", "2h", "2026-04-06 10:00"),
    # Zones: the same moment is another time of day, or another day.
    ("10:00 UTC is closing time in Shanghai", SHANGHAI, "2026-03-06 10:00 UTC", "1h", "2026-03-09 10:00"),
    ("and before opening in New York", NEW_YORK, "2026-03-06 10:00 UTC", "1h", "2026-03-06 10:00"),
    ("03:14:59 UTC is 08:59:59 at +5:45", KATHMANDU, "2026-03-02 03:14:59 UTC", "1s", "2026-03-02 09:00:01"),
    (
        "Friday night in New York is Saturday in Taipei",
        TAIPEI,
        "2026-03-06 23:30 America/New_York",
        "1h",
        "2026-03-09 10:00",
    ),
    (
        "Sunday evening in New York is Monday in Taipei",
        TAIPEI,
        "2026-03-01 21:00 America/New_York",
        "1h",
        "2026-03-02 11:00",
    ),
    # Samoa had no Friday 30 December 2011; São Paulo had no midnight on 4 November 2018.
    ("a day that never was", APIA, "2011-12-29 16:00", "2h", "2012-01-02 10:00"),
    ("a midnight that never was", SAO_PAULO, "2018-11-03 23:00", "1h", "2018-11-04 01:00"),
]


@pytest.mark.parametrize(
    ("calendar", "start", "worked", "due"),
    [case[1:] for case in ADDING],
    ids=[case[0] for case in ADDING],
)
def test_adding_working_time_and_measuring_it_again(calendar, start, worked, due):
    zone = calendar.zone if calendar else ZoneInfo("UTC")
    start, due = moment(start, zone), moment(due, zone)
    assert add_working_time(start, length(worked), calendar) == due.astimezone(UTC)
    assert working_time_between(start, due, calendar) == length(worked)
    assert working_time_between(due, start, calendar) == -length(worked)


# Columns: why, hours, start, end, worked.
MEASURING = [
    ("both in lunch", SHANGHAI, "2026-03-02 12:10", "2026-03-02 12:50", "0h"),
    ("a whole weekend", SHANGHAI, "2026-03-06 18:00", "2026-03-09 09:00", "0h"),
    ("midnight to midnight is a day of work", SHANGHAI, "2026-03-02 00:00", "2026-03-03 00:00", "8h"),
    ("a week", SHANGHAI, "2026-03-02 00:00", "2026-03-09 00:00", "40h"),
    ("all of Spring Festival", CHINA_2026, "2026-02-15 00:00", "2026-02-24 00:00", "0h"),
    ("the make-up Saturday", CHINA_2026, "2026-02-14 00:00", "2026-02-15 00:00", "8h"),
    # 9-13 Feb and the Saturday: 6 days of 8 h.
    ("a week of six days", CHINA_2026, "2026-02-09 00:00", "2026-02-16 00:00", "48h"),
    # January 2026 has 22 weekdays, less 1 and 2, plus Sunday 4: 21 days.
    ("January 2026 in China", CHINA_2026, "2026-01-01 00:00", "2026-02-01 00:00", "168h"),
    ("the half day", HONG_KONG, "2026-12-24 00:00", "2026-12-25 00:00", "3h"),
    ("March in Berlin lacks an hour", BERLIN, "2026-03-01 00:00", "2026-04-01 00:00", f"{31 * 24 - 1}h"),
    ("October has one more", BERLIN, "2026-10-01 00:00", "2026-11-01 00:00", f"{31 * 24 + 1}h"),
    ("a year of Lord Howe is whole", LORD_HOWE, "2026-01-01 00:00", "2027-01-01 00:00", f"{365 * 24}h"),
    ("a leap year", BERLIN, "2028-01-01 00:00", "2029-01-01 00:00", f"{366 * 24}h"),
]


@pytest.mark.parametrize(
    ("calendar", "start", "end", "worked"),
    [case[1:] for case in MEASURING],
    ids=[case[0] for case in MEASURING],
)
def test_measuring_working_time(calendar, start, end, worked):
    start, end = moment(start, calendar.zone), moment(end, calendar.zone)
    assert working_time_between(start, end, calendar) == length(worked)


# Columns: why, hours, moment, next opening or "" when it is open now.
OPENING = [
    ("at opening time it is open", SHANGHAI, "2026-03-02 09:00", ""),
    ("a second before it is not", SHANGHAI, "2026-03-02 08:59:59", "2026-03-02 09:00"),
    ("at closing time it is closed", SHANGHAI, "2026-03-02 18:00", "2026-03-03 09:00"),
    ("a second before it is open", SHANGHAI, "2026-03-02 17:59:59", ""),
    ("lunch", SHANGHAI, "2026-03-02 12:00", "2026-03-02 13:00"),
    ("Saturday", SHANGHAI, "2026-03-07 10:00", "2026-03-09 09:00"),
    ("make-up Saturday", CHINA_2026, "2026-02-14 10:00", ""),
    ("the day after it", CHINA_2026, "2026-02-15 10:00", "2026-02-24 09:00"),
    ("a holiday", CHINA_2026, "2026-01-01 10:00", "2026-01-04 09:00"),
    ("the half day at noon", HONG_KONG, "2026-12-24 12:00", "2026-12-28 09:00"),
    ("the night shift after midnight", NIGHT, "2026-03-07 05:59:59", ""),
    ("the night shift is over", NIGHT, "2026-03-07 06:00", "2026-03-09 22:00"),
    ("where shifts touch it stays open", ROUND, "2026-03-03 06:00", ""),
    ("midnight with whole days", BERLIN, "2026-03-02 00:00", ""),
    ("the repeated hour, the second time", BERLIN, "2026-10-25 02:15 again", ""),
    ("closed in the repeated hour", NEW_YORK_BAR, "2026-11-01 01:15 again", "2026-11-01 22:00"),
    ("an opening that is skipped", NEW_YORK_EARLY, "2026-03-08 01:59", "2026-03-08 03:00"),
]


@pytest.mark.parametrize(
    ("calendar", "now", "opens"),
    [case[1:] for case in OPENING],
    ids=[case[0] for case in OPENING],
)
def test_when_it_is_open_and_when_it_opens_next(calendar, now, opens):
    now = moment(now, calendar.zone)
    assert is_open(now, calendar) is (opens == "")
    assert next_opening(now, calendar) == (moment(opens, calendar.zone) if opens else now).astimezone(UTC)


@pytest.mark.parametrize("calendar", [None, ALWAYS_OPEN], ids=["no hours", "always open"])
def test_clock_time_counts_every_second(calendar):
    start = moment("2026-10-24 12:00", ZoneInfo("Europe/Berlin"))
    assert is_open(start, calendar)
    assert next_opening(start, calendar) == start
    due = add_working_time(start, length("48h 1s"), calendar)
    assert due == moment("2026-10-26 11:00:01", ZoneInfo("Europe/Berlin"))
    assert working_time_between(start, due, calendar) == length("48h 1s")


def test_answers_are_in_utc_and_keep_the_fraction_of_a_second():
    start = moment("2026-03-02 11:30:00.250001", SHANGHAI.zone)
    due = add_working_time(start, length("1h"), SHANGHAI)
    assert due == moment("2026-03-02 13:30:00.250001", SHANGHAI.zone)
    assert due.tzinfo is UTC
    assert next_opening(start, SHANGHAI).tzinfo is UTC


NEVER = hours("Asia/Shanghai", "")
ONCE = hours("Asia/Shanghai", "", d20260302="09:00-10:00")


def test_a_calendar_without_open_hours_is_an_error_that_says_what_to_do():
    start = moment("2026-03-01 09:00", NEVER.zone)
    for ask in (lambda: add_working_time(start, length("1s"), NEVER), lambda: next_opening(start, NEVER)):
        with pytest.raises(NoWorkingTime, match="give it working hours"):
            ask()
    assert not is_open(start, NEVER)
    assert working_time_between(start, start + timedelta(days=900), NEVER) == timedelta()


def test_a_calendar_with_too_few_hours_gives_up():
    start = moment("2026-03-01 09:00", ONCE.zone)
    assert add_working_time(start, length("1h"), ONCE) == moment("2026-03-02 10:00", ONCE.zone)
    with pytest.raises(NoWorkingTime):
        add_working_time(start, length("1h 1s"), ONCE)
    with pytest.raises(NoWorkingTime):
        add_working_time(start, timedelta(days=365 * 4000), SHANGHAI)


def test_a_closure_of_a_year_is_still_bridged():
    closed_2027 = {date(2027, 1, 1) + timedelta(days=day): () for day in range(365)}
    calendar = WorkingHours(SHANGHAI.zone, SHANGHAI.weekly, closed_2027)
    # 2028 begins on a Saturday.
    due = add_working_time(moment("2026-12-31 17:00", calendar.zone), length("2h"), calendar)
    assert due == moment("2028-01-03 10:00", calendar.zone)


def test_negative_lengths_and_moments_without_zone_are_refused():
    with pytest.raises(ValueError, match="negative"):
        add_working_time(datetime(2026, 3, 2, tzinfo=UTC), -length("1s"), SHANGHAI)
    for calendar in (SHANGHAI, None):
        with pytest.raises(TypeError):
            working_time_between(datetime(2026, 3, 2), datetime(2026, 3, 3), calendar)
    with pytest.raises(ValueError, match="seven days"):
        WorkingHours(ZoneInfo("UTC"), ((), ()))


def test_hours_with_equal_rows_are_equal_and_cannot_be_changed():
    assert hours("Asia/Taipei", DESK, d20260101="") == hours("Asia/Taipei", DESK, d20260101="")
    assert hours("Asia/Taipei", DESK) != hours("Asia/Shanghai", DESK)
    assert len({hours("Asia/Taipei", DESK), hours("Asia/Taipei", DESK)}) == 1
    with pytest.raises(TypeError):
        SHANGHAI.special[date(2026, 1, 1)] = ()


QUARTERS = [time(minute // 60, minute % 60) for minute in range(0, 24 * 60, 15)]
RANGES = st.lists(st.tuples(st.sampled_from(QUARTERS), st.sampled_from(QUARTERS)), max_size=3).map(tuple)
DAYS = st.dates(date(2025, 12, 1), date(2027, 1, 31))
# Around the turns of the clocks of 2026, and anywhere.
TURNS = ["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01", "2026-02-14"]
MOMENTS = st.one_of(
    st.integers(0, 366 * 86400).map(lambda s: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=s)),
    st.tuples(st.sampled_from(TURNS), st.integers(-86400, 2 * 86400)).map(
        lambda turn: datetime.fromisoformat(turn[0]).replace(tzinfo=UTC) + timedelta(seconds=turn[1])
    ),
)
LENGTHS = st.one_of(st.integers(0, 8 * 3600), st.integers(0, 600 * 3600)).map(lambda s: timedelta(seconds=s))


@st.composite
def calendars(draw, any_range=RANGES):
    weekly = draw(st.lists(any_range, min_size=7, max_size=7))
    if not any(weekly):
        weekly[draw(st.integers(0, 6))] = ranges(DESK)
    return WorkingHours(
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        weekly=tuple(weekly),
        special=draw(st.dictionaries(DAYS, any_range, max_size=6)),
    )


@given(calendars(), MOMENTS, LENGTHS)
@example(NEW_YORK_GAP, datetime(2026, 3, 8, 5, tzinfo=UTC), timedelta(minutes=15))
@settings(max_examples=300, deadline=None)
def test_adding_and_measuring_agree(calendar, start, worked):
    due = add_working_time(start, worked, calendar)
    assert working_time_between(start, due, calendar) == worked
    if worked:
        # The earliest such moment: a second earlier not everything is worked.
        assert working_time_between(start, due - timedelta(seconds=1), calendar) < worked


@given(calendars(), MOMENTS, LENGTHS, LENGTHS)
@settings(max_examples=150, deadline=None)
def test_adding_in_two_parts_is_adding_at_once(calendar, start, first, second):
    at_once = add_working_time(start, first + second, calendar)
    assert add_working_time(add_working_time(start, first, calendar), second, calendar) == at_once


@given(calendars(), MOMENTS, MOMENTS, LENGTHS)
@settings(max_examples=150, deadline=None)
def test_a_later_start_is_never_due_earlier(calendar, one, other, worked):
    earlier, later = sorted([one, other])
    assert add_working_time(earlier, worked, calendar) <= add_working_time(later, worked, calendar)


@given(calendars(), MOMENTS, LENGTHS, LENGTHS)
@settings(max_examples=150, deadline=None)
def test_a_longer_target_is_due_later(calendar, start, one, other):
    shorter, longer = sorted([one, other])
    dues = [add_working_time(start, worked, calendar) for worked in (shorter, longer)]
    assert dues[0] < dues[1] if shorter < longer else dues[0] == dues[1]


@given(calendars(), MOMENTS, MOMENTS, MOMENTS)
@settings(max_examples=150, deadline=None)
def test_measured_parts_add_up(calendar, one, two, three):
    first, middle, last = sorted([one, two, three])
    parts = [working_time_between(*ends, calendar) for ends in ((first, middle), (middle, last))]
    assert working_time_between(first, last, calendar) == sum(parts, timedelta())
    assert all(timedelta() <= part for part in parts)
    assert parts[0] <= middle - first


@given(calendars(), MOMENTS, MOMENTS)
@settings(max_examples=150, deadline=None)
def test_measuring_can_be_turned_back_into_adding(calendar, one, other):
    start, end = sorted([one, other])
    worked = working_time_between(start, end, calendar)
    due = add_working_time(start, worked, calendar)
    assert due <= end
    assert working_time_between(due, end, calendar) == timedelta()


@given(calendars(), MOMENTS)
@settings(max_examples=150, deadline=None)
def test_the_next_opening_is_open_and_nothing_before_it_is(calendar, now):
    opens = next_opening(now, calendar)
    assert opens >= now
    assert is_open(opens, calendar)
    assert working_time_between(now, opens, calendar) == timedelta()
    assert working_time_between(opens, opens + timedelta(seconds=1), calendar) > timedelta()


# Away from the hours at which clocks turn, "open" can be read off the clock on the wall.
DAYTIME = [clock for clock in QUARTERS if clock >= time(4)]
DAY_RANGES = st.lists(st.tuples(st.sampled_from(DAYTIME), st.sampled_from(DAYTIME)), max_size=3).map(tuple)


def open_on_the_wall(now, calendar):
    wall = now.astimezone(calendar.zone).replace(tzinfo=None)
    for day in (wall.date(), wall.date() - timedelta(days=1)):
        for opens, closes in calendar.ranges_on(day):
            closes_on = day if closes > opens else day + timedelta(days=1)
            if datetime.combine(day, opens) <= wall < datetime.combine(closes_on, closes):
                return True
    return False


@given(calendars(DAY_RANGES), st.sampled_from(TURNS), st.integers(-200, 200), st.integers(1, 300))
@settings(max_examples=150, deadline=None)
def test_measuring_is_counting_quarters_by_the_clock_on_the_wall(calendar, turn, offset, count):
    quarter = timedelta(minutes=15)
    start = datetime.fromisoformat(turn).replace(tzinfo=UTC) + offset * quarter
    open_quarters = sum(open_on_the_wall(start + i * quarter, calendar) for i in range(count))
    assert working_time_between(start, start + count * quarter, calendar) == open_quarters * quarter
