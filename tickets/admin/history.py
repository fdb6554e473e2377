"""The admin's pages about what was said, promised and done: to look up, never to change."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from common.admin_parts import ReadOnlyAdmin
from common.search import matching
from tickets.admin.parts import staff_user
from tickets.models import Event, Message, Promise, Ticket
from tickets.workflow import STEPS


class OfTicketAdmin(ReadOnlyAdmin):
    """Rows of tickets that the user may see."""

    ordering = ("-id",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        if request.user.has_perm("tickets.view_any_ticket"):
            return rows
        return rows.filter(ticket__in=Ticket.objects.visible_to(staff_user(request)))

    @admin.display(description=_("ticket"))
    def ticket_link(self, row: Any) -> str:
        """The way to its ticket."""
        url = reverse("admin:tickets_ticket_change", args=[row.ticket_id])
        return format_html('<a href="{}">{}</a>', url, f"HD-{row.ticket_id:06d}")


@admin.register(Message)
class MessageAdmin(OfTicketAdmin):
    list_display = ("beginning", "ticket_link", "kind", "who", "created_at", "delivery", "delivery_error")
    list_filter = ("delivery", "kind", "purpose", "channel")
    list_select_related = ("author", "customer")
    search_fields = ("body",)
    search_help_text = _("Words of the text")
    fields = (
        "ticket_link", "kind", "purpose", "subject", "body", "author", "customer", "channel", "language", "created_at",
        "delivery", "recipient", "attempts", "next_attempt_at", "delivered_at", "delivery_error",
    )  # fmt: skip

    @admin.display(description=_("text"))
    def beginning(self, message: Message) -> str:
        """How it begins."""
        return str(message) or "–"

    @admin.display(description=_("by"))
    def who(self, message: Message) -> str:
        """Who wrote it."""
        # A colleague who wrote down what a customer said did not say it.
        return str(message.customer or message.author or "–")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By the product's own search, which knows Chinese words."""
        return (matching(queryset, search_term) if search_term.strip() else queryset), False


@admin.register(Promise)
class PromiseAdmin(OfTicketAdmin):
    list_display_links = ("kind",)
    list_display = ("ticket_link", "kind", "policy", "due_at", "met_at", "broken_at", "dropped_at")
    list_filter = ("kind", "policy", ("broken_at", admin.EmptyFieldListFilter))
    list_select_related = ("policy",)
    fields = (
        "ticket_link", "kind", "policy", "policy_version", "calendar_version",
        "target_minutes", "counts", "started_at", "running_since_at", "spent_seconds",
        "due_at", "met_at", "broken_at", "dropped_at",
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields


class StepFilter(admin.SimpleListFilter):
    """The steps as the machine knows them: asking the table for them would read all of it."""

    title = _("step")
    parameter_name = "step"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, str(step.label)) for name, step in STEPS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(step=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(OfTicketAdmin):
    list_display = ("at", "ticket_link", "kind", "step_name", "before", "after", "who")
    list_filter = ("kind", StepFilter)
    list_select_related = ("actor", "customer")
    fields = ("at", "ticket_link", "kind", "step_name", "before", "after", "who", "data")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @admin.display(description=_("step"))
    def step_name(self, event: Event) -> str:
        """The step in words."""
        step = STEPS.get(event.step)
        return str(step.label) if step else event.step or "–"

    @admin.display(description=_("by"))
    def who(self, event: Event) -> str:
        """Who did it."""
        return str(event.actor or event.customer or _("the system"))
