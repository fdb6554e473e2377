"""What a manager should look at in his calendars, for the admin's index and the system check."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from sla.models import BusinessCalendar, ServiceHours, SpecialDay

# From so many days before its end on, the next year counts too: promises made now may be due in it.
LOOK_AHEAD = timedelta(days=60)


@dataclass(frozen=True)
class CalendarNotice:
    """One thing that is not right with a calendar, and what to do about it."""

    code: str
    calendar_id: int
    calendar_name: str
    message: str
    hint: str
    year: int | None = None


def calendar_notices(today: date) -> list[CalendarNotice]:
    """List calendars without hours, years not loaded, and make-up working days not yet known."""
    calendars = list(
        BusinessCalendar.objects.annotate(
            has_hours=Exists(ServiceHours.objects.filter(calendar=OuterRef("pk")))
        ).prefetch_related("holiday_years")
    )
    years = sorted({today.year, (today + LOOK_AHEAD).year})
    worked = set(
        SpecialDay.objects.filter(kind=SpecialDay.Kind.WORKING, on__year__in=years)
        .order_by()
        .values_list("calendar_id", "on__year")
        .distinct()
    )
    notices = [_never_open(calendar) for calendar in calendars if not calendar.has_hours]
    for calendar in calendars:
        if not calendar.region:
            continue
        loaded = {row.year: row.has_make_up_days for row in calendar.holiday_years.all()}
        for year in years:
            if year not in loaded:
                notices.append(_not_loaded(calendar, year))
            elif not loaded[year] and (calendar.pk, year) not in worked:
                notices.append(_make_up_days_unknown(calendar, year))
    return notices


def _never_open(calendar: BusinessCalendar) -> CalendarNotice:
    return CalendarNotice(
        code="never_open",
        calendar_id=calendar.pk,
        calendar_name=calendar.label,
        message=_(
            "“%(name)s” has no working hours: nothing that counts in working time can be promised by it."
        )
        % {"name": calendar.label},
        hint=_("Add the hours of at least one weekday."),
    )


def _not_loaded(calendar: BusinessCalendar, year: int) -> CalendarNotice:
    return CalendarNotice(
        code="year_not_loaded",
        calendar_id=calendar.pk,
        calendar_name=calendar.label,
        message=_("“%(name)s” does not know the holidays of %(year)s: it takes them for ordinary days.")
        % {"name": calendar.label, "year": year},
        hint=_("Run “manage.py seed_holidays --year %(year)s”, or enter the days by hand.") % {"year": year},
        year=year,
    )


def _make_up_days_unknown(calendar: BusinessCalendar, year: int) -> CalendarNotice:
    return CalendarNotice(
        code="make_up_days_unknown",
        calendar_id=calendar.pk,
        calendar_name=calendar.label,
        message=_(
            "“%(name)s” does not know the make-up working days of %(year)s: they were not published yet "
            "when its holidays were loaded."
        )
        % {"name": calendar.label, "year": year},
        hint=_(
            "They are announced in November of the year before. Then update the package “holidays” and run "
            "“manage.py seed_holidays --year %(year)s”, or enter them by hand."
        )
        % {"year": year},
        year=year,
    )
