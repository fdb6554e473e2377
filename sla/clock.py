"""The pausing clock of one promise, from plain values and to the whole second.

Every moment that enters the clock is cut to its second first. So what was spent before a pause and what is left
after it are whole numbers, fit to be stored, and add up to the target however often the clock was paused.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sla.business_time import WorkingHours, add_working_time, working_time_between

SECOND = timedelta(seconds=1)


class ClockError(Exception):
    """The clock was asked for something that its pauses do not allow."""


def whole_second(moment: datetime) -> datetime:
    """Return the moment in UTC without its fraction of a second."""
    return moment.astimezone(UTC).replace(microsecond=0)


def due_after(start: datetime, seconds_left: int, hours: WorkingHours | None) -> datetime:
    """Return when the seconds that are left have been worked; raises NoWorkingTime."""
    return add_working_time(whole_second(start), seconds_left * SECOND, hours)


def seconds_spent(start: datetime, end: datetime, hours: WorkingHours | None) -> int:
    """Return the working seconds from `start` to `end`; negative when `end` is earlier."""
    return working_time_between(whole_second(start), whole_second(end), hours) // SECOND


def spent_by(at: datetime, *, due_at: datetime, target_seconds: int, hours: WorkingHours | None) -> int:
    """Return the seconds a running clock has spent, from nothing but its target and its due moment.

    It is more than the target once the due moment lies behind.
    """
    return target_seconds - seconds_spent(at, due_at, hours)


def due_on_resuming(
    at: datetime, *, due_at: datetime, target_seconds: int, spent_seconds: int, hours: WorkingHours | None
) -> datetime:
    """Return the due moment of a clock that goes on at `at`: moved on by exactly what was left.

    `due_at` is the moment that held before the pause; a promise that was overdue by then keeps it.
    """
    if spent_seconds >= target_seconds:
        return due_at
    return due_after(at, target_seconds - spent_seconds, hours)


@dataclass(frozen=True)
class Pause:
    """One stop of the clock; it goes on at `until`, or has not gone on yet."""

    since: datetime
    until: datetime | None = None


def merged(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """Return the spans in which at least one of the pauses holds, apart and in order."""
    spans: list[Pause] = []
    for pause in sorted(pauses, key=lambda one: one.since):
        last = spans[-1] if spans else None
        if last is None or (last.until is not None and last.until < pause.since):
            spans.append(pause)
        elif last.until is not None and (pause.until is None or pause.until > last.until):
            spans[-1] = Pause(last.since, pause.until)
    return tuple(spans)


@dataclass(frozen=True)
class Clock:
    """The clock of one promise; pausing and resuming give a new one."""

    started_at: datetime
    target_seconds: int
    hours: WorkingHours | None = None
    pauses: tuple[Pause, ...] = ()

    def __post_init__(self) -> None:
        if self.target_seconds < 0:
            raise ClockError("The target is negative: a promise needs a length of at least 0 seconds.")
        turns = [turn for pause in self.pauses for turn in (pause.since, pause.until)]
        if None in turns[:-1]:
            raise ClockError("Only the last pause of a clock may still be open.")
        moments = [self.started_at, *(turn for turn in turns if turn is not None)]
        if any(later < earlier for earlier, later in pairwise(moments)):
            raise ClockError("The pauses of a clock must follow its start and one another in time.")

    @property
    def is_paused(self) -> bool:
        return bool(self.pauses) and self.pauses[-1].until is None

    def pause(self, at: datetime) -> "Clock":
        """Return the clock stopped at `at`; raises ClockError when it stands already."""
        if self.is_paused:
            raise ClockError("The clock is paused already: resume it first.")
        return replace(self, pauses=(*self.pauses, Pause(at)))

    def resume(self, at: datetime) -> "Clock":
        """Return the clock going on at `at`; raises ClockError when it is not paused."""
        if not self.is_paused:
            raise ClockError("The clock is running: only a paused clock can be resumed.")
        return replace(self, pauses=(*self.pauses[:-1], Pause(self.pauses[-1].since, at)))

    def spent_seconds(self, at: datetime) -> int:
        """Return the working seconds spent until `at`, pauses left out."""
        return sum(
            max(0, seconds_spent(since, at if until is None else min(until, at), self.hours))
            for since, until in self._runs()
        )

    def due_at(self) -> datetime | None:
        """Return when the target is spent, or None while the clock stands with some of it left."""
        left = self.target_seconds
        for since, until in self._runs():
            if until is None:
                return due_after(since, left, self.hours)
            spent = seconds_spent(since, until, self.hours)
            if spent >= left:
                return due_after(since, left, self.hours)
            left -= spent
        return None

    def is_broken(self, at: datetime, met_at: datetime | None = None) -> bool:
        """Say whether the promise was missed, looked at from `at`; the due moment itself is still in time."""
        due_at = self.due_at()
        return due_at is not None and whole_second(met_at or at) > due_at

    def _runs(self) -> list[tuple[datetime, datetime | None]]:
        """The spans in which the clock runs; None ends the one that still does."""
        begins = [self.started_at, *(pause.until for pause in self.pauses if pause.until is not None)]
        ends = [*(pause.since for pause in self.pauses), *(() if self.is_paused else (None,))]
        return list(zip(begins, ends, strict=True))
