"""A calendar's year, day by day: what each day is, in plain values for the year's page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from sla.business_time import WorkingHours
from sla.words import ranges_line


class DayKind(models.TextChoices):
    """What a day of a year is."""

    WORKING = "working", _("Working day")
    USUAL_OFF = "usual_off", _("Usual day off")
    HOLIDAY = "holiday", _("Holiday")
    MAKE_UP = "make_up", _("Make-up working day")
    OWN_HOURS = "own_hours", _("Special hours")

    @property
    def sign(self) -> str:
        """What stands under the number of such a day."""
        return str(_SIGNS.get(self, ""))


# At most four letters: they stand in a cell of a small grid.
_SIGNS = {
    DayKind.HOLIDAY: pgettext_lazy("sign of a holiday, at most four letters", "off"),
    DayKind.MAKE_UP: pgettext_lazy("sign of a make-up working day, at most four letters", "work"),
    DayKind.OWN_HOURS: pgettext_lazy("sign of a day with special hours, at most four letters", "hrs"),
}


@dataclass(frozen=True)
class Day:
    """One day of the year."""

    on: date
    kind: DayKind
    hours: str = ""
    name: str = ""
    is_today: bool = False

    @property
    def said(self) -> str:
        """The whole of it in words: Tuesday, 17 Feb 2026: Holiday. Chinese New Year."""
        what = [f"{date_format(self.on)} {date_format(self.on, 'l')}", self.kind.label, self.name, self.hours]
        if self.is_today:
            what.insert(1, gettext("today"))
        return " · ".join(dict.fromkeys(str(part) for part in what if part))


@dataclass(frozen=True)
class Month:
    """One month as weeks from Monday; a day of another month is None."""

    first: date
    weeks: list[list[Day | None]]


def kind_of(on: date, hours: WorkingHours, special: Any = None) -> DayKind:
    """Say what a day is; `special` is its row among the calendar's special days, if it has one."""
    usual = hours.weekly[on.weekday()]
    if special is None:
        return DayKind.WORKING if usual else DayKind.USUAL_OFF
    if special.kind == "off":
        return DayKind.HOLIDAY
    if not usual:
        return DayKind.MAKE_UP
    return DayKind.WORKING if hours.ranges_on(on) == usual else DayKind.OWN_HOURS


def day_of(on: date, hours: WorkingHours, special: Any = None, *, today: date | None = None) -> Day:
    """Return one day with what it is, its hours and its name."""
    return Day(
        on=on,
        kind=kind_of(on, hours, special),
        hours=ranges_line(hours.ranges_on(on)),
        name=special.label if special else "",
        is_today=on == today,
    )


def months_of(year: int, hours: WorkingHours, special: Mapping[date, Any], *, today: date) -> list[Month]:
    """Return the twelve months of a year; `special` gives the rows of its special days."""
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(366))
    months: dict[int, list[Day | None]] = {}
    for on in days:
        if on.year == year:
            months.setdefault(on.month, []).append(day_of(on, hours, special.get(on), today=today))
    return [Month(date(year, month, 1), _weeks(month_days)) for month, month_days in months.items()]


def counted(months: Iterable[Month]) -> list[tuple[DayKind, int]]:
    """Return how many days of each kind there are, in the order of the kinds."""
    kinds = [day.kind for month in months for week in month.weeks for day in week if day]
    return [(kind, kinds.count(kind)) for kind in DayKind]


def initialled_weekdays() -> list[tuple[str, str]]:
    """Return name and initial of each weekday from Monday."""
    initials = pgettext("initials of the weekdays from Monday, with blanks between", "M T W T F S S")
    return list(zip(map(str, WEEKDAYS.values()), initials.split(), strict=True))


def _weeks(days: list[Day | None]) -> list[list[Day | None]]:
    assert days[0] is not None
    cells = [*[None] * days[0].on.weekday(), *days]
    cells += [None] * (-len(cells) % 7)
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]
