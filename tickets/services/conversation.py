"""Writing on a ticket: agents reply and note, customers write back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.links import new_link
from common.uploads import CheckedUpload
from customers.models import Customer
from knowledgebase.markdown import render_message
from tickets.choices import CancelReason, EventKind, MessageKind, Status
from tickets.models import Attachment, Message, Ticket, TicketArticle
from tickets.services.door import lock
from tickets.services.draft_files import take_files
from tickets.services.drafts import drop_draft
from tickets.services.intake import create_ticket
from tickets.services.refusal import StepRefused
from tickets.services.taking_back import before_reply
from tickets.services.turn import Turn


def new_attachments(uploads: Sequence[CheckedUpload], *, field_key: str = "") -> list[Attachment]:
    """Unsaved attachment rows for uploads that were checked; the service that takes the message saves them."""
    rows = []
    for upload in uploads:
        nonce, _hash = new_link("attachment")
        rows.append(
            Attachment(
                file=upload.file, name=upload.name, content_type=upload.content_type, size=upload.size,
                sha256=upload.sha256, link_nonce=nonce, field_key=field_key,
            )
        )  # fmt: skip
    return rows


@transaction.atomic
def add_reply(
    ticket: Ticket,
    body: str,
    *,
    actor: Any,
    attachments: Sequence[Attachment] = (),
    draft_files: Sequence[int] = (),
    articles: Sequence[Any] = (),
    step: str = "",
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    hold: timedelta = timedelta(0),
    expected_version: int | None = None,
    **details: Any,
) -> Message:
    """Answer the customer, and take a step with it when one is named; raise StepRefused or StaleTicket.

    `draft_files` are the keys of files kept with the draft, `articles` those put into the text; `cc` and `bcc` get
    copies by mail. While on `hold` it can be taken back.
    One transaction: when the step is refused, nothing is sent.
    """
    held = lock(ticket, expected_version=expected_version)
    turn = Turn(held, actor=actor)
    before = before_reply(held, turn.promises.open) if hold else None
    kept = take_files(held, MessageKind.REPLY, draft_files, actor=actor)
    message = turn.say(
        MessageKind.REPLY, body, attachments=[*attachments, *kept], asks_customer=step == "wait", cc=cc, bcc=bcc,
        formatted=render_message(body),
    )  # fmt: skip
    _check_copies(message)
    if hold:
        message.held_until, message.undo = turn.now + hold, before
        message.next_attempt_at = message.held_until if message.recipient else None
    held.has_open_question = step == "wait"
    if step:
        turn.step(step, **details)
    turn.close()
    drop_draft(held, MessageKind.REPLY, actor)
    for article in articles:
        # In the same moment: what comes later than the reply would keep it from being taken back.
        link_article(held, article, actor=actor, use=TicketArticle.Use.INSERTED, now=turn.now)
    return message


def _check_copies(reply: Message) -> None:
    if reply.also_to and not reply.recipient:
        raise StepRefused(
            [
                _(
                    "The customer has no e-mail address, so no copy can go out with the reply. Take the copies out."
                )
            ]
        )


@transaction.atomic
def add_note(
    ticket: Ticket,
    body: str,
    *,
    actor: Any,
    attachments: Sequence[Attachment] = (),
    draft_files: Sequence[int] = (),
    expected_version: int | None = None,
    **mail: Any,
) -> Message:
    """Write something that only colleagues read; with `expected_version` raise StaleTicket over a newer state.

    `draft_files` are the keys of files kept with the draft; `mail` are fields that only a mail has.
    """
    turn = Turn(lock(ticket, expected_version=expected_version), actor=actor)
    formatted = "" if mail else render_message(body)
    files = [*attachments, *take_files(turn.ticket, MessageKind.NOTE, draft_files, actor=actor)]
    message = turn.say(MessageKind.NOTE, body, attachments=files, formatted=formatted, **mail)
    turn.close()
    drop_draft(turn.ticket, MessageKind.NOTE, actor)
    return message


@transaction.atomic
def add_customer_message(
    ticket: Ticket,
    body: str,
    *,
    customer: Customer,
    attachments: Sequence[Attachment] = (),
    channel: str = "",
    source_key: str | None = None,
    **mail: Any,
) -> Message:
    """The customer writes on his ticket: it resumes, reopens, or goes on in a new ticket that follows the old one.

    Somebody else may write for him, who has his link or the token of his mails. `mail` are the message's fields
    that only mails have.
    """
    if source_key and (known := Message.objects.filter(source_key=source_key).first()):
        return known
    held = lock(ticket)
    if held.status == Status.CANCELLED and held.cancel_reason == CancelReason.MERGED and held.merged_into:
        return add_customer_message(
            held.merged_into,
            body,
            customer=customer,
            attachments=attachments,
            channel=channel,
            source_key=source_key,
            **mail,
        )
    turn = Turn(held, actor=customer)
    fields: dict[str, Any] = {"source_key": source_key, **mail, **({"channel": channel} if channel else {})}
    if held.status == Status.WAITING:
        turn.step("resume", actor=held.customer)
    elif not held.is_open:
        if held.status == Status.CANCELLED or not held.is_within_reopen_window:
            return _go_on_in_new_ticket(held, body, customer, attachments, fields)
        _reopen(turn, body)
    message = turn.say(MessageKind.CUSTOMER, body, attachments=attachments, **fields)
    turn.close()
    return message


def _reopen(turn: Turn, body: str) -> None:
    held = turn.ticket
    assignee = held.assignee if turn.rulebook.can_serve(held, held.assignee) else None
    turn.step("reopen", actor=held.customer, note=body.strip()[:200] or "…", assignee=assignee)


def _go_on_in_new_ticket(
    held: Ticket, body: str, customer: Customer, attachments: Sequence[Attachment], fields: dict[str, Any]
) -> Message:
    channel = fields.pop("channel", held.channel)
    follower = create_ticket(
        customer=held.customer, subject=held.subject, body=body, actor=customer, channel=channel,
        language=held.language, category=held.category, attachments=attachments, follows=held, product=held.product,
        order=held.order, first_message=fields,
    )  # fmt: skip
    return follower.opening


@transaction.atomic
def link_article(
    ticket: Ticket,
    article: Any,
    *,
    actor: Any,
    use: str = TicketArticle.Use.LINKED,
    now: datetime | None = None,
) -> TicketArticle:
    """Put an article beside the ticket; twice is once."""
    link, is_new = TicketArticle.objects.get_or_create(
        ticket=ticket, article=article, defaults={"author": actor, "use": use}
    )
    if is_new:
        turn = Turn(lock(ticket), actor=actor, now=now)
        turn.record(EventKind.LINKED, article=article.pk, use=str(use))
        turn.close()
    return link


__all__ = ["StepRefused", "add_customer_message", "add_note", "add_reply", "link_article", "new_attachments"]
