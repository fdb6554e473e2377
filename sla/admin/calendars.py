"""The admin's pages about business calendars."""

from datetime import date, time
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from common.admin_parts import ZonedAdmin
from sla.admin.versions import ReasonForm, ReasonFormSet, VersionedAdmin
from sla.admin.year import YearAdmin
from sla.models import BusinessCalendar, ServiceHours, SpecialDay
from sla.notices import calendar_notices
from sla.services import HolidaysUnknown, LoadedYear, load_holidays
from sla.validation import validate_week
from sla.words import week_line

# Years for which holidays can be asked for, seen from the present one.
YEARS = range(-1, 3)


class WeekFormSet(ReasonFormSet):
    """All ranges of a week together: at least one, and none over another."""

    def clean(self) -> None:
        if any(form.errors for form in self.forms):
            return
        rows: list[tuple[int, time, time]] = [
            (data["weekday"], data["opens"], data["closes"])
            for form in self.forms
            if (data := form.cleaned_data) and not data.get("DELETE")
        ]
        validate_week(rows)
        super().clean()


class ServiceHoursInline(admin.TabularInline):
    model = ServiceHours
    formset = WeekFormSet
    extra = 0
    verbose_name_plural = _("Working hours of the week")
    # Seconds do not matter here; the browser's own field would ask for AM and PM in some languages.
    formfield_overrides = {
        models.TimeField: {
            "widget": forms.TimeInput(attrs={"size": 6, "placeholder": "09:00"}, format="%H:%M")
        }
    }

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """A new calendar offers a line to begin with."""
        return 0 if obj else 5


class SpecialDayForm(forms.ModelForm):
    class Meta:
        model = SpecialDay
        fields = ("on", "kind", "hours", "name", "name_zh_hans", "name_zh_hant")
        widgets = {
            name: forms.TextInput(attrs={"size": size})
            for name, size in (("hours", 22), ("name", 22), ("name_zh_hans", 14), ("name_zh_hant", 14))
        }


class SpecialDayInline(admin.TabularInline):
    """This year's and later days; earlier ones stay as they are and are in the year view."""

    model = SpecialDay
    form = SpecialDayForm
    formset = ReasonFormSet
    extra = 0
    classes = ("collapse",)
    verbose_name_plural = _("Days off and make-up working days, from this year on")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SpecialDay]:
        return super().get_queryset(request).filter(on__gte=date(timezone.localdate().year, 1, 1))


class CalendarForm(ReasonForm):
    """A calendar; of its own fields only the zone shapes what is promised."""

    SHAPING = ("time_zone",)


class BusinessCalendarAdmin(YearAdmin, ZonedAdmin, VersionedAdmin):
    """When people work; policies count working time by it. Registered by the tickets' admin, which tries it out."""

    form = CalendarForm

    list_display = ("label", "week", "time_zone", "region", "is_default")
    search_fields = ("name", "name_zh_hans", "name_zh_hant")
    inlines = (ServiceHoursInline, SpecialDayInline)
    fields = (("name", "name_zh_hans", "name_zh_hant"), "time_zone", "region", "is_default")
    change_form_template = "admin/sla/businesscalendar/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[BusinessCalendar]:
        return super().get_queryset(request).prefetch_related("hours")

    @admin.display(description=_("working hours"))
    def week(self, calendar: BusinessCalendar) -> str:
        """The week in one line."""
        rows = [(row.weekday, row.opens, row.closes) for row in calendar.hours.all()]
        return week_line(rows) or gettext("no working hours")

    def get_urls(self) -> list[Any]:
        """The loading of holidays, besides the others."""
        view, name = self.admin_site.admin_view, "sla_businesscalendar"
        load = path("<int:pk>/load/", view(require_POST(self.load_view)), name=f"{name}_load")
        return [load, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        calendar = kwargs.get("obj")
        if calendar and calendar.pk:
            context["week_line"] = self.week(calendar)
            context["years"] = known_years()
            today = timezone.localdate()
            context["notices"] = [n for n in calendar_notices(today) if n.calendar_id == calendar.pk]
        return super().render_change_form(request, context, *args, **kwargs)

    def load_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Load a year's public holidays; days entered by hand stay as they are."""
        calendar = self._calendar(request, pk)
        if not self.has_change_permission(request, calendar):
            raise PermissionDenied
        form = YearForm(request.POST)
        if not form.is_valid():
            messages.error(request, gettext("Choose one of the years offered."))
            return redirect("admin:sla_businesscalendar_change", pk)
        year = form.cleaned_data["year"]
        try:
            messages.success(request, _loaded_line(load_holidays(calendar, year, actor=request.user), year))
            self.after_new_version(request, calendar)
        except HolidaysUnknown:
            messages.error(request, _unknown_line(calendar, year))
        return redirect("admin:sla_businesscalendar_year", pk, year)


def known_years() -> list[int]:
    """The years for which holidays can be asked for."""
    return [timezone.localdate().year + distance for distance in YEARS]


class YearForm(forms.Form):
    year = forms.IntegerField(min_value=2000, max_value=2100)


def _loaded_line(done: LoadedYear, year: int) -> str:
    said = gettext(
        "%(year)s is loaded: %(days)d days, %(working)d of them make-up working days; "
        "%(added)d new, %(changed)d changed, %(removed)d removed, %(kept)d kept as entered by hand."
    ) % {
        "year": year, "days": done.days, "working": done.working_days, "added": done.added, "changed": done.changed,
        "removed": done.removed, "kept": done.kept_by_hand,
    }  # fmt: skip
    if not done.has_make_up_days:
        said += " " + gettext(
            "The make-up working days of this year are not published yet; load it again then."
        )
    return said


def _unknown_line(calendar: BusinessCalendar, year: int) -> str:
    if not calendar.region:
        return gettext(
            "This calendar names no region: choose one above and save, or enter its days off by hand."
        )
    return gettext("No holidays are known for %(year)s yet: enter them by hand.") % {"year": year}
