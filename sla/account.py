"""The account of one promise, line by line: why it is due when it is; from plain values.

The lines `ran` add up to what the clock has spent, to the second; a test holds that against any hours and pauses.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import groupby, pairwise

from sla.business_time import DAY, WorkingHours, open_spans
from sla.clock import SECOND, Clock, Pause, merged, whole_second

# From so many lines on, ordinary days are told in one line.
MOST_LINES = 30
ORDINARY = ("ran", "closed")


@dataclass(frozen=True)
class Stop:
    """A span in which there was a reason for the clock to stand still; several may overlap."""

    reason: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Line:
    """One line of the account.

    started, due - a moment; ran - working time that counts, `seconds` long; paused - with its reasons; closed - outside
    working hours; day_off, make_up_day, own_hours - a special day with its name; at the end one of met, met_late,
    running, overdue, standing (paused with something left), dropped: `seconds` is what is left or too much.
    """

    code: str
    since: datetime
    until: datetime | None = None
    seconds: int = 0
    reasons: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Account:
    """All lines of a promise, and what they come to."""

    lines: tuple[Line, ...]
    target_seconds: int
    spent_seconds: int
    # None while the clock stands with something left.
    due_at: datetime | None

    @property
    def outcome(self) -> Line:
        """The last line: kept, broken or still open."""
        return self.lines[-1]

    def folded(self) -> "Account":
        """The same with ordinary days told in one line when there are many; the sum stays."""
        if len(self.lines) <= MOST_LINES:
            return self
        lines: list[Line] = []
        for is_ordinary, group in groupby(self.lines, key=lambda line: line.code in ORDINARY):
            days = list(group)
            ran = [line for line in days if line.code == "ran"]
            if is_ordinary and len(days) > len(ORDINARY) + 1 and ran:
                seconds = sum(line.seconds for line in ran)
                lines.append(Line("ran", days[0].since, days[-1].until, seconds))
            else:
                lines += days
        return replace(self, lines=tuple(lines))


def account(
    start: datetime,
    target_seconds: int,
    hours: WorkingHours | None,
    stops: Iterable[Stop] = (),
    *,
    now: datetime,
    met_at: datetime | None = None,
    dropped_at: datetime | None = None,
    special: Mapping[date, tuple[str, str]] | None = None,
) -> Account:
    """Tell how a promise came to stand where it stands; `special` gives kind and name of the days that differ."""
    begin = whole_second(start)
    end = max(begin, whole_second(met_at or dropped_at or now))
    # What the clock reads is cut to the second before it counts.
    whole = [_whole(stop, begin, end) for stop in stops]
    pauses = merged(Pause(stop.since, stop.until) for stop in whole if stop.since <= end)
    clock = Clock(begin, target_seconds, hours, pauses)
    due_at = clock.due_at()
    teller = _Teller(hours, special or {}, due_at)
    lines = [Line("started", begin)]
    for since, until, reasons in _stretches(begin, end, whole):
        lines += [Line("paused", since, until, reasons=reasons)] if reasons else teller.tell(since, until)
    spent = clock.spent_seconds(end)
    lines.append(
        _outcome(clock, end, due_at, spent, is_met=met_at is not None, is_dropped=dropped_at is not None)
    )
    return Account(tuple(lines), target_seconds, spent, due_at)


def _whole(stop: Stop, begin: datetime, end: datetime) -> Stop:
    since = max(begin, whole_second(stop.since))
    until = None if stop.until is None else max(since, whole_second(stop.until))
    # What ends later is, as seen from the end, still on.
    return Stop(stop.reason, since, None if until is None or until > end else until)


def _stretches(
    begin: datetime, end: datetime, stops: list[Stop]
) -> Iterator[tuple[datetime, datetime, tuple[str, ...]]]:
    """Cut the time into stretches, each with the reasons that hold throughout it."""
    spans = [(stop.since, stop.until or end, stop.reason) for stop in stops]
    spans = [span for span in spans if span[0] < span[1]]
    moments = sorted({begin, end, *(moment for since, until, _ in spans for moment in (since, until))})
    for since, until in pairwise(moments):
        reasons = dict.fromkeys(reason for first, last, reason in spans if first <= since and until <= last)
        yield since, until, tuple(reasons)


class _Teller:
    """Tells stretches in which the clock is not stopped; each special day is named once."""

    def __init__(
        self, hours: WorkingHours | None, special: Mapping[date, tuple[str, str]], due_at: datetime | None
    ) -> None:
        self.hours, self.special, self.due_at = hours, special, due_at
        self._named: set[date] = set()

    def tell(self, since: datetime, until: datetime) -> Iterator[Line]:
        """The lines of one stretch."""
        at = since
        for opening, closing in open_spans(since, until, self.hours):
            yield from self._closed(at, opening)
            yield from self._name(opening)
            yield from self._ran(opening, closing)
            at = closing
        yield from self._closed(at, until)

    def _ran(self, since: datetime, until: datetime) -> Iterator[Line]:
        if self.due_at is None or not since < self.due_at <= until:
            yield Line("ran", since, until, (until - since) // SECOND)
            return
        yield Line("ran", since, self.due_at, (self.due_at - since) // SECOND)
        yield Line("due", self.due_at)
        if self.due_at < until:
            yield Line("ran", self.due_at, until, (until - self.due_at) // SECOND)

    def _name(self, opening: datetime) -> Iterator[Line]:
        if self.hours is None:
            return
        day = opening.astimezone(self.hours.zone).date()
        kind, name = self.special.get(day, ("", ""))
        if kind == "working" and day not in self._named:
            self._named.add(day)
            is_make_up = not self.hours.weekly[day.weekday()]
            yield Line("make_up_day" if is_make_up else "own_hours", opening, name=name)

    def _closed(self, since: datetime, until: datetime) -> Iterator[Line]:
        """Nights and weekends in one line, days off named."""
        if since >= until or self.hours is None:
            return
        pieces = [(*self._kind_of(day), first, last) for day, first, last in self._days(since, until)]
        for (code, name), group in groupby(pieces, key=lambda piece: piece[:2]):
            spans = list(group)
            yield Line(code, spans[0][2], spans[-1][3], name=name)

    def _kind_of(self, day: date) -> tuple[str, str]:
        kind, name = self.special.get(day, ("", ""))
        return ("day_off", name) if kind == "off" else ("closed", "")

    def _days(self, since: datetime, until: datetime) -> Iterator[tuple[date, datetime, datetime]]:
        assert self.hours is not None
        zone, at = self.hours.zone, since
        day = since.astimezone(zone).date()
        while at < until:
            # Through UTC, since a midnight may be skipped or come twice.
            midnight = whole_second(datetime.combine(day + DAY, time(), zone))
            last = min(until, max(midnight, at))
            if at < last:
                yield day, at, last
            at, day = last, day + DAY


def _outcome(
    clock: Clock, end: datetime, due_at: datetime | None, spent: int, *, is_met: bool, is_dropped: bool
) -> Line:
    over = spent - clock.target_seconds
    is_late = due_at is not None and end > due_at
    if is_dropped:
        return Line("dropped", end)
    if is_met:
        return Line("met_late", end, due_at, over) if is_late else Line("met", end, due_at, -over)
    if is_late:
        return Line("overdue", end, due_at, over)
    return Line("standing" if clock.is_paused else "running", end, due_at, -over)
