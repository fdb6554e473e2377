"""The admin's pages about duty: kinds of shift, rotas, absences, and what was planned by whom."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.admin_parts import LongListAdmin, ReadOnlyAdmin
from staff import services
from staff.models import Absence, DutyEvent, Membership, Rota, RotaSlot, ShiftPattern


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


class RotaSlotFormSet(forms.BaseInlineFormSet):
    """The shifts of a rota: in weeks that the cycle has, by people of the team."""

    def clean(self) -> None:
        super().clean()
        weeks, team = self.instance.cycle_weeks or 1, self.instance.team_id
        members = set(Membership.objects.filter(team=team).values_list("user_id", flat=True))
        for form in self.forms:
            data = getattr(form, "cleaned_data", {})
            if not data or data.get("DELETE"):
                continue
            if (data.get("week") or 1) > weeks:
                text = _(
                    "The cycle ends with week %(count)d. Give it more weeks first, or choose an earlier week."
                )
                form.add_error("week", forms.ValidationError(text, params={"count": weeks}))
            if data.get("user") and data["user"].pk not in members:
                form.add_error("user", _("This person is not in the team. Add him to the team first."))


class RotaSlotInline(admin.TabularInline[RotaSlot, Rota]):
    model = RotaSlot
    formset = RotaSlotFormSet
    extra = 1
    fields = ("week", "weekday", "pattern", "user")
    autocomplete_fields = ("user",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RotaSlot]:
        return super().get_queryset(request).select_related("pattern", "user")


@admin.register(Rota)
class RotaAdmin(admin.ModelAdmin[Rota]):
    list_display = ("team", "begins_on", "cycle_weeks", "shift_count", "at_shift_end", "time_zone")
    list_filter = ("team",)
    list_select_related = ("team",)
    search_fields = ("team__name",)
    autocomplete_fields = ("team",)
    inlines = (RotaSlotInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rota]:
        return super().get_queryset(request).annotate(slot_count=Count("slots"))

    @admin.display(description=_("shifts"), ordering="slot_count")
    def shift_count(self, rota: Rota) -> int:
        """How many shifts the cycle has."""
        return rota.slot_count  # type: ignore[attr-defined]


class AbsenceForm(forms.ModelForm[Absence]):
    """An absence that overlaps no other of the same person."""

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
