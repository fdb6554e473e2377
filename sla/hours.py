"""A calendar's rows as the working hours that the engine counts with."""

from sla.business_time import Range, WorkingHours
from sla.models import BusinessCalendar, SpecialDay
from sla.validation import parse_hours_text

# Equal hours are one object in this process: it remembers the weeks it has worked out.
_kept: dict[int, WorkingHours] = {}


def hours_of(calendar: BusinessCalendar) -> WorkingHours:
    """Return the working hours of a calendar as its rows are now; fetch its `hours` and `special_days` with it."""
    weekly = _weekly(calendar)
    hours = WorkingHours(
        zone=calendar.zone,
        weekly=weekly,
        special={day.on: _ranges_of(day, weekly) for day in calendar.special_days.all()},
    )
    kept = _kept.get(calendar.pk)
    if kept == hours:
        return kept
    _kept[calendar.pk] = hours
    return hours


def _weekly(calendar: BusinessCalendar) -> tuple[tuple[Range, ...], ...]:
    week: list[list[Range]] = [[] for _ in range(7)]
    for row in calendar.hours.all():
        week[row.weekday].append((row.opens, row.closes))
    return tuple(tuple(sorted(ranges)) for ranges in week)


def _ranges_of(day: SpecialDay, weekly: tuple[tuple[Range, ...], ...]) -> tuple[Range, ...]:
    if day.kind == SpecialDay.Kind.OFF:
        return ()
    if day.hours:
        return parse_hours_text(day.hours)
    # A make-up Saturday is worked like the first working day of the week, unless Saturdays have hours anyway.
    return weekly[day.on.weekday()] or next((ranges for ranges in weekly if ranges), ())
