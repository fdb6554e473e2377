"""A calendar's rows as the working hours that the engine counts with."""

from sla.business_time import WorkingHours
from sla.models import BusinessCalendar
from sla.snapshots import calendar_snapshot, hours_from

# Equal hours are one object in this process: it remembers the weeks it has worked out.
_kept: dict[int, WorkingHours] = {}


def hours_of(calendar: BusinessCalendar) -> WorkingHours:
    """Return the working hours of a calendar as its rows are now; fetch its `hours` and `special_days` with it."""
    hours = hours_from(calendar_snapshot(calendar))
    kept = _kept.get(calendar.pk)
    if kept == hours:
        return kept
    _kept[calendar.pk] = hours
    return hours
