"""The admin's pages about SLA policies, with the tickets each would catch."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from sla.admin import SlaPolicyAdmin
from sla.models import SlaPolicy
from tickets.admin.replaying import ReplayAdmin
from tickets.admin.stages import StageInline, chain_of
from tickets.admin.trying import TryItAdmin
from tickets.admin.what_if import what_if
from tickets.dry_run import PolicyTry, try_policy
from tickets.replay.rules import Rules
from tickets.replay.running import DAYS, print_of
from tickets.replay.typed import typed_policy
from tickets.rulebook import current_rulebook
from tickets.services import plan_stages


@admin.register(SlaPolicy)
class PolicyAdmin(ReplayAdmin, TryItAdmin, SlaPolicyAdmin):
    """The policies' form is the SLA room's; which tickets they catch only the tickets' room knows."""

    tries_template = "admin/tickets/partials/_policy_tries.html"
    list_display = (*SlaPolicyAdmin.list_display, "try_link")
    inlines = (StageInline,)
    readonly_fields = (*SlaPolicyAdmin.readonly_fields, "chain")
    fieldsets = (
        *SlaPolicyAdmin.fieldsets,
        (
            _("Escalation"),
            {
                "description": _(
                    "What happens by itself before and after a promise is due, counted on the promise’s own clock: a "
                    "pause puts it off. Add and change the stages below."
                ),
                "fields": ("chain",),
            },
        ),
    )

    @admin.display(description=_("chain"))
    def chain(self, policy: SlaPolicy) -> str:
        """The stages in the order they come."""
        return chain_of(policy)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Save what belongs to it; promises that run by it find their next stage anew."""
        super().save_related(request, form, formsets, change)
        if change and any(formset.has_changed() for formset in formsets):
            plan_stages(form.instance)

    def restore_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """The stages come back with the version; promises that run find their next one anew."""
        answer = super().restore_view(request, pk, number)
        plan_stages(self._row(request, pk))
        return answer

    def render_change_form(self, request: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        context["what_if_days"] = DAYS
        return super().render_change_form(request, context, *args, **kwargs)

    def more_context(self, request: Any, row: SlaPolicy, chosen: dict[str, Any]) -> dict[str, Any]:
        """What it would have kept and broken in the last days."""
        saved = Rules(current_rulebook())
        draft = typed_policy(row, chosen["categories"], chosen["segments"])
        mark = print_of(
            "policy", row.pk, row.is_active, row.position, row.calendar_id, row.priorities, row.channels, draft.terms,
            sorted(draft.category_ids), sorted(draft.segment_ids),
        )  # fmt: skip
        return what_if(request, saved, Rules(saved.rulebook, draft=draft), mark)

    def tries(self, row: SlaPolicy, tickets: Any, chosen: dict[str, Any]) -> list[PolicyTry]:
        """The latest tickets that fit it."""
        return try_policy(row, tickets, categories=chosen["categories"], segments=chosen["segments"])
