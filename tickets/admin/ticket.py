"""The admin's pages about tickets: everything to read, and the steps."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from common.admin_parts import ReadOnlyAdmin
from common.wording import listed
from tickets.admin.parts import staff_user
from tickets.admin.steps import step_buttons, step_page
from tickets.desk.account import account_words
from tickets.desk.conversation import conversation_of
from tickets.desk.history import timeline
from tickets.desk.page import clocks_of, extra_values
from tickets.desk.search import find
from tickets.desk.words import Moments
from tickets.models import Ticket
from tickets.rulebook import current_rulebook
from tickets.services import promises_to_explain
from tickets.workflow import STEPS


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    """Tickets to look up; they are moved by steps, and worked on at the desk."""

    change_form_template = "admin/tickets/ticket/change_form.html"
    change_list_template = "admin/tickets/ticket/change_list.html"
    list_display = (
        "number", "subject", "status_badge", "priority_badge", "category", "team", "assignee", "customer", "created_at",
    )  # fmt: skip
    list_display_links = ("number", "subject")
    list_filter = ("status", "priority", "channel", "category", "team")
    list_select_related = ("category", "team", "assignee", "customer")
    # Sorting by anything else would sort the whole table.
    sortable_by = ("number",)
    ordering = ("-id",)
    search_fields = ("subject",)
    search_help_text = _("Number, words of the conversation, customer, e-mail, phone or order number")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "number", "subject", "status_badge", "priority_badge", "category", "team", "assignee", "customer",
                    "channel", "language", "product", "order", "tag_names",
                )
            },
        ),
        (
            _("Moments"),
            {
                "classes": ("collapse",),
                "fields": (
                    "created_at", "classified_at", "assigned_at", "first_response_at", "waiting_since_at",
                    "resolved_at", "surveyed_at", "survey_outcome", "cancelled_at", "cancel_reason", "merged_into",
                    "parent", "follows", "reopened_count", "updated_at",
                ),
            },
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return Ticket.objects.visible_to(staff_user(request)).order_by("-id")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [name for _title, options in self.fieldsets for name in options["fields"]]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By the desk's search: numbers, words in any script, customers, orders."""
        return (find(queryset, search_term) if search_term.strip() else queryset), False

    def get_urls(self) -> list[Any]:
        """The page of a step, besides Django's."""
        view = self.admin_site.admin_view(self.step_view)
        return [path("<int:pk>/step/<slug:name>/", view, name="tickets_ticket_step"), *super().get_urls()]

    def step_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """One step of one ticket: its form, and taking it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        ticket = get_object_or_404(Ticket.objects.visible_to(staff_user(request)), pk=pk)
        if name not in STEPS:
            raise Http404
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return step_page(request, ticket, name, frame)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The ticket with its conversation, promises, history and steps."""
        ticket = self.get_object(request, object_id)
        context = self._story(request, ticket) if ticket else {}
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def _story(self, request: HttpRequest, ticket: Ticket) -> dict[str, Any]:
        moments, rulebook = Moments(), current_rulebook()
        files = list(ticket.attachments.all())
        shown, has_earlier = conversation_of(ticket, moments, files)
        return {
            "steps": step_buttons(ticket, request.user),
            "conversation": shown,
            "has_earlier": has_earlier,
            "accounts": [account_words(promise, moments) for promise in promises_to_explain(ticket)],
            "clocks": clocks_of(ticket, moments)[0],
            "timeline": timeline(ticket, rulebook, moments),
            "extra_values": extra_values(ticket, rulebook, files),
            "title": ticket.number,
            "subtitle": ticket.subject,
        }

    @admin.display(description=_("number"), ordering="id")
    def number(self, ticket: Ticket) -> str:
        """What people call it."""
        return ticket.number

    @admin.display(description=_("status"))
    def status_badge(self, ticket: Ticket) -> str:
        """The state as a coloured word."""
        return format_html(
            '<span class="status status-{}">{}</span>', ticket.status, ticket.get_status_display()
        )

    @admin.display(description=_("priority"))
    def priority_badge(self, ticket: Ticket) -> str:
        """The priority as a coloured word."""
        if not ticket.priority:
            return "–"
        return format_html(
            '<span class="priority priority-{}">{}</span>', ticket.priority, ticket.get_priority_display()
        )

    @admin.display(description=_("tags"))
    def tag_names(self, ticket: Ticket) -> str:
        """Its tags."""
        return listed(ticket.tags.all()) or "–"
