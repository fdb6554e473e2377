"""A calendar's year as twelve months, and the form of one of its days."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sla.hours import hours_of
from sla.models import BusinessCalendar, SpecialDay
from sla.services import remove_special_day, save_special_day
from sla.year import DayKind, counted, day_of, initialled_weekdays, kind_of, months_of

FIRST, LAST = 2000, 2100


def suggested_day(year: int, today: date) -> date:
    """The day that is offered for a new special day: today, or the first of another year."""
    return today if today.year == year else date(year, 1, 1)


class AskedDayForm(forms.Form):
    """Which day is meant."""

    on = forms.DateField()

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if not FIRST <= on.year <= LAST:
            raise forms.ValidationError(_("Choose a day between 2000 and 2100."))
        return on


class DayForm(forms.ModelForm[SpecialDay]):
    """One day that differs from its weekday, and why it does."""

    change_reason = forms.CharField(
        label=_("Reason for the change"),
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Stands in the history of versions. Tickets that are open keep what they were promised."),
    )

    class Meta:
        model = SpecialDay
        fields = ("kind", "hours", "name", "name_zh_hans", "name_zh_hant")
        wide = forms.TextInput(attrs={"class": "vTextField"})
        widgets = {
            "kind": forms.RadioSelect,
            "hours": wide,
            "name": wide,
            "name_zh_hans": wide,
            "name_zh_hant": wide,
        }


class YearAdmin(admin.ModelAdmin):
    """The pages of a calendar's year and of one of its days."""

    def get_urls(self) -> list[Any]:
        """Both pages, besides the others."""
        view, name = self.admin_site.admin_view, "sla_businesscalendar"
        own = [
            path("<int:pk>/year/<int:year>/", view(self.year_view), name=f"{name}_year"),
            path("<int:pk>/day/", view(self.day_view), name=f"{name}_day"),
        ]
        return own + super().get_urls()

    def year_view(self, request: HttpRequest, pk: int, year: int) -> HttpResponse:
        """One year, day by day, and what is special in it."""
        calendar = self._calendar(request, pk)
        if not FIRST <= year <= LAST:
            raise Http404
        hours, special = hours_of(calendar), {day.on: day for day in calendar.special_days.all()}
        today = timezone.localdate(timezone=calendar.zone)
        months = months_of(year, hours, special, today=today)
        may_change = self.has_change_permission(request, calendar)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("%(calendar)s in %(year)s") % {"calendar": calendar, "year": year},
            "opts": self.opts,
            "calendar": calendar,
            "year": year,
            "years": [year - 1 if year > FIRST else None, year + 1 if year < LAST else None],
            "months": months,
            "weekdays": initialled_weekdays(),
            "suggested": suggested_day(year, today),
            "legend": counted(months),
            "days": [
                (day, kind_of(day.on, hours, day), day_of(day.on, hours, day).hours)
                for day in sorted(special.values(), key=lambda day: day.on)
                if day.on.year == year
            ],
            "loaded": next((row for row in calendar.holiday_years.all() if row.year == year), None),
            "can_load": bool(calendar.region) and may_change,
            "day_url": reverse("admin:sla_businesscalendar_day", args=[pk]) if may_change else "",
        }
        return TemplateResponse(request, "admin/sla/businesscalendar/year.html", context)

    def day_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make one day off, working, or with hours of its own; or like its weekday again."""
        calendar = self._calendar(request, pk)
        if not self.has_change_permission(request, calendar):
            raise PermissionDenied
        asked = AskedDayForm(request.GET)
        if not asked.is_valid():
            messages.error(request, str(asked.errors["on"][0]))
            year = timezone.localdate(timezone=calendar.zone).year
            return redirect("admin:sla_businesscalendar_year", pk, year)
        on = asked.cleaned_data["on"]
        row = next((day for day in calendar.special_days.all() if day.on == on), None)
        day = day_of(on, hours_of(calendar), row, today=timezone.localdate(timezone=calendar.zone))
        usual_off = day.kind == DayKind.USUAL_OFF
        kind = SpecialDay.Kind.WORKING if usual_off else SpecialDay.Kind.OFF
        form = DayForm(request.POST or None, instance=row or SpecialDay(calendar=calendar, on=on, kind=kind))
        if request.method == "POST" and form.is_valid():
            return self._change_day(request, calendar, form, wants_usual="usual" in request.POST)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{date_format(on)} {date_format(on, 'l')}",
            "subtitle": None,
            "opts": self.opts,
            "calendar": calendar,
            "day": day,
            "row": row,
            "form": form,
        }
        return TemplateResponse(request, "admin/sla/businesscalendar/day.html", context)

    def after_new_version(self, request: HttpRequest, calendar: BusinessCalendar) -> None:
        """Tell what else a manager may want to do; the tickets' admin knows."""

    def _change_day(
        self, request: HttpRequest, calendar: BusinessCalendar, form: DayForm, *, wants_usual: bool
    ) -> HttpResponse:
        day, reason = form.instance, form.cleaned_data["change_reason"]
        on = day.on
        if wants_usual:
            remove_special_day(day, actor=request.user, reason=reason)
            said = gettext("%(day)s is like its weekday again.")
        else:
            save_special_day(day, actor=request.user, reason=reason)
            said = gettext("%(day)s is saved.")
        messages.success(request, said % {"day": date_format(on)})
        self.after_new_version(request, calendar)
        return redirect("admin:sla_businesscalendar_year", calendar.pk, on.year)

    def _calendar(self, request: HttpRequest, pk: int) -> BusinessCalendar:
        calendar = self.get_object(request, str(pk))
        if calendar is None:
            raise Http404
        if not self.has_view_permission(request, calendar):
            raise PermissionDenied
        prefetch_related_objects([calendar], "special_days", "holiday_years")
        return calendar
