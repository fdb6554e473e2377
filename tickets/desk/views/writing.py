"""Writing on a ticket: replies, notes, and sending again what did not arrive."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from knowledgebase.models import Article
from staff.http import AgentRequest
from tickets.choices import MessageKind
from tickets.desk.forms import WriteForm
from tickets.desk.page import visible_ticket
from tickets.desk.stale import is_harmless, was_written
from tickets.desk.views.ticket import render_ticket
from tickets.models import Attachment, Message, Ticket
from tickets.recipients import BCC, CC, addresses_as
from tickets.services import (
    StaleTicket,
    StepRefused,
    add_note,
    add_reply,
    drop_files,
    new_attachments,
    take_back_reply,
    try_delivery_again,
    undo_time,
)


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: AgentRequest, pk: int) -> HttpResponse:
    """Send a reply or keep a note; what cannot be sent stands in the box again."""
    # Only a refusal shows the page, and only the page needs all that visible_ticket asks for.
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    if request.method != "POST":
        # Who loads the page of a refusal again, or signs in anew meanwhile, comes here.
        return redirect(ticket)
    form = WriteForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refuse(request, pk, form, status=422)
    kind, seen = form.cleaned_data["kind"], form.cleaned_data["seen"]
    # The page's own version means that nothing was written since; that spares the look.
    is_older = form.cleaned_data["version"] != ticket.version
    if is_older and (twin := was_written(ticket, seen, request.user, **_wanted(form))):
        return redirect(_place(ticket, twin, kind))
    try:
        message = _write(ticket, form, request)
    except StaleTicket:
        return _refuse(request, pk, form, stale_after=seen or 0, status=409)
    except StepRefused as refusal:
        return _refuse(request, pk, form, reasons=refusal.reasons, status=422)
    if left_out := form.cleaned_data["left_out"]:
        drop_files(ticket, left_out, actor=request.user)
    return redirect(_place(ticket, message, kind))


def _refuse(request: AgentRequest, pk: int, form: WriteForm, **why: Any) -> HttpResponse:
    return render_ticket(request, visible_ticket(request.user, pk), form=form, **why)


def _write(ticket: Ticket, form: WriteForm, request: AgentRequest) -> Message:
    cleaned, actor = form.cleaned_data, request.user
    files = new_attachments(cleaned["files"])
    if cleaned["kind"] == MessageKind.NOTE:
        return _note(ticket, form, request, files)
    articles = list(Article.objects.readable_by(actor).filter(pk__in=cleaned["articles"]))
    reply: dict[str, Any] = {
        "body": cleaned["body"], "actor": actor, "attachments": files, "articles": articles,
        "step": cleaned["step"], "cc": cleaned["cc"], "bcc": cleaned["bcc"],
        "hold": undo_time(), "draft_files": form.draft_files,
    }  # fmt: skip
    try:
        return add_reply(ticket, **reply, expected_version=cleaned["version"])
    except StaleTicket as stale:
        # Two presses at the same moment: the other one was first.
        if twin := was_written(ticket, cleaned["seen"], actor, **_wanted(form)):
            return twin
        if not is_harmless(ticket, cleaned["seen"], actor):
            raise
        return add_reply(ticket, **reply, expected_version=stale.ticket.version)


def _note(ticket: Ticket, form: WriteForm, request: AgentRequest, files: list[Attachment]) -> Message:
    cleaned, actor = form.cleaned_data, request.user
    note: dict[str, Any] = {"actor": actor, "attachments": files, "draft_files": form.draft_files}
    try:
        return add_note(ticket, cleaned["body"], **note, expected_version=cleaned["version"])
    except StaleTicket:
        # A note conflicts with nothing, unless it is the very same one of a second press at the same moment.
        twin = was_written(ticket, cleaned["seen"], actor, **_wanted(form))
        return twin or add_note(ticket, cleaned["body"], **note)


def _wanted(form: WriteForm) -> dict[str, str]:
    return {"kind": form.cleaned_data["kind"], "body": form.cleaned_data["body"]}


def _place(ticket: Ticket, message: Message, kind: str) -> str:
    # The page forgets the draft when it is told that it was sent.
    return f"{reverse('tickets:ticket', args=[ticket.pk])}?sent={kind}#m{message.pk}"


@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: AgentRequest, pk: int, message: int) -> HttpResponse:
    """Take a reply back into the box while it has not gone out."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
    if request.method != "POST":
        # Who loads the page with the text in the box again comes here.
        return redirect(ticket)
    try:
        reply = take_back_reply(Message(pk=message, ticket=ticket), actor=request.user)
    except StepRefused as refusal:
        messages.error(request, refusal.reason)
        return redirect(f"{ticket.get_absolute_url()}#m{message}")
    messages.success(request, _("Nothing was sent. Your reply is in the box again."))
    copies = {kind: ", ".join(addresses_as(reply.also_to, kind)) for kind in (CC, BCC)}
    form = WriteForm({"kind": "reply", "body": reply.body, **copies})
    return render_ticket(request, visible_ticket(request.user, pk), form=form)


@require_POST
def deliver_again(request: AgentRequest, pk: int) -> HttpResponse:
    """Send once more what could not be delivered."""
    tickets = Ticket.objects.read_by(request.user)
    message = get_object_or_404(Message.objects.filter(ticket__in=tickets), pk=pk)
    if try_delivery_again(message, actor=request.user):
        messages.success(request, _("The message is being sent again."))
    return redirect(f"{reverse('tickets:ticket', args=[message.ticket_id])}#m{message.pk}")
