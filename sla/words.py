"""Calendars and policies in the words of people: a week in one line, a length of time, a promise."""

from collections.abc import Iterable, Sequence
from datetime import time
from itertools import groupby
from typing import Any

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext, pgettext

from common.wording import clauses, listed
from sla.models import SlaPolicy
from sla.snapshots import KINDS

Range = tuple[time, time]


def week_line(rows: Iterable[tuple[int, time, time]]) -> str:
    """The week of (weekday, opens, closes) rows in one line: Mon–Fri 09:00–12:00, 13:00–18:00."""
    week: list[tuple[Range, ...]] = [() for _ in range(7)]
    for weekday, opens, closes in sorted(rows):
        week[weekday] = (*week[weekday], (opens, closes))
    parts = []
    for ranges, days in groupby(range(7), key=lambda day: week[day]):
        if ranges:
            parts.append(f"{_days(list(days))} {ranges_line(ranges)}")
    return clauses(parts)


def ranges_line(ranges: Iterable[Range]) -> str:
    """The ranges of one day: 09:00–12:00, 13:00–18:00; the end of the day is 24:00."""
    return ", ".join(f"{opens:%H:%M}–{_closing(closes)}" for opens, closes in ranges)


def length(minutes: int) -> str:
    """A length of time as one says it: 1 h 30 min."""
    hours, left = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(pgettext("length of time", "%s h") % hours)
    if left or not hours:
        parts.append(pgettext("length of time", "%s min") % left)
    # Number and unit stay on one line.
    return " ".join(part.replace(" ", "\u00a0") for part in parts)


def promise_line(policy: SlaPolicy) -> str:
    """What a policy promises, in one sentence: First response in 1 h (clock time), resolution in 24 h (…)."""
    words = {
        "first_response": gettext("first response in %(length)s (%(counts)s)"),
        "next_response": gettext("next response in %(length)s (%(counts)s)"),
        "resolution": gettext("resolution in %(length)s (%(counts)s)"),
        "progress": gettext("a report every %(length)s (%(counts)s)"),
    }
    parts = []
    for kind in KINDS:
        minutes = getattr(policy, f"{kind}_minutes")
        if minutes:
            counts = SlaPolicy.Counts(getattr(policy, f"{kind}_counts")).label
            parts.append(words[kind] % {"length": length(minutes), "counts": counts})
    line = listed(parts)
    return line[:1].upper() + line[1:]


def condition_line(policy: SlaPolicy) -> str:
    """Which tickets a saved policy is for, in one line."""
    parts: list[Any] = [
        named(policy.categories.all()),
        named(label for code, label in policy.priority_choices() if code in policy.priorities),
        named(policy.segments.all()),
        named(label for code, label in policy.channel_choices() if code in policy.channels),
    ]
    return clauses(parts) or gettext("all tickets")


def named(things: Iterable[Any]) -> str:
    """The names of some things, one after the other."""
    return listed(things)


def _days(days: Sequence[int]) -> str:
    first = str(WEEKDAYS_ABBR[days[0]])
    return first if len(days) == 1 else f"{first}–{WEEKDAYS_ABBR[days[-1]]}"


def _closing(closes: time) -> str:
    return "24:00" if closes == time(0) else f"{closes:%H:%M}"
