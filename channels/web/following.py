"""The customer's page of his ticket, found by its link."""

import functools
import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from channels.web import progress
from channels.web.conversation import open_invitations_of, utterances
from channels.web.forms import ReopenForm, ReplyForm
from channels.web.throttle import is_flooding
from common.links import hash_token, link_path, public_link
from tickets.choices import DONE_STATUSES, EventKind, MessageKind, Status
from tickets.models import Message, Ticket
from tickets.services import (
    StepRefused,
    add_customer_message,
    new_attachments,
    possible_steps,
    record_event,
    take_step,
)

TicketView = Callable[[HttpRequest, Ticket], HttpResponse]


def by_link(view: TicketView) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find the ticket by its link's token; show the page in its customer's language and time zone."""

    @login_not_required
    @functools.wraps(view)
    def found(request: HttpRequest, token: str) -> HttpResponse:
        ticket = (
            Ticket.objects.filter(token_hash=hash_token(token))
            .select_related("customer", "category", "merged_into")
            .annotate(has_merged=Exists(Ticket.objects.filter(merged_into=OuterRef("pk")).order_by()))
            .first()
        )
        if ticket is None:
            response = render(request, "channels/not_found.html", status=404)
            keep_private(response)
            return response
        zone = zoneinfo.ZoneInfo(ticket.customer.time_zone)
        with translation.override(_language_for(request, ticket)), timezone.override(zone):
            response = view(request, ticket)
            keep_private(response)
            response.headers["Content-Language"] = translation.get_language() or ""
        return response

    return found


def keep_private(response: HttpResponseBase) -> None:
    """For the customer's eyes: in no search engine and no cache; its address goes to no other site."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "private, no-store"
    # Not no-referrer: then browsers would send forms without their origin, and they would be refused.
    response.headers["Referrer-Policy"] = "same-origin"


def _language_for(request: HttpRequest, ticket: Ticket) -> str:
    """What the visitor chose himself, else the language he asked in."""
    if request.user.is_authenticated or settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return translation.get_language() or ticket.language
    return ticket.language


@require_safe
@by_link
def ticket(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Where the ticket stands, what was said, and what the customer can do; one that was merged leads to the other."""
    if url := _merged_url(ticket):
        return redirect(f"{url}?{request.GET.urlencode()}" if request.GET else url)
    return show(request, ticket)


@require_POST
@by_link
def reply(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Write on; a resolved ticket opens again, one of long ago goes on in a new one."""
    form = ReplyForm(request.POST, request.FILES)
    is_flood = form.is_valid() and is_flooding(request)
    if is_flood:
        form.add_error(
            None,
            _(
                "Too many messages came from your network within a short time. Wait ten minutes and send it again."
            ),
        )
    if not form.is_valid():
        return show(request, ticket, status=429 if is_flood else 200, reply_form=form)
    given = form.cleaned_data
    try:
        message = add_customer_message(
            ticket, given["text"] or _("See the attached files."), customer=ticket.customer,
            attachments=new_attachments(given["attachments"]), source_key=given["submission_key"],
        )  # fmt: skip
    except StepRefused as refusal:
        form.add_error(None, refusal.reason)
        return show(request, ticket, reply_form=form)
    return _after(message, ticket, sent="message")


@require_POST
@by_link
def confirm(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The customer says that it is solved."""
    try:
        if ticket.is_open:
            ticket = take_step(ticket, "resolve", actor=ticket.customer)
        elif ticket.status in DONE_STATUSES and not has_confirmed(ticket):
            record_event(ticket, EventKind.CHANGED, actor=ticket.customer, what="confirmed")
    except StepRefused as refusal:
        messages.warning(request, refusal.reason)
    else:
        messages.success(request, _("Thank you. We are glad that it is solved."))
    return redirect(link_path("ticket", ticket.link_nonce))


@require_POST
@by_link
def reopen(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The customer says that it is not solved yet; what he writes with it becomes a message."""
    form = ReopenForm(request.POST)
    if not form.is_valid():
        return show(request, ticket, reopen_form=form)
    reason = form.cleaned_data["reason"].strip()
    try:
        if ticket.is_open:
            messages.info(request, _("It is open already. Write below what we should know."))
        elif reason:
            key = form.cleaned_data["submission_key"]
            message = add_customer_message(ticket, reason, customer=ticket.customer, source_key=key)
            return _after(message, ticket, sent="reopened")
        else:
            take_step(ticket, "reopen", actor=ticket.customer, note=_("Not solved yet."))
    except StepRefused as refusal:
        messages.warning(request, refusal.reason)
        return redirect(link_path("ticket", ticket.link_nonce))
    return redirect(f"{link_path('ticket', ticket.link_nonce)}?sent=reopened")


def _after(message: Message, ticket: Ticket, *, sent: str) -> HttpResponse:
    """To where the message went: this ticket, or the new one that goes on from it."""
    other = message.ticket
    # Joined with somebody else's ticket it stays unseen there.
    if other.pk == ticket.pk or other.customer_id != ticket.customer_id:
        return redirect(f"{link_path('ticket', ticket.link_nonce)}?sent={sent}#conversation")
    return redirect(f"{link_path('ticket', other.link_nonce)}?sent=question")


def show(request: HttpRequest, ticket: Ticket, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The ticket's page, with a form that was filled in wrongly if there is one."""
    invitations = open_invitations_of(ticket)
    said, has_earlier = utterances(ticket, invitations)
    sent = request.GET.get("sent", "")
    can = {step.name: not reasons for step, reasons in possible_steps(ticket, ticket.customer)}
    is_done = ticket.status in DONE_STATUSES
    context = {
        "ticket": ticket,
        "token_path": link_path("ticket", ticket.link_nonce),
        "public_link": public_link("ticket", ticket.link_nonce),
        "stages": progress.stages(ticket),
        "sentence": progress.sentence(ticket),
        "answer_due_at": progress.answer_due_at(ticket),
        "now": timezone.now(),
        "utterances": said,
        "has_earlier": has_earlier,
        "is_done": is_done,
        "can_confirm": can.get("resolve", False),
        "can_reopen": is_done and ticket.is_within_reopen_window,
        "is_confirmed": is_done and has_confirmed(ticket),
        "goes_on_in_new": not ticket.is_open and not (is_done and ticket.is_within_reopen_window),
        "survey_url": next((link_path("survey", nonce) for nonce in invitations), ""),
        "merged_url": _merged_url(ticket),
        "sent": sent,
        "has_mail": sent == "question" and _has_mail(ticket),
        "reply_form": forms.get("reply_form") or ReplyForm(),
        "reopen_form": forms.get("reopen_form") or ReopenForm(auto_id="reopen-%s"),
        "limit_bytes": settings.UPLOAD_LIMIT_BYTES,
    }
    return render(request, "channels/ticket.html", context, status=status)


def has_confirmed(ticket: Ticket) -> bool:
    """Whether the customer has said of this resolution that it is one."""
    said = ticket.events.filter(kind=EventKind.CHANGED, customer__isnull=False, at__gte=ticket.resolved_at)
    return any(event.data.get("what") == "confirmed" for event in said)


def _has_mail(ticket: Ticket) -> bool:
    """Whether the answer comes by mail, or only this page shows it."""
    return ticket.messages.filter(kind=MessageKind.AUTOMATIC).exclude(recipient="").exists()


def _merged_url(ticket: Ticket) -> str:
    other = ticket.merged_into
    if ticket.status != Status.CANCELLED or other is None or other.customer_id != ticket.customer_id:
        return ""
    return link_path("ticket", other.link_nonce)
