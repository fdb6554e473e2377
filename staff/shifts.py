"""Who is on shift when, from plain values: a rota, what differs on single days, and absences; spans of time come out.

A shift belongs to the day it begins on. One that ends at or before the time it begins ends on the next day. A span
holds from its first moment up to, and without, its last. Days and clock times are those of the rota's zone, spans
are in UTC, so a night shift over the change to summer time is an hour shorter in them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from common.wall_clock import moment_of

Range = tuple[time, time]
DAY = timedelta(days=1)
# Who asks late since when nobody is on duty is told at most so far back.
LOOKS_BACK = timedelta(hours=12)


class Span(NamedTuple):
    """A piece of time."""

    begins: datetime
    ends: datetime


class Pattern(NamedTuple):
    """A kind of shift with its breaks."""

    id: int
    begins: time
    ends: time
    breaks: tuple[Range, ...] = ()

    @property
    def has_fitting_breaks(self) -> bool:
        """Whether every break lies inside the shift, after the one before."""
        last = 0
        length = _minutes(self.begins, self.ends) or 24 * 60
        for begins, ends in sorted(self.breaks, key=lambda pair: _minutes(self.begins, pair[0])):
            start = _minutes(self.begins, begins)
            end = start + _minutes(begins, ends)
            if start < last or end <= start or end > length:
                return False
            last = end
        return True


class Slot(NamedTuple):
    """A person's shift on a weekday (Monday is 0) of a week of the cycle (the first is 1)."""

    week: int
    weekday: int
    pattern: int
    user: int


@dataclass(frozen=True)
class Rotation:
    """A rota, from the day it begins until the day before `until`, when another one begins."""

    zone: ZoneInfo
    begins_on: date
    cycle_weeks: int = 1
    slots: tuple[Slot, ...] = ()
    until: date | None = None

    def covers(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.begins_on <= day and (self.until is None or day < self.until)

    def week_of(self, day: date) -> int:
        """Which week of the cycle a day is in; the week in which the rota begins is the first."""
        return (_monday(day) - _monday(self.begins_on)).days // 7 % self.cycle_weeks + 1


class Change(NamedTuple):
    """On one day somebody does not work a shift, or somebody does, or one in another's place."""

    on: date
    pattern: int
    user_out: int | None = None
    user_in: int | None = None


class Away(NamedTuple):
    """Somebody is absent."""

    user: int
    begins: datetime
    ends: datetime


class Shift(NamedTuple):
    """One shift of one person on one day; `works` leaves out its breaks."""

    user: int
    on: date
    pattern: int
    begins: datetime
    ends: datetime
    works: tuple[Span, ...]


@dataclass(frozen=True)
class Plan:
    """All that decides who of a team is on duty when."""

    rotations: tuple[Rotation, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    changes: tuple[Change, ...] = ()
    aways: tuple[Away, ...] = ()

    def rotation_on(self, day: date) -> Rotation | None:
        """The rota in force on a day."""
        return next((rotation for rotation in self.rotations if rotation.covers(day)), None)


def assignments_on(plan: Plan, day: date) -> set[tuple[int, int]]:
    """Return who works which shift that begins on a day, as (pattern, user); absences do not count here."""
    rotation = plan.rotation_on(day)
    if rotation is None:
        return set()
    week = rotation.week_of(day)
    found = {
        (slot.pattern, slot.user)
        for slot in rotation.slots
        if slot.week == week and slot.weekday == day.weekday()
    }
    today = [change for change in plan.changes if change.on == day]
    found -= {(change.pattern, change.user_out) for change in today if change.user_out is not None}
    return found | {(change.pattern, change.user_in) for change in today if change.user_in is not None}


def shifts_between(plan: Plan, first: date, last: date) -> list[Shift]:
    """Return the shifts that begin on the days from `first` to `last`, in order."""
    patterns = {pattern.id: pattern for pattern in plan.patterns}
    found = []
    for number in range((last - first).days + 1):
        day = first + number * DAY
        rotation = plan.rotation_on(day)
        for pattern, user in assignments_on(plan, day):
            if rotation is not None and pattern in patterns:
                found.append(shift_of(patterns[pattern], user, day, rotation.zone))
    return sorted(found, key=lambda shift: (shift.begins, shift.ends, shift.user, shift.pattern))


def shift_of(pattern: Pattern, user: int, day: date, zone: ZoneInfo) -> Shift:
    """Return a person's shift of a pattern that begins on a day."""
    begins = moment_of(day, pattern.begins, zone)
    ends_on = day if pattern.ends > pattern.begins else day + DAY
    ends = moment_of(ends_on, pattern.ends, zone)
    breaks = []
    for starts, stops in pattern.breaks:
        # After midnight a break is on the day after the one on which the shift began.
        starts_on = day if starts >= pattern.begins else day + DAY
        stops_on = starts_on if stops > starts else starts_on + DAY
        breaks.append(Span(moment_of(starts_on, starts, zone), moment_of(stops_on, stops, zone)))
    works = tuple(without([Span(begins, ends)], breaks)) if begins < ends else ()
    return Shift(user, day, pattern.id, begins, ends, works)


def duty_spans(plan: Plan, begins: datetime, ends: datetime) -> dict[int, list[Span]]:
    """Return for each person the spans on duty between two moments: on shift, not on a break, not absent."""
    on_shift: dict[int, list[Span]] = {}
    # A day's distance on both sides is enough for every zone and for a shift that is on already.
    for shift in shifts_between(plan, begins.date() - 2 * DAY, ends.date() + DAY):
        on_shift.setdefault(shift.user, []).extend(shift.works)
    away: dict[int, list[Span]] = {}
    for user, starts, stops in plan.aways:
        away.setdefault(user, []).append(Span(starts, stops))
    found = {}
    for user, spans in on_shift.items():
        left = without(joined(spans), away.get(user, []))
        cut = [
            Span(max(span.begins, begins), min(span.ends, ends))
            for span in left
            if max(span.begins, begins) < min(span.ends, ends)
        ]
        if cut:
            found[user] = cut
    return found


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, those that touch or overlap as one."""
    found: list[Span] = []
    for span in sorted(spans):
        if span.begins >= span.ends:
            continue
        if found and span.begins <= found[-1].ends:
            found[-1] = Span(found[-1].begins, max(found[-1].ends, span.ends))
        else:
            found.append(span)
    return found


def without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """Return what is left of the spans when the holes are cut out."""
    cuts = joined(holes)
    return [piece for span in joined(spans) for piece in _pieces(span, cuts)]


def _pieces(span: Span, cuts: list[Span]) -> Iterator[Span]:
    begins = span.begins
    for cut in cuts:
        if cut.ends <= begins or cut.begins >= span.ends:
            continue
        if cut.begins > begins:
            yield Span(begins, cut.begins)
        begins = cut.ends
    if begins < span.ends:
        yield Span(begins, span.ends)


def _monday(day: date) -> date:
    return day - day.weekday() * DAY


def _minutes(begins: time, ends: time) -> int:
    """Minutes from one time to the next time the clock shows the other."""
    return (ends.hour * 60 + ends.minute - begins.hour * 60 - begins.minute) % (24 * 60)
