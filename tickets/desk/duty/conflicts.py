"""What is wrong with a week's plan, from plain values."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from staff.shifts import Away, Shift, Span, joined, without

MOST_IN_A_ROW = timedelta(hours=12)
LEAST_REST = timedelta(hours=8)

DOUBLE, ABSENT, LONG, SHORT_REST, NOBODY = "double", "absent", "long", "short_rest", "nobody"


class Conflict(NamedTuple):
    """One thing to put right; `user` is nobody's where it is about the whole team."""

    kind: str
    begins: datetime
    ends: datetime
    user: int | None = None


def conflicts_of_people(shifts: Iterable[Shift], aways: Iterable[Away]) -> list[Conflict]:
    """Return double bookings, shifts of people who are absent, too much in a row and too little rest, in order."""
    by_user: dict[int, list[Shift]] = {}
    for shift in shifts:
        by_user.setdefault(shift.user, []).append(shift)
    absences: dict[int, list[Span]] = {}
    for user, begins, ends in aways:
        absences.setdefault(user, []).append(Span(begins, ends))
    found = [
        conflict
        for user, own in by_user.items()
        for conflict in _of_one(user, own, joined(absences.get(user, [])))
    ]
    return sorted(found, key=lambda conflict: (conflict.begins, conflict.kind, conflict.user))


def _of_one(user: int, shifts: list[Shift], absences: list[Span]) -> Iterable[Conflict]:
    spans = sorted(Span(shift.begins, shift.ends) for shift in shifts)
    reached = spans[0].ends
    for span in spans[1:]:
        if span.begins < reached:
            yield Conflict(DOUBLE, span.begins, min(span.ends, reached), user)
        reached = max(reached, span.ends)
    for away in absences:
        for span in joined(spans):
            if span.begins < away.ends and away.begins < span.ends:
                yield Conflict(ABSENT, max(span.begins, away.begins), min(span.ends, away.ends), user)
    # Who is absent neither works too long nor rests too little.
    blocks = without(spans, absences)
    for block in blocks:
        if block.ends - block.begins > MOST_IN_A_ROW:
            yield Conflict(LONG, *block, user)
    for one, other in pairwise(blocks):
        if other.begins - one.ends < LEAST_REST and not any(a.begins <= one.ends < a.ends for a in absences):
            yield Conflict(SHORT_REST, one.ends, other.begins, user)


def uncovered(promised: Iterable[Span], on_duty: Mapping[int, Iterable[Span]]) -> list[Conflict]:
    """Return when somebody is promised to be there and nobody is on duty."""
    everybody = [span for spans in on_duty.values() for span in spans]
    return [Conflict(NOBODY, *span) for span in without(promised, everybody)]
