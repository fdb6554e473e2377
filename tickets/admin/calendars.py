"""The admin's pages about business calendars, with what a change would have kept and broken."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from sla.admin import BusinessCalendarAdmin
from sla.models import BusinessCalendar, ServiceHours, SpecialDay
from tickets.admin.replaying import ReplayAdmin
from tickets.admin.trying import errors_of
from tickets.admin.what_if import is_next_piece, what_if
from tickets.replay.rules import Rules
from tickets.replay.running import DAYS, print_of
from tickets.replay.typed import typed_hours
from tickets.rulebook import current_rulebook


@admin.register(BusinessCalendar)
class CalendarAdmin(ReplayAdmin, BusinessCalendarAdmin):
    """The calendars' form is the SLA room's; what it would do to tickets only the tickets' room knows."""

    change_form_template = "admin/tickets/what_if_form.html"

    def get_urls(self) -> list[Any]:
        """The page that tries a calendar out, besides the others."""
        view = self.admin_site.admin_view(require_POST(self.try_view))
        return [path("<int:pk>/try/", view, name="sla_businesscalendar_try"), *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        calendar = kwargs.get("obj")
        context["what_if_days"] = DAYS
        if calendar and calendar.pk and self.has_change_permission(request, calendar):
            context["try_url"] = reverse("admin:sla_businesscalendar_try", args=[calendar.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def try_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try a calendar as its form holds it; nothing is saved."""
        calendar = self.get_object(request, str(pk))
        if calendar is None:
            raise Http404
        if not self.has_change_permission(request, calendar):
            raise PermissionDenied
        form = self.get_form(request, calendar, change=True)(request.POST, instance=calendar)
        formsets, _inlines = self._create_formsets(  # type: ignore[attr-defined]
            request, form.instance, change=True
        )
        for formset in formsets:
            formset.asks_reason = False
        if errors := _errors(form, formsets):
            return self._answer(request, calendar, {"form_errors": errors})
        hours, special_days = _rows(ServiceHours, formsets), _rows(SpecialDay, formsets)
        # The form holds this year and later; what went before stays as it is.
        shown = {day.pk for formset in formsets if formset.model is SpecialDay for day in formset.queryset}
        kept = [day for day in calendar.special_days.all() if day.pk not in shown]
        typed = typed_hours(form.instance, hours, [*kept, *special_days])
        saved = Rules(current_rulebook())
        mark = print_of("calendar", pk, typed.zone.key, typed.weekly, sorted(typed.special.items()))
        return self._answer(
            request, calendar, what_if(request, saved, Rules(saved.rulebook, calendar=(pk, typed)), mark)
        )

    def _answer(
        self, request: HttpRequest, calendar: BusinessCalendar, context: dict[str, Any]
    ) -> HttpResponse:
        if is_next_piece(request) and "run" in context:
            return render(request, "admin/tickets/partials/_what_if.html", context)
        if request.headers.get("HX-Request"):
            return render(request, "admin/tickets/partials/_tries.html", context)
        context |= {
            **self.admin_site.each_context(request),
            "title": gettext("Dry run: %(name)s") % {"name": calendar},
            "opts": self.opts,
            "row": calendar,
        }
        return render(request, "admin/tickets/try_it.html", context)


def _errors(form: Any, formsets: Any) -> list[tuple[str, str]]:
    errors = [] if form.is_valid() else errors_of(form)
    for formset in formsets:
        if not formset.is_valid():
            errors += [("", str(reason)) for reason in formset.non_form_errors()]
            errors += [error for one in formset.forms for error in errors_of(one)]
    return errors


def _rows(model: Any, formsets: Any) -> list[Any]:
    """The rows of a kind as they stand in the form, without those to delete."""
    return [
        one.instance
        for formset in formsets
        if formset.model is model
        for one in formset.forms
        if one.cleaned_data and not one.cleaned_data.get("DELETE")
    ]
