"""Checks on what a manager types into calendars and policies, with sentences that say how to put it right."""

from collections.abc import Iterable
from datetime import time
from itertools import pairwise
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from common.hours_text import parse_hours_text

_DAY = 24 * 60
_WEEK = 7 * _DAY


class WeeklyRange(NamedTuple):
    """One row of working hours: weekday 0 is Monday; it closes on the next day unless it closes later than it opens."""

    weekday: int
    opens: time
    closes: time

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {self.opens:%H:%M}–{self.closes:%H:%M}"

    @property
    def begins(self) -> int:
        """The minute of the week when it opens."""
        return self.weekday * _DAY + self.opens.hour * 60 + self.opens.minute

    @property
    def minutes(self) -> int:
        """How long it is open."""
        closes = self.closes.hour * 60 + self.closes.minute
        return (closes - self.opens.hour * 60 - self.opens.minute) % _DAY or _DAY


def validate_hours_text(text: str) -> None:
    """Refuse hours that cannot be read, and ranges that overlap."""
    try:
        ranges = parse_hours_text(text)
    except ValueError as error:
        raise ValidationError(_("Write hours like 09:00-12:00, 13:00-18:00."), code="unreadable") from error
    rows = sorted(WeeklyRange(0, opens, closes) for opens, closes in ranges)
    for one, other in pairwise(rows):
        if one.begins + one.minutes > other.begins:
            raise ValidationError(
                _("%(one)s and %(other)s overlap. Let one begin when the other has ended."),
                code="overlap",
                params={
                    "one": f"{one.opens:%H:%M}–{one.closes:%H:%M}",
                    "other": f"{other.opens:%H:%M}–{other.closes:%H:%M}",
                },
            )


def validate_week(rows: Iterable[tuple[int, time, time]]) -> None:
    """Refuse a calendar's (weekday, opens, closes) rows when there are none, or when two overlap."""
    ranges = sorted((WeeklyRange(*row) for row in rows), key=lambda row: row.begins)
    if not ranges:
        raise ValidationError(
            _(
                "A calendar needs at least one range of working hours, or nothing that counts in working time "
                "would ever be due. Add the hours of one weekday."
            ),
            code="never_open",
        )
    errors = [
        ValidationError(
            _("%(one)s and %(other)s overlap. Let one begin when the other has ended."),
            code="overlap",
            params={"one": one, "other": other},
        )
        for one, other in _overlapping(ranges)
    ]
    if errors:
        raise ValidationError(errors)


def _overlapping(ranges: list[WeeklyRange]) -> list[tuple[WeeklyRange, WeeklyRange]]:
    pairs = [(one, other, 0) for one, other in pairwise(ranges)]
    if len(ranges) > 1:
        # Sunday's night shift runs into Monday.
        pairs.append((ranges[-1], ranges[0], _WEEK))
    return [(one, other) for one, other, later in pairs if one.begins + one.minutes > other.begins + later]
