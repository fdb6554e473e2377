"""Macros on the ticket page: the list, a look before, and using one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from staff.http import AgentRequest
from tickets import services
from tickets.desk.macros import MacroForm, macro_in_words, offered_macros
from tickets.desk.page import visible_ticket
from tickets.desk.stale import is_harmless
from tickets.desk.views.queue import queue_links
from tickets.desk.views.ticket import form_context, lead_to
from tickets.models import Macro, Ticket
from tickets.services import StaleTicket, StepRefused


@require_safe
def show_macros(request: AgentRequest, pk: int) -> HttpResponse:
    """The macros that one may use on the ticket."""
    ticket = visible_ticket(request.user, pk)
    return _render(request, "macros", {"ticket": ticket, "macros": offered_macros(ticket, request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
def use_macro(request: AgentRequest, pk: int, macro: int) -> HttpResponse:
    """Look at a macro before it is used, and use it; a POST without a text sends the macro's own."""
    ticket = visible_ticket(request.user, pk)
    chosen = next((row for row in services.macros_for(request.user, ticket) if row.pk == macro), None)
    if chosen is None:
        raise Http404
    if request.method != "POST":
        initial = {
            "version": ticket.version,
            "seen": ticket.newest_event,
            "body": services.fill(chosen, ticket, request.user),
        }
        return _show(request, ticket, chosen, MacroForm(initial=initial))
    form = MacroForm(request.POST)
    if not form.is_valid():
        return _show(request, ticket, chosen, form, status=422)
    if "body" not in request.POST:
        # In the form, if it has to be shown, stands what would have been sent.
        form.data = {**form.data.dict(), "body": services.fill(chosen, ticket, request.user)}  # type: ignore[attr-defined]
    try:
        used = _use(request, ticket, chosen, form)
    except StaleTicket:
        return _show(request, ticket, chosen, form, stale_after=form.cleaned_data["seen"] or 0, status=409)
    except StepRefused as refusal:
        return _show(request, ticket, chosen, form, reasons=refusal.reasons, status=422)
    messages.success(
        request, _("%(number)s: “%(macro)s” is done.") % {"number": ticket.number, "macro": chosen}
    )
    return lead_to(request, used if used.is_visible_to(request.user) else "tickets:queue")


def _use(request: AgentRequest, ticket: Ticket, macro: Macro, form: MacroForm) -> Ticket:
    version, seen = form.cleaned_data["version"], form.cleaned_data["seen"]
    manner: dict[str, Any] = {"actor": request.user, "body": request.POST.get("body")}
    try:
        return services.run_macro(ticket, macro, expected_version=version, **manner)
    except StaleTicket as stale:
        if not is_harmless(ticket, seen, request.user):
            raise
        return services.run_macro(ticket, macro, expected_version=stale.ticket.version, **manner)


def _show(
    request: AgentRequest,
    ticket: Ticket,
    macro: Macro,
    form: MacroForm,
    *,
    reasons: list[str] | None = None,
    stale_after: int | None = None,
    status: int = 200,
) -> HttpResponse:
    context = form_context(request, form, ticket, stale_after)
    context |= {"macro": macro_in_words(macro, ticket, request.user), "reasons": reasons or []}
    return _render(request, "macro", context, status=status)


def _render(request: AgentRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    if request.htmx:
        return render(request, f"tickets/partials/_{name}.html", context, status=status)
    page = {**context, "part": f"tickets/partials/_{name}.html", "queues": queue_links(request)}
    return render(request, "tickets/macro.html", page, status=status)
