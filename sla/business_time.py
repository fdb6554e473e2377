"""Business time: adding and measuring working time, in time that really passes, from plain values.

A range of hours belongs to the day it begins on. A range that closes at or before the time it opens closes on the
next day: 22:00-06:00 is a night shift, 18:00-00:00 lasts until midnight, 00:00-00:00 is the whole day.
A range is open from its first moment up to, and without, its last.

Everything is counted in whole microseconds since 1970, cut into weeks that each calendar remembers. A long target
then costs one addition per week, and neither daylight saving nor a special day needs a case of its own.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

Range = tuple[time, time]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1) // MICROSECOND
WEEK = timedelta(weeks=1) // MICROSECOND
# A calendar that stays closed this long is a mistake in the calendar, not a long holiday.
LONGEST_CLOSURE = timedelta(days=730) // MICROSECOND // WEEK + 1
# Nobody promises anything for later; it keeps a mistyped target from counting to the year 9999.
FURTHEST_WEEKS = 20 * 53


class NoWorkingTime(Exception):
    """The calendar has no open hour where one was needed."""


class Week(NamedTuple):
    """The open spans of one week, apart and in order, in microseconds since 1970."""

    opens: tuple[int, ...]
    closes: tuple[int, ...]
    # Working time before each span, and at the end that of the whole week.
    before: tuple[int, ...]

    @property
    def total(self) -> int:
        return self.before[-1]

    def worked_until(self, at: int) -> int:
        """Return the working time from the beginning of the week until `at`."""
        span = bisect_right(self.opens, at) - 1
        if span < 0:
            return 0
        return self.before[span] + min(at, self.closes[span]) - self.opens[span]

    def moment_after(self, worked: int) -> int:
        """Return the earliest moment when `worked` has passed; it must be in 1..total."""
        span = bisect_left(self.before, worked) - 1
        return self.opens[span] + worked - self.before[span]


@dataclass(frozen=True)
class WorkingHours:
    """When a team works: ranges per weekday (Monday first), and the days that differ.

    A special day replaces the ranges that begin on it: no range is a day off, any range is a working day.
    """

    zone: ZoneInfo
    weekly: tuple[tuple[Range, ...], ...]
    special: Mapping[date, tuple[Range, ...]] = field(default_factory=dict, hash=False)
    _weeks: dict[int, Week] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise ValueError("Working hours need the ranges of seven days, Monday first.")
        # A copy nobody can change: the remembered weeks would go on telling the old hours.
        object.__setattr__(self, "special", MappingProxyType(dict(self.special)))

    def ranges_on(self, day: date) -> tuple[Range, ...]:
        """Return the ranges that begin on a day."""
        return self.special.get(day, self.weekly[day.weekday()])

    def week(self, number: int) -> Week:
        """Return a week's open spans; week 0 begins with 1970 in UTC."""
        week = self._weeks.get(number)
        if week is None:
            week = self._weeks[number] = _week(self, number)
        return week


ALWAYS_OPEN = WorkingHours(zone=ZoneInfo("UTC"), weekly=(((time(0), time(0)),),) * 7)


def add_working_time(start: datetime, length: timedelta, hours: WorkingHours | None) -> datetime:
    """Return the earliest moment, in UTC, when `length` of working time has passed since `start`.

    Without hours every second counts. Raises NoWorkingTime when the calendar stays closed for two years.
    """
    if length < timedelta():
        raise ValueError("Working time can only be added forwards: the length is negative.")
    if hours is None or not length:
        return start.astimezone(UTC) + length
    at = _microseconds(start)
    number = at // WEEK
    week = hours.week(number)
    # Counted from the beginning of the week, so that the first week is like all others.
    left = length // MICROSECOND + week.worked_until(at)
    closed, furthest = 0, number + FURTHEST_WEEKS
    while left > week.total:
        left -= week.total
        closed = 0 if week.total else closed + 1
        number += 1
        if closed > LONGEST_CLOSURE or number > furthest:
            raise NoWorkingTime(_never_reached(start))
        week = hours.week(number)
    return _moment(week.moment_after(left))


