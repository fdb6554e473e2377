"""The form of SLA policies; the tickets' admin registers it and adds whom a policy would catch."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.validators import MinValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sla.admin.versions import ReasonForm, VersionedAdmin
from sla.models import SlaPolicy
from sla.words import condition_line, length, promise_line


class SlaPolicyForm(ReasonForm):
    """Conditions as check boxes, targets in minutes."""

    priorities = forms.MultipleChoiceField(
        label=_("Priorities"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None: all.")
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None: all.")
    )

    class Meta:
        model = SlaPolicy
        fields = ("priorities", "channels")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            ("priorities", SlaPolicy.priority_choices()),
            ("channels", SlaPolicy.channel_choices()),
        ):
            if name in self.fields:
                self.fields[name].choices = choices  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            if name.endswith("_minutes"):
                self._explain_minutes(name, field)

    def _explain_minutes(self, name: str, field: forms.Field) -> None:
        minutes = getattr(self.instance, name)
        field.help_text = gettext("Now %(length)s.") % {"length": length(minutes)} if minutes else ""
        field.widget.attrs["min"] = 1
        field.validators.append(MinValueValidator(1))


class SlaPolicyAdmin(VersionedAdmin):
    """Which tickets are promised what. Registered by the tickets' admin, which adds whom a policy would catch."""

    form = SlaPolicyForm
    list_display: tuple[str, ...] = ("label", "position", "promises", "conditions", "is_active")
    list_editable = ("position", "is_active")
    ordering = ("position", "id")
    readonly_fields: ClassVar[tuple[str, ...]] = ("promises",)
    fieldsets: ClassVar[tuple[Any, ...]] = (
        (None, {"fields": ("promises", ("name", "name_zh_hans", "name_zh_hant"), "position", "is_active")}),
        (
            _("For which tickets"),
            {
                "description": _("All that you choose here must fit; what you leave empty fits everything."),
                "fields": ("priorities", "categories", "segments", "channels"),
            },
        ),
        (
            _("What is promised"),
            {
                "description": _(
                    "In minutes; what you leave empty is not promised, but one of the first three must be. Working "
                    "time runs only in the calendar's hours: a working day of 8 hours is 480 minutes. Clock time runs "
                    "day and night: a day is 1440 minutes."
                ),
                "fields": (
                    "calendar",
                    ("first_response_minutes", "first_response_counts"),
                    ("next_response_minutes", "next_response_counts"),
                    ("resolution_minutes", "resolution_counts"),
                    ("progress_minutes", "progress_counts"),
                ),
            },
        ),
        (
            _("When the clocks stand still"),
            {
                "description": _("While a ticket waits for the customer its clocks always stand still."),
                "fields": ("pauses_for_children", "pauses_off_duty", "pauses_for_side", "on_reopen"),
            },
        ),
    )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SlaPolicy]:
        return super().get_queryset(request).prefetch_related("categories", "segments")

    @admin.display(description=_("promises"))
    def promises(self, policy: SlaPolicy) -> str:
        """What it promises, in one line."""
        return promise_line(policy) or "–"

    @admin.display(description=_("for"))
    def conditions(self, policy: SlaPolicy) -> str:
        """Which tickets it is for, in one line."""
        return condition_line(policy)
