"""The admin's pages about SLA policies, with the tickets each would catch."""

from typing import Any

from django.contrib import admin

from sla.admin import SlaPolicyAdmin
from sla.models import SlaPolicy
from tickets.admin.trying import TryItAdmin
from tickets.dry_run import PolicyTry, try_policy


@admin.register(SlaPolicy)
class PolicyAdmin(TryItAdmin, SlaPolicyAdmin):
    """The policies' form is the SLA room's; which tickets they catch only the tickets' room knows."""

    tries_template = "admin/tickets/partials/_policy_tries.html"
    list_display = (*SlaPolicyAdmin.list_display, "try_link")

    def tries(self, row: SlaPolicy, tickets: Any, chosen: dict[str, Any]) -> list[PolicyTry]:
        """The latest tickets that fit it."""
        return try_policy(row, tickets, categories=chosen["categories"], segments=chosen["segments"])
