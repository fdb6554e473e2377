"""Writing to third parties beside the conversation with the customer."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from staff.http import AgentRequest
from tickets.desk.page import visible_ticket
from tickets.desk.side import ForwardForm, NewMailForm, SideForm, first_words, sides_of
from tickets.desk.views.queue import queue_links
from tickets.desk.views.ticket import lead_to
from tickets.models import SideConversation, Ticket
from tickets.services import (
    StepRefused,
    close_side_conversation,
    send_as_new_ticket,
    start_side_conversation,
    write_to_side,
)


@require_http_methods(["GET", "HEAD", "POST"])
def forward(request: AgentRequest, pk: int) -> HttpResponse:
    """Begin a side conversation: what the customer wrote goes to somebody else, with a question."""
    ticket = visible_ticket(request.user, pk)
    title = _("Forward")
    if request.method != "POST":
        return _render(request, ticket, ForwardForm(ticket=ticket, initial=first_words(ticket)), title)
    form = ForwardForm(request.POST, request.FILES, ticket=ticket)
    if not form.is_valid():
        return _render(request, ticket, form, title, status=422)
    cleaned = form.cleaned_data
    side = start_side_conversation(
        ticket, cleaned["body"], actor=request.user, address=cleaned["address"], subject=cleaned["subject"],
        attachments=form.attachments(),
    )  # fmt: skip
    return _sent(request, ticket, side)


@require_http_methods(["GET", "HEAD", "POST"])
def send_new(request: AgentRequest, pk: int) -> HttpResponse:
    """Write to the customer about something else, as a new ticket."""
    ticket = visible_ticket(request.user, pk)
    title = _("Send as new ticket")
    about = _("Goes to the customer as a ticket of its own, which follows this one and is yours.")
    if request.method != "POST":
        return _render(request, ticket, NewMailForm(ticket=ticket), title, about=about)
    form = NewMailForm(request.POST, request.FILES, ticket=ticket)
    if form.is_valid():
        try:
            made = send_as_new_ticket(
                ticket, form.cleaned_data["body"], actor=request.user, subject=form.cleaned_data["subject"],
                attachments=form.attachments(),
            )  # fmt: skip
        except StepRefused as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, _("%(number)s is made.") % {"number": made.number})
            return lead_to(request, made if made.is_visible_to(request.user) else ticket)
    return _render(request, ticket, form, title, about=about, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def write_side(request: AgentRequest, pk: int, side: int) -> HttpResponse:
    """Write once more to the third party."""
    ticket = visible_ticket(request.user, pk)
    found = get_object_or_404(sides_of(ticket), pk=side)
    title = _("Write to %(address)s") % {"address": found.address}
    if request.method != "POST":
        return _render(request, ticket, SideForm(ticket=ticket), title)
    form = SideForm(request.POST, request.FILES, ticket=ticket)
    if not form.is_valid():
        return _render(request, ticket, form, title, status=422)
    write_to_side(found, form.cleaned_data["body"], actor=request.user, attachments=form.attachments())
    return _sent(request, ticket, found)


@require_POST
def close_side(request: AgentRequest, pk: int, side: int) -> HttpResponse:
    """Nothing more is expected of the third party."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    found = get_object_or_404(sides_of(ticket), pk=side)
    close_side_conversation(found, actor=request.user)
    return redirect(ticket)


def _sent(request: AgentRequest, ticket: Ticket, side: SideConversation) -> HttpResponse:
    messages.success(request, _("The mail to %(address)s goes out.") % {"address": side.address})
    message = side.messages.latest("id")
    return lead_to(request, f"{reverse('tickets:ticket', args=[ticket.pk])}#m{message.pk}")


def _render(
    request: AgentRequest, ticket: Ticket, form: SideForm, title: str, *, about: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "ticket": ticket, "form": form, "title": title, "action": request.path,
        "about": about or _(
            "Goes to somebody else, in a thread of its own. The customer does not see it; "
            "the answer comes to this ticket."
        ),
    }  # fmt: skip
    if request.htmx:
        return render(request, "tickets/partials/_side_form.html", context, status=status)
    return render(request, "tickets/side.html", {**context, "queues": queue_links(request)}, status=status)