def working_time_between(start: datetime, end: datetime, hours: WorkingHours | None) -> timedelta:
    """Return the working time that passes from `start` to `end`; negative when `end` is earlier."""
    first, last = _microseconds(start), _microseconds(end)
    if first > last:
        return -working_time_between(end, start, hours)
    if hours is None:
        return (last - first) * MICROSECOND
    first_week, last_week = first // WEEK, last // WEEK
    whole = sum(hours.week(number).total for number in range(first_week, last_week))
    worked = whole - hours.week(first_week).worked_until(first) + hours.week(last_week).worked_until(last)
    return worked * MICROSECOND


def open_spans(
    start: datetime, end: datetime, hours: WorkingHours | None
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans, in UTC, in which work goes on between two moments; together they are the working time."""
    first, last = _microseconds(start), _microseconds(end)
    if hours is None:
        spans = iter([(first, last)])
    else:
        weeks = (hours.week(number) for number in range(first // WEEK, last // WEEK + 1))
        spans = (span for week in weeks for span in zip(week.opens, week.closes, strict=True))
    held: tuple[int, int] | None = None
    for opening, closing in spans:
        opening, closing = max(opening, first), min(closing, last)
        if opening >= closing:
            continue
        # A span that runs over the end of a week is one.
        if held and held[1] == opening:
            held = (held[0], closing)
            continue
        if held:
            yield _moment(held[0]), _moment(held[1])
        held = (opening, closing)
    if held:
        yield _moment(held[0]), _moment(held[1])


def is_open(moment: datetime, hours: WorkingHours | None) -> bool:
    """Say whether work goes on at a moment; at its closing time a range is closed."""
    if hours is None:
        return True
    at = _microseconds(moment)
    week = hours.week(at // WEEK)
    span = bisect_right(week.opens, at) - 1
    return span >= 0 and at < week.closes[span]


def next_opening(moment: datetime, hours: WorkingHours | None) -> datetime:
    """Return, in UTC, the moment itself when it is open, else the next opening.

    Raises NoWorkingTime when the calendar stays closed for two years.
    """
    if hours is None or is_open(moment, hours):
        return moment.astimezone(UTC)
    at = _microseconds(moment)
    first = at // WEEK
    for number in range(first, first + LONGEST_CLOSURE + 1):
        opens = hours.week(number).opens
        later = bisect_right(opens, at)
        if later < len(opens):
            return _moment(opens[later])
    raise NoWorkingTime(_never_reached(moment))


def _never_reached(start: datetime) -> str:
    return (
        f"The business calendar has not enough open hours after {start:%Y-%m-%d}: "
        "give it working hours on at least one weekday, or a smaller target."
    )


def _microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def _moment(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND


def _week(hours: WorkingHours, number: int) -> Week:
    begin, end = number * WEEK, (number + 1) * WEEK
    opens: list[int] = []
    closes: list[int] = []
    for opening, closing in sorted(_spans(hours, begin, end)):
        opening, closing = max(opening, begin), min(closing, end)
        if opening >= closing:
            continue
        if closes and opening <= closes[-1]:
            # Touching or overlapping: a night shift may run into the next morning's hours, and no second counts twice.
            closes[-1] = max(closes[-1], closing)
        else:
            opens.append(opening)
            closes.append(closing)
    lengths = (closing - opening for opening, closing in zip(opens, closes, strict=True))
    return Week(tuple(opens), tuple(closes), tuple(accumulate(lengths, initial=0)))


def _spans(hours: WorkingHours, begin: int, end: int) -> Iterator[tuple[int, int]]:
    # The day before may have begun a shift that is still on.
    day = _moment(begin).astimezone(hours.zone).date() - DAY
    last = _moment(end).astimezone(hours.zone).date()
    while day <= last:
        for opens, closes in hours.ranges_on(day):
            closes_on = day if closes > opens else day + DAY
            yield _instant(day, opens, hours.zone), _instant(closes_on, closes, hours.zone)
        day += DAY


def _instant(day: date, clock: time, zone: ZoneInfo) -> int:
    """Return when the clocks of a zone show a time of a day.

    When they show it twice (autumn) it is the first time; when they skip it (spring) it is the moment of the skip.
    Both keep the order of times, so ranges that touch on paper still touch, and none gets a negative length.
    """
    wall = datetime.combine(day, clock, zone)
    first, second = _microseconds(wall), _microseconds(wall.replace(fold=1))
    if first <= second:
        return first
    # The skipped time, read by the old offset, lies after the skip, and read by the new one before it.
    before, after = second // SECOND, -(-first // SECOND)
    old_offset = _moment(second).astimezone(zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if _moment(middle * SECOND).astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after * SECOND
