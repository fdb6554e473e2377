"""Changing what is known about a ticket, in place or on a page of its own."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from staff.http import AgentRequest
from tickets import services
from tickets.desk.editing import EditForm, FieldForm, edit_form
from tickets.desk.page import can_take, extra_values, step_buttons, visible_ticket
from tickets.desk.stale import both_sides, is_harmless
from tickets.desk.views.queue import queue_links
from tickets.desk.views.ticket import form_context, lead_to
from tickets.models import Ticket
from tickets.rulebook import current_rulebook
from tickets.services import StaleTicket


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: AgentRequest, pk: int, part: str) -> HttpResponse:
    """The form for a part of the ticket, and its saving."""
    ticket = visible_ticket(request.user, pk)
    about: dict[str, Any] = {"ticket": ticket, "rulebook": current_rulebook(), "user": request.user}
    if request.method != "POST":
        seen = {"version": ticket.version, "seen": ticket.newest_event}
        return _render(request, _form(part, **about, initial=seen), part)
    form = _form(part, request.POST, request.FILES, **about)
    if not form.is_valid():
        return _render(request, form, part, status=422)
    try:
        _save(form, request)
    except StaleTicket:
        return _render(request, form, part, stale_after=form.cleaned_data["seen"] or 0, status=409)
    if isinstance(form, FieldForm) and request.htmx:
        return _show_field(request, form)
    return lead_to(request, ticket)


def _form(part: str, *args: Any, **about: Any) -> EditForm:
    form = edit_form(part, *args, **about)
    if form is None:
        raise Http404
    return form


def _show_field(request: AgentRequest, form: FieldForm) -> HttpResponse:
    """The field as it is now, in the place of its form, and the steps: some may have waited for the answer."""
    ticket = visible_ticket(request.user, form.ticket.pk)
    rulebook = current_rulebook()
    extras = extra_values(ticket, rulebook, ticket.attachments.all())
    context = {
        "ticket": ticket,
        "extra": next(extra for extra in extras if extra["key"] == form.key),
        "is_saved": True,
        "steps": sorted(step_buttons(ticket, request.user, rulebook), key=lambda step: bool(step["reasons"])),
        "can_take": can_take(ticket, request.user, rulebook),
    }
    return render(request, "tickets/partials/_field_saved.html", context)


def _save(form: EditForm, request: AgentRequest) -> Ticket:
    try:
        return form.save(request.user)
    except StaleTicket as stale:
        if not is_harmless(form.ticket, form.cleaned_data["seen"], request.user):
            raise
        form.cleaned_data["version"] = stale.ticket.version
        return form.save(request.user)


def _render(
    request: AgentRequest, form: EditForm, part: str, *, stale_after: int | None = None, status: int = 200
) -> HttpResponse:
    context = form_context(request, form, form.ticket, stale_after) | {"part": part}
    if stale_after is not None:
        newer = _form(part, ticket=context["ticket"], rulebook=form.rulebook, user=request.user)
        context["sides"] = both_sides(form, newer)
    if request.htmx:
        return render(request, "tickets/partials/_edit_form.html", context, status=status)
    return render(request, "tickets/edit.html", {**context, "queues": queue_links(request)}, status=status)


@require_POST
def switch_watching(request: AgentRequest, pk: int) -> HttpResponse:
    """Begin or stop watching."""
    ticket = visible_ticket(request.user, pk)
    is_watching = services.switch_watching(ticket, actor=request.user)
    messages.success(
        request,
        _("You are watching this ticket.") if is_watching else _("You have stopped watching this ticket."),
    )
    # Who saw it only because he watched it sees it no more.
    still_sees = Ticket.objects.visible_to(request.user).filter(pk=pk).exists()
    return redirect(ticket if still_sees else "tickets:queue")
