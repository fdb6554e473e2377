"""Who is on shift when: a table of cases worked out by hand, and what holds for every rota."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staff.shifts import (
    DAY,
    Away,
    Change,
    Pattern,
    Plan,
    Rotation,
    Slot,
    Span,
    assignments_on,
    duty_spans,
    joined,
    shifts_between,
    without,
)

pytestmark = pytest.mark.ground

SHANGHAI, BERLIN, UTC_ZONE = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("UTC")
MON = date(2026, 3, 2)
EARLY, LATE, NIGHT, ALL_DAY = 1, 2, 3, 4
PATTERNS = (
    Pattern(EARLY, time(8), time(16), ((time(12), time(12, 30)),)),
    Pattern(LATE, time(16), time(0)),
    Pattern(NIGHT, time(22), time(6), ((time(23, 45), time(0, 15)), (time(2), time(2, 30)))),
    Pattern(ALL_DAY, time(0), time(0)),
)
LI, WANG = 10, 20


def rotation(*slots: tuple[int, int, int, int], zone=UTC_ZONE, begins=MON, weeks=1, until=None) -> Rotation:
    return Rotation(zone, begins, weeks, tuple(Slot(*slot) for slot in slots), until)


def at(text: str) -> datetime:
    """A moment of March 2026 written as day and time, such as 2 08:00, or a whole one."""
    if len(text) > 9:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    day, clock = text.split()
    return datetime(2026, 3, int(day), *map(int, clock.split(":")), tzinfo=UTC)


# name, plan, from, to, spans of Li as "from - to"
CASES = [
    ("an early shift with its lunch break", Plan((rotation((1, 0, EARLY, LI)),)), "2 00:00", "3 00:00",
     ["2 08:00 - 2 12:00", "2 12:30 - 2 16:00"]),
    ("no shift on another weekday", Plan((rotation((1, 0, EARLY, LI)),)), "3 00:00", "4 00:00", []),
    ("the same weekday a week later", Plan((rotation((1, 0, EARLY, LI)),)), "9 00:00", "10 00:00",
     ["9 08:00 - 9 12:00", "9 12:30 - 9 16:00"]),
    ("until midnight", Plan((rotation((1, 0, LATE, LI)),)), "2 00:00", "4 00:00", ["2 16:00 - 3 00:00"]),
    ("over midnight, with breaks before and after it", Plan((rotation((1, 0, NIGHT, LI)),)), "2 00:00", "4 00:00",
     ["2 22:00 - 2 23:45", "3 00:15 - 3 02:00", "3 02:30 - 3 06:00"]),
    ("the night before is still on", Plan((rotation((1, 0, NIGHT, LI)),)), "3 00:30", "3 12:00",
     ["3 00:30 - 3 02:00", "3 02:30 - 3 06:00"]),
    ("a whole day", Plan((rotation((1, 0, ALL_DAY, LI)),)), "1 00:00", "5 00:00", ["2 00:00 - 3 00:00"]),
    ("shifts that touch are one span", Plan((rotation((1, 0, LATE, LI), (1, 1, ALL_DAY, LI)),)), "2 00:00", "5 00:00",
     ["2 16:00 - 4 00:00"]),
    ("shifts that overlap count once", Plan((rotation((1, 0, LATE, LI), (1, 0, ALL_DAY, LI)),)), "2 00:00", "5 00:00",
     ["2 00:00 - 3 00:00"]),
    # A break of one shift is no break of the other.
    ("work goes on through a break of another shift", Plan((rotation((1, 0, EARLY, LI), (1, 0, ALL_DAY, LI)),)),
     "2 00:00", "3 00:00", ["2 00:00 - 3 00:00"]),
    ("cut at the asked moments", Plan((rotation((1, 0, EARLY, LI)),)), "2 09:00", "2 10:00", ["2 09:00 - 2 10:00"]),
    ("nothing in the break itself", Plan((rotation((1, 0, EARLY, LI)),)), "2 12:00", "2 12:30", []),
    ("nothing at the moment it ends", Plan((rotation((1, 0, EARLY, LI)),)), "2 16:00", "2 17:00", []),
    ("eight hours ahead of UTC", Plan((rotation((1, 0, EARLY, LI), zone=SHANGHAI),)), "1 00:00", "4 00:00",
     ["2 00:00 - 2 04:00", "2 04:30 - 2 08:00"]),
    ("Monday in Shanghai begins on Sunday in UTC", Plan((rotation((1, 0, ALL_DAY, LI), zone=SHANGHAI),)),
     "1 00:00", "4 00:00", ["1 16:00 - 2 16:00"]),
    ("the second week of two", Plan((rotation((2, 0, LATE, LI), weeks=2),)), "2 00:00", "17 00:00",
     ["9 16:00 - 10 00:00"]),
    ("and again two weeks later", Plan((rotation((2, 0, LATE, LI), weeks=2),)), "17 00:00", "31 00:00",
     ["23 16:00 - 24 00:00"]),
    ("a week beyond the cycle never comes", Plan((rotation((3, 0, LATE, LI), weeks=2),)), "2 00:00", "31 00:00", []),
    # The rota begins on Wednesday 4 March: its first week is the one of that Wednesday, but Monday is before it.
    ("a rota begins in the middle of a week",
     Plan((rotation((1, 0, LATE, LI), (1, 2, LATE, LI), begins=date(2026, 3, 4)),)),
     "1 00:00", "11 00:00", ["4 16:00 - 5 00:00", "9 16:00 - 10 00:00"]),
    ("a rota ends where another begins", Plan((
        rotation((1, 0, LATE, LI), until=date(2026, 3, 9)), rotation((1, 0, EARLY, LI), begins=date(2026, 3, 9)))),
     "1 00:00", "11 00:00", ["2 16:00 - 3 00:00", "9 08:00 - 9 12:00", "9 12:30 - 9 16:00"]),
    ("a last night shift runs on into the next rota", Plan((
        rotation((1, 6, NIGHT, LI), until=date(2026, 3, 9)), rotation(begins=date(2026, 3, 9)))),
     "9 00:00", "20 00:00", ["9 00:15 - 9 02:00", "9 02:30 - 9 06:00"]),
    ("without a rota nobody", Plan(), "1 00:00", "31 00:00", []),
    ("taken off one day", Plan((rotation((1, 0, LATE, LI)),), changes=(Change(MON, LATE, user_out=LI),)),
     "2 00:00", "11 00:00", ["9 16:00 - 10 00:00"]),
    ("put on one day", Plan((rotation(),), changes=(Change(MON, LATE, user_in=LI),)), "1 00:00", "11 00:00",
     ["2 16:00 - 3 00:00"]),
    ("in another's place", Plan((rotation((1, 0, LATE, WANG)),), changes=(Change(MON, LATE, WANG, LI),)),
     "1 00:00", "9 00:00", ["2 16:00 - 3 00:00"]),
    ("a swap within a day", Plan((rotation((1, 0, LATE, WANG), (1, 0, EARLY, LI)),),
        changes=(Change(MON, LATE, WANG, LI), Change(MON, EARLY, LI, WANG))), "1 00:00", "9 00:00",
     ["2 16:00 - 3 00:00"]),
    ("a change on a day without a rota is nothing",
     Plan((rotation(),), changes=(Change(date(2026, 3, 1), LATE, None, LI),)),
     "1 00:00", "9 00:00", []),
    ("taken off what is not planned changes nothing", Plan((rotation((1, 0, LATE, LI)),),
        changes=(Change(MON, EARLY, user_out=LI),)), "1 00:00", "9 00:00", ["2 16:00 - 3 00:00"]),
    ("absent the whole day", Plan((rotation((1, 0, LATE, LI)),), aways=(Away(LI, at("2 00:00"), at("3 00:00")),)),
     "1 00:00", "9 00:00", []),
    ("absent for the first hours", Plan((rotation((1, 0, LATE, LI)),), aways=(Away(LI, at("2 10:00"), at("2 18:00")),)),
     "1 00:00", "9 00:00", ["2 18:00 - 3 00:00"]),
    ("absent in the middle", Plan((rotation((1, 0, LATE, LI)),), aways=(Away(LI, at("2 18:00"), at("2 19:00")),)),
     "1 00:00", "9 00:00", ["2 16:00 - 2 18:00", "2 19:00 - 3 00:00"]),
    ("absent on a shift of one day's change too", Plan((rotation(),), changes=(Change(MON, LATE, None, LI),),
        aways=(Away(LI, at("2 00:00"), at("3 00:00")),)), "1 00:00", "9 00:00", []),
    ("another's absence is his", Plan((rotation((1, 0, LATE, LI)),), aways=(Away(WANG, at("2 00:00"), at("3 00:00")),)),
     "1 00:00", "9 00:00", ["2 16:00 - 3 00:00"]),
    # Berlin, 28 March, a Saturday: at 02:00 the clocks go to 03:00, so the night lasts seven hours less its breaks;
    # the break 02:00-02:30 is skipped with the hour.
    ("a night over the spring change", Plan((rotation((1, 5, NIGHT, LI), zone=BERLIN),)), "28 00:00", "30 00:00",
     ["28 21:00 - 28 22:45", "28 23:15 - 29 04:00"]),
    # 24 October: 02:00-03:00 comes twice, the break is the first time.
    ("a night over the autumn change", Plan((rotation((1, 5, NIGHT, LI), zone=BERLIN),)), "2026-10-24T00:00",
     "2026-10-26T00:00", ["2026-10-24T20:00 - 2026-10-24T21:45", "2026-10-24T22:15 - 2026-10-25T00:00",
                          "2026-10-25T00:30 - 2026-10-25T05:00"]),
    ("the day of the leap", Plan((rotation((1, 1, ALL_DAY, LI), begins=date(2028, 1, 3)),)), "2028-02-28T00:00",
     "2028-03-02T00:00", ["2028-02-29T00:00 - 2028-03-01T00:00"]),
    # From Monday 28 December 2026 a two-week cycle goes on over the new year without a jump.
    ("a cycle over the new year", Plan((rotation((2, 0, LATE, LI), weeks=2, begins=date(2026, 12, 28)),)),
     "2026-12-28T00:00", "2027-01-20T00:00",
     ["2027-01-04T16:00 - 2027-01-05T00:00", "2027-01-18T16:00 - 2027-01-19T00:00"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "plan", "begins", "ends", "wanted"), CASES, ids=[case[0] for case in CASES])
def test_by_hand(name, plan, begins, ends, wanted):
    plan = Plan(plan.rotations, PATTERNS, plan.changes, plan.aways)
    spans = [tuple(map(at, text.split(" - "))) for text in wanted]
    assert duty_spans(plan, at(begins), at(ends)).get(LI, []) == spans


@pytest.mark.parametrize(
    ("begins", "ends", "breaks", "fits"),
    [
        ("09:00", "18:00", [("12:00", "13:00")], True),
        ("09:00", "18:00", [("08:00", "09:30")], False),
        ("09:00", "18:00", [("17:30", "18:30")], False),
        ("09:00", "18:00", [("12:00", "13:00"), ("12:30", "13:30")], False),
        ("22:00", "06:00", [("23:45", "00:15"), ("02:00", "02:30")], True),
        ("22:00", "06:00", [("12:00", "13:00")], False),
        ("00:00", "00:00", [("12:00", "13:00")], True),
        ("09:00", "18:00", [("12:00", "12:00")], False),
    ],
)
def test_breaks_lie_inside_the_shift(begins, ends, breaks, fits):
    pairs = tuple((time.fromisoformat(one), time.fromisoformat(other)) for one, other in breaks)
    assert Pattern(1, time.fromisoformat(begins), time.fromisoformat(ends), pairs).has_fitting_breaks is fits


USERS, DAYS = st.sampled_from([1, 2, 3]), st.dates(date(2026, 3, 20), date(2026, 4, 6))
MOMENTS = st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 6)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
PAIRS = st.tuples(MOMENTS, MOMENTS).map(sorted)
SLOTS = st.lists(st.builds(Slot, st.integers(1, 3), st.integers(0, 6), st.integers(1, 4), USERS), max_size=12)
PLANS = st.builds(
    lambda zone, weeks, slots, changes, aways: Plan(
        (Rotation(zone, date(2026, 3, 18), weeks, tuple(slots)),), PATTERNS, tuple(changes), tuple(aways)
    ),
    st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Kiritimati")]),
    st.integers(1, 3),
    SLOTS,
    st.lists(st.builds(Change, DAYS, st.integers(1, 4), USERS, st.none() | USERS), max_size=4),
    st.lists(st.builds(lambda user, pair: Away(user, *pair), USERS, PAIRS), max_size=3),
)


@settings(max_examples=50)
@given(PLANS, PAIRS)
def test_spans_are_apart_in_order_and_within_what_was_asked(plan, pair):
    for spans in duty_spans(plan, *pair).values():
        assert spans == joined(spans)
        assert all(pair[0] <= span.begins < span.ends <= pair[1] for span in spans)


@settings(max_examples=50)
@given(PLANS, st.lists(MOMENTS, min_size=3, max_size=3).map(sorted))
def test_two_halves_make_the_whole(plan, moments):
    first, middle, last = moments
    halves = [duty_spans(plan, first, middle), duty_spans(plan, middle, last)]
    for user, whole in duty_spans(plan, first, last).items():
        assert joined(span for half in halves for span in half.get(user, [])) == whole


@settings(max_examples=50)
@given(PLANS, PAIRS)
def test_nobody_is_on_duty_while_absent_or_off_every_shift(plan, pair):
    shifts = shifts_between(plan, pair[0].date() - 2 * DAY, pair[1].date() + 2 * DAY)
    for user, spans in duty_spans(plan, *pair).items():
        away = [Span(a.begins, a.ends) for a in plan.aways if a.user == user]
        assert without(spans, away) == spans
        assert (
            without(spans, [piece for shift in shifts if shift.user == user for piece in shift.works]) == []
        )


@settings(max_examples=50)
@given(PLANS, DAYS)
def test_assignments_repeat_after_a_cycle_where_nothing_was_changed(plan, day):
    plain = Plan(plan.rotations, PATTERNS)
    later = day + timedelta(weeks=plan.rotations[0].cycle_weeks)
    assert assignments_on(plain, day) == assignments_on(plain, later)
