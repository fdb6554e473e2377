"""The ticket page, with whatever form on it was refused."""

from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from common.uploads import file_response
from staff.http import AgentRequest
from tickets.choices import EventKind
from tickets.desk.drafts import draft_files_in_words, drafts_in_words
from tickets.desk.forms import VersionedForm, WriteForm
from tickets.desk.history import timeline
from tickets.desk.original import policy, with_pictures
from tickets.desk.page import page_context, visible_ticket
from tickets.desk.stale import unseen_messages
from tickets.desk.views.queue import queue_links
from tickets.desk.words import Moments
from tickets.models import Attachment, Message, Ticket
from tickets.rulebook import current_rulebook


@require_safe
def show_ticket(request: AgentRequest, pk: int) -> HttpResponse:
    """One ticket."""
    ticket = visible_ticket(request.user, pk)
    return render_ticket(request, ticket, show_all="all" in request.GET)


def render_ticket(
    request: AgentRequest,
    ticket: Ticket,
    *,
    form: WriteForm | None = None,
    reasons: list[str] | None = None,
    stale_after: int | None = None,
    status: int = 200,
    show_all: bool = False,
) -> HttpResponse:
    """The page; with a refused form its text stands in the box again, and the reasons above it.

    `stale_after` is the newest event the writer had seen when somebody else was quicker.
    """
    context = page_context(request.user, ticket, show_all=show_all)
    context |= {
        "queues": queue_links(request),
        "form": form,
        "drafts": drafts_in_words(request.user, ticket, context["moments"]),
        "kind": form.data.get("kind", "reply") if form else "reply",
        "reasons": reasons or [],
        "refused": bool(form),
        "draft_files": draft_files_in_words(request.user, ticket),
        "had_files": bool(request.FILES),
        "limit_bytes": settings.UPLOAD_LIMIT_BYTES,
        "is_stale": stale_after is not None,
    }
    if stale_after is not None:
        context["unseen"] = unseen_messages(ticket, stale_after)
        # What was written stands there in full.
        context["stale"] = [
            line for line in changes_since(ticket, stale_after) if line["kind"] != EventKind.MESSAGE
        ]
    return render(request, "tickets/ticket.html", context, status=status)


def changes_since(ticket: Ticket, seen: int) -> list[dict[str, Any]]:
    """What happened after the event that was seen last, in words."""
    return timeline(ticket, current_rulebook(), Moments(), after=seen)


def form_context(
    request: AgentRequest, form: VersionedForm, ticket: Ticket, stale_after: int | None
) -> dict[str, Any]:
    """A form with the state it is about: the one its writer saw, or the newer one when somebody else was quicker."""
    if stale_after is None:
        seen = {"version": form["version"].value(), "seen": form["seen"].value()}
        return {"form": form, "ticket": ticket, "is_stale": False, **seen}
    newer = visible_ticket(request.user, ticket.pk)
    seen = {"version": newer.version, "seen": newer.newest_event}
    return {
        "form": form, "ticket": newer, "is_stale": True, "stale": changes_since(newer, stale_after), **seen,
    }  # fmt: skip


def lead_to(request: AgentRequest, place: Ticket | str) -> HttpResponse:
    """Redirect; a form in a dialog is left, too, for the whole page that it leads to."""
    return HttpResponseClientRedirect(resolve_url(place)) if request.htmx else redirect(place)


@require_safe
def show_attachment(request: AgentRequest, pk: int) -> FileResponse:
    """A file of a ticket one may see."""
    attachment = get_object_or_404(
        Attachment.objects.filter(ticket__in=Ticket.objects.read_by(request.user)), pk=pk
    )
    try:
        file = attachment.file.open()
    except FileNotFoundError as error:
        raise Http404 from error
    return file_response(file, attachment.name, attachment.content_type)


@require_safe
def show_original(request: AgentRequest, pk: int) -> HttpResponse:
    """A mail's HTML, without pictures from elsewhere until somebody asks for them."""
    visible = Message.objects.filter(ticket__in=Ticket.objects.read_by(request.user)).exclude(html="")
    message = get_object_or_404(visible.select_related("ticket"), pk=pk)
    attached = {
        row.content_id: reverse("tickets:attachment", args=[row.pk])
        for row in message.attachments.exclude(content_id="") if row.is_picture
    }  # fmt: skip
    is_loaded = "pictures" in request.GET
    html, count = with_pictures(message.html, attached, from_elsewhere=is_loaded)
    context = {"message": message, "html": html, "count": count, "is_loaded": is_loaded}
    response = render(request, "tickets/original.html", context)
    response.headers["Content-Security-Policy"] = policy(with_pictures=is_loaded)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
