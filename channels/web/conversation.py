"""What customers read of the conversation: public messages only, links only where they lead to their own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from channels.text import link_urls
from common.links import fill_links, link_path
from tickets.choices import CancelReason, MessageKind
from tickets.models import Attachment, Message, Ticket

SHOWN = 200


@dataclass(frozen=True)
class Utterance:
    """One message as the page shows it; `side` is customer, agent or system."""

    side: str
    author: str
    html: SafeString
    created_at: datetime
    attachments: list[Attachment]
    # Whether its lines are broken by the HTML itself.
    is_formatted: bool
    # What a mail quoted, and what its program added.
    folded: str
    # What the page says elsewhere already: that it arrived, is resolved, is surveyed.
    is_folded: bool


def public_messages(ticket: Ticket) -> Any:
    """The messages that the ticket's customer may read: of it, and of his own that were merged into it."""
    merged: Any = ()
    if getattr(ticket, "has_merged", True):
        own = ticket.merged_from.filter(cancel_reason=CancelReason.MERGED.value, customer=ticket.customer_id)
        merged = own.values_list("pk", flat=True)
    told = Message.objects.filter(ticket__in=[ticket.pk, *merged])
    public = told.exclude(kind=MessageKind.NOTE).exclude(purpose=Message.Purpose.STAFF)
    # What its author may still take back has not been said yet.
    return public.exclude(held_until__gt=timezone.now())


def utterances(ticket: Ticket, open_invitations: dict[str, Any]) -> tuple[list[Utterance], bool]:
    """The newest messages, oldest first, and whether there are older ones."""
    rows = list(
        public_messages(ticket)
        .select_related("author")
        .prefetch_related("attachments")
        .defer("html")
        .order_by("-id")[: SHOWN + 1]
    )
    shown = [utterance(row, ticket, open_invitations) for row in rows[:SHOWN]]
    return shown[::-1], len(rows) > SHOWN


def utterance(message: Message, ticket: Ticket, open_invitations: dict[str, Any]) -> Utterance:
    """One message for the page."""
    side = {MessageKind.CUSTOMER: "customer", MessageKind.REPLY: "agent"}.get(
        MessageKind(message.kind), "system"
    )
    if message.purpose == Message.Purpose.PROGRESS:
        # News about the ticket, whoever sent it off: the team's word.
        side = "agent"
    html: str = message.formatted or escape(message.body)
    if side != "customer" and not message.formatted:
        html = link_urls(html)
    if message.kind == MessageKind.AUTOMATIC:
        html = fill_links(html, _writer(ticket, open_invitations))
    return Utterance(
        side=side,
        author=_author(message, ticket, side),
        html=mark_safe(html),
        created_at=message.created_at,
        attachments=list(message.attachments.all()),
        is_formatted=bool(message.formatted),
        folded=message.folded,
        is_folded=side == "system" and bool(message.purpose),
    )


def _author(message: Message, ticket: Ticket, side: str) -> str:
    """The agent's name; or the address of somebody else who wrote for the customer."""
    if side == "agent":
        return message.author.display_name if message.author else ""
    return message.sender if message.customer_id not in (None, ticket.customer_id) else ""


def open_invitations_of(ticket: Ticket) -> dict[str, Any]:
    """The surveys the customer can still answer about this ticket, by the nonces of their links."""
    # The survey's room is beside ours, so this reads the relation and imports nothing.
    invitations: Any = getattr(ticket, "invitations")  # noqa: B009
    still_open = invitations.filter(
        closed_at__isnull=True, expires_at__gt=timezone.now(), round=ticket.reopened_count
    )
    return {invitation.link_nonce: invitation for invitation in still_open}


def _writer(ticket: Ticket, open_invitations: dict[str, Any]) -> Any:
    def write(purpose: str, nonce: str) -> str:
        context = {
            "is_this_page": purpose == "ticket" and nonce == ticket.link_nonce,
            "survey_url": link_path("survey", nonce) if nonce in open_invitations else "",
            "purpose": purpose,
        }
        return render_to_string("channels/partials/_link.html", context).strip()

    return write
