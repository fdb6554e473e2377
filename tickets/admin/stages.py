"""A policy's stages of escalation in the admin: each written as a sentence, all of them shown as a chain."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from sla.admin.versions import ReasonFormSet
from sla.models import SlaPolicy
from sla.snapshots import KINDS
from tickets.models import EscalationStage
from tickets.services.templates import PERSONAL
from tickets.stage_words import action_words, moment_words, promise_words

# A month; whoever needs more has promised the wrong thing.
MOST = {"percent": 1000, "minutes": 30 * 24 * 60}


class StageForm(forms.ModelForm):
    """Says when as one would: an amount, of what, before or after."""

    amount = forms.IntegerField(
        label=_("how much"),
        min_value=0,
        initial=0,
        help_text=_("0: when it is due."),
        widget=forms.NumberInput,
    )
    unit = forms.ChoiceField(
        label=_("of what"), choices=[("percent", _("percent of the time")), ("minutes", _("minutes"))]
    )
    side = forms.ChoiceField(
        label=_("before or after"),
        choices=[("before", _("before it is due")), ("after", _("after it is due"))],
    )

    class Meta:
        model = EscalationStage
        exclude = ("at_percent", "at_minutes")  # noqa: DJ006 - the three fields above write them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stage = self.instance
        if stage.pk:
            unit = "percent" if stage.at_minutes is None else "minutes"
            offset = stage.at_percent if stage.at_minutes is None else stage.at_minutes
            self.initial.update(amount=abs(offset), unit=unit, side="after" if offset > 0 else "before")

    def clean(self) -> Any:
        """Refuse what cannot be, beside the field to change, and write down the moment."""
        cleaned: Any = super().clean()
        amount, unit, side = (cleaned.get(name) for name in ("amount", "unit", "side"))
        if amount is None or not unit or not side:
            return cleaned
        if unit == "percent" and side == "before" and amount > 100:
            self.add_error(
                "amount",
                _("100 % before it is due is the very start. Give at most 100, or choose “after it is due”."),
            )
        elif amount > MOST[unit]:
            self.add_error("amount", _("Give at most %(most)s.") % {"most": MOST[unit]})
        offset = -amount if side == "before" else amount
        self.instance.at_percent = offset if unit == "percent" else None
        self.instance.at_minutes = offset if unit == "minutes" else None
        self._check_team(cleaned)
        self._check_note(cleaned)
        return cleaned

    def _check_team(self, cleaned: Any) -> None:
        gives = cleaned.get("reassign") == EscalationStage.Reassign.TEAM
        if gives and not cleaned.get("to_team"):
            self.add_error("to_team", _("Choose the other team to which the ticket is given."))
        elif cleaned.get("to_team") and not gives:
            self.add_error("to_team", _("Choose “give it to another team” as well, or leave this empty."))

    def _check_note(self, cleaned: Any) -> None:
        """A text that a person has to finish cannot be sent by itself."""
        note = cleaned.get("progress_note")
        if note is None:
            return
        bodies = list(note.texts.values_list("body", flat=True))
        if not bodies:
            self.add_error("progress_note", _("This reply template has no text yet. Write one first."))
        elif used := [name for name in PERSONAL if any(f"{{{name}}}" in body for body in bodies)]:
            refusal = _(
                "This text has the placeholder {%(name)s}, for which a ticket may have no value, and nobody looks at "
                "it before it is sent. Choose a text without it."
            )
            self.add_error("progress_note", ValidationError(refusal, params={"name": used[0]}))


class StageInline(admin.StackedInline):
    """What happens before and after a promise of the policy is missed."""

    model = EscalationStage
    form = StageForm
    formset = ReasonFormSet
    extra = 0
    autocomplete_fields = ("tells_person", "watcher")
    fieldsets = (
        (_("When"), {"fields": (("amount", "unit", "side", "watches", "is_active"),)}),
        (
            _("Whom to tell"),
            {"fields": (("tells_assignee", "tells_leads", "tells_team"), "tells_person", "progress_note")},
        ),
        (_("What to change"), {"fields": ("priority", ("reassign", "to_team"), "watcher")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[EscalationStage]:
        related = ("tells_person", "watcher", "to_team", "progress_note")
        return super().get_queryset(request).select_related(*related)


def chain_of(policy: SlaPolicy | None) -> SafeString | str:
    """The stages in use in the order they come, with the due moment between those before and those after it."""
    if policy is None or policy.pk is None:
        return "–"
    related = ("tells_person", "watcher", "to_team", "progress_note")
    stages = policy.escalation_stages.filter(is_active=True).select_related(*related)
    minutes = next((value for kind in KINDS if (value := getattr(policy, f"{kind}_minutes"))), 60)
    # Between the stages before and those after it stands the due moment.
    parts: dict[str, list[dict[str, Any]]] = {"before": [], "due": [], "after": []}
    for stage in sorted(stages, key=lambda stage: stage.seconds_at(minutes)):
        place = stage.seconds_at(minutes) - minutes * 60
        parts["due" if place == 0 else "before" if place < 0 else "after"].append(
            {
                "moment": moment_words(stage.at_percent, stage.at_minutes),
                "promise": promise_words(stage),
                "actions": action_words(stage),
            }
        )
    return render_to_string("admin/tickets/partials/_chain.html", parts)
