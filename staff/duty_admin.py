"""The admin's pages about duty: kinds of shift, rotas, absences, and what was planned by whom."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from common.admin_parts import LongListAdmin, ReadOnlyAdmin, ZonedAdmin
from staff import services
from staff.models import Absence, DutyEvent, Rota, ShiftPattern, User
from staff.rota_grid import FIRST_SAVE, RotaForm

# What of a rota's own fields is written down when it changes.
RECORDED = ("team_id", "begins_on", "time_zone", "cycle_weeks", "at_shift_end")


@admin.register(ShiftPattern)
class ShiftPatternAdmin(admin.ModelAdmin[ShiftPattern]):
    list_display = ("code", "label", "hours", "breaks", "colour", "is_active")
    list_filter = ("is_active",)
    search_fields = ("code", "name", "name_zh_hans", "name_zh_hant")
    fieldsets = (
        (None, {"fields": ("code", "name", "name_zh_hans", "name_zh_hant")}),
        (_("Hours"), {"fields": ("begins", "ends", "breaks")}),
        (_("On the week page"), {"fields": ("colour", "is_active")}),
    )

    @admin.display(description=_("hours"), ordering="begins")
    def hours(self, pattern: ShiftPattern) -> str:
        """From when to when."""
        return pattern.hours


@admin.register(Rota)
class RotaAdmin(ZonedAdmin):
    form = RotaForm
    change_form_template = "admin/staff/rota/change_form.html"
    list_display = ("team", "begins_on", "cycle_weeks", "shift_count", "at_shift_end", "time_zone")
    list_filter = ("team",)
    list_select_related = ("team",)
    search_fields = ("team__name", "team__name_zh_hans", "team__name_zh_hant")
    autocomplete_fields = ("team",)
    # Named, so that Django does not look for the grid's cells on the model.
    fields = ("team", "begins_on", "time_zone", "cycle_weeks", "at_shift_end")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rota]:
        return super().get_queryset(request).annotate(slot_count=Count("slots"))

    @admin.display(description=_("shifts"), ordering="slot_count")
    def shift_count(self, rota: Rota) -> int:
        """How many shifts the cycle has."""
        return rota.slot_count  # type: ignore[attr-defined]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        context["patterns"] = ShiftPattern.objects.filter(is_active=True)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Rota, form: Any, change: bool) -> None:
        before = Rota.objects.filter(pk=obj.pk).values(*RECORDED).first() or {}
        super().save_model(request, obj, form, change)
        fields = {
            name: [str(before[name]), str(getattr(obj, name))]
            for name in RECORDED
            if change and str(before[name]) != str(getattr(obj, name))
        }
        actor: User = request.user  # type: ignore[assignment]
        if not change:
            services.record_rota(DutyEvent.Kind.ROTA_MADE, obj, actor=actor)
        elif fields:
            services.record_rota(DutyEvent.Kind.ROTA_CHANGED, obj, actor=actor, fields=fields)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        form.save_grid(actor=request.user)

    def delete_model(self, request: HttpRequest, obj: Rota) -> None:
        services.remove_rota(obj, actor=request.user)  # type: ignore[arg-type]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Rota]) -> None:
        for rota in queryset:
            self.delete_model(request, rota)

    def response_add(
        self, request: HttpRequest, obj: Rota, post_url_continue: str | None = None
    ) -> HttpResponse:
        # The weeks come only now that team and cycle are known.
        messages.success(request, FIRST_SAVE)
        return redirect("admin:staff_rota_change", obj.pk)


class AbsenceForm(forms.ModelForm[Absence]):
    """An absence that overlaps no other of the same person."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("starts_at", "ends_at"):
            widget = self.fields[name].widget
            # One label stands before two fields: each says what it is to who cannot see.
            for part, words in zip(
                getattr(widget, "widgets", ()), (_("%(label)s: day"), _("%(label)s: time")), strict=False
            ):
                part.attrs["aria-label"] = words % {"label": self.fields[name].label}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        user, begins, ends = (data.get(name) for name in ("user", "starts_at", "ends_at"))
        if user and begins and ends:
            others = Absence.objects.filter(user=user, starts_at__lt=ends, ends_at__gt=begins)
            if others.exclude(pk=self.instance.pk).exists():
                text = _("This person is already absent in that time. Change the other absence instead.")
                raise forms.ValidationError(text)
        return data


@admin.register(Absence)
class AbsenceAdmin(LongListAdmin):
    form = AbsenceForm
    list_display = ("user", "kind", "starts_at", "ends_at", "note", "made_by")
    list_filter = ("kind", "user__teams")
    list_select_related = ("user", "made_by")
    search_fields = ("user__display_name", "note")
    autocomplete_fields = ("user",)
    fields = ("user", "kind", "starts_at", "ends_at", "note")
    actions = None

    def save_model(self, request: HttpRequest, obj: Absence, form: Any, change: bool) -> None:
        kind = DutyEvent.Kind.ABSENCE_CHANGED if change else DutyEvent.Kind.ABSENCE_NOTED
        obj.made_by = obj.made_by if change else request.user  # type: ignore[assignment]
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            services.record_absence(kind, obj, actor=request.user)  # type: ignore[arg-type]

    def delete_model(self, request: HttpRequest, obj: Absence) -> None:
        services.remove_absence(obj, actor=request.user)  # type: ignore[arg-type]


@admin.register(DutyEvent)
class DutyEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "team", "user", "actor", "data")
    list_filter = ("kind", "team")
    list_select_related = ("team", "user", "actor")
    search_fields = ("user__display_name",)
