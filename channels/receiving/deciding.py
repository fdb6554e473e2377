"""What becomes of a mail that was read: a ticket, a message on one, or nothing; the caller holds the transaction."""

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.utils import translation
from django.utils.translation import gettext

from catalog.choices import Channel
from channels.email.loops import installation_id
from channels.email.tokens import delivery_keys_in
from channels.models import MailState, Reason, ReceivedMail, SpamLearning
from channels.receiving.bouncing import mark_bounce, mark_complaint
from channels.receiving.people import Sender, customer_of, own_addresses, sender_of
from channels.receiving.reading import ReadFile, ReadMail
from channels.receiving.spam import spam_reason, what_was_learnt
from channels.receiving.threads import Thread, named_tickets, thread_of
from common.uploads import CheckedUpload
from tickets.choices import EventKind
from tickets.models import Attachment, Message
from tickets.services import (
    add_customer_message,
    add_note,
    add_side_answer,
    create_ticket,
    new_attachments,
    record_event,
)

# A text longer than this is no text that somebody reads; all of it is in the kept mail.
MOST_TEXT = 200_000
MOST_HTML = 2_000_000


@dataclass(frozen=True)
class Outcome:
    """Where the mail stands from now on."""

    state: str
    reason: str = ""
    message_id: int | None = None


class Surroundings:
    """What all mails of one run are judged by, read when the first of them asks for it."""

    @cached_property
    def own_addresses(self) -> frozenset[str]:
        """The addresses by which mail of ours leaves."""
        return own_addresses()

    @cached_property
    def learnt(self) -> SpamLearning | None:
        """What the spam filter speaks from."""
        return what_was_learnt()


def decide(mail: ReceivedMail, read: ReadMail, around: Surroundings) -> Outcome:
    """Deal with what a mail says, and say what became of it."""
    if known := _same_before(mail):
        return Outcome(MailState.IGNORED, Reason.DUPLICATE, known)
    if delivery_keys_in([read.message_id]) or read.loop == installation_id():
        return Outcome(MailState.IGNORED, Reason.OWN)
    if read.auto == "bounce":
        reason, message = mark_bounce(read)
        return Outcome(MailState.IGNORED, reason, message.pk if message else None)
    if read.auto == "feedback":
        complained_of = mark_complaint(read)
        return Outcome(MailState.IGNORED, Reason.FEEDBACK, complained_of.pk if complained_of else None)
    sender, reason = sender_of(read, around.own_addresses)
    if sender is None and mail.is_released:
        # Somebody has looked at it: it is taken as from a stranger.
        sender = Sender(read.from_address[:254], read.from_name, is_doubtful=True)
    if sender is None:
        return Outcome(MailState.QUARANTINED, reason)
    return _take_in(mail, read, sender, around)


def _same_before(mail: ReceivedMail) -> int | None:
    """The message that the same mail made when it came another way."""
    same = ReceivedMail.objects.filter(
        mailbox=mail.mailbox_id, state=MailState.TICKET, fingerprint=mail.fingerprint
    )
    return same.exclude(pk=mail.pk).values_list("message", flat=True).order_by().first()


def _take_in(mail: ReceivedMail, read: ReadMail, sender: Sender, around: Surroundings) -> Outcome:
    thread = thread_of(read, sender, mail.recipient)
    reason = {"auto": Reason.AUTOMATIC, "list": Reason.LIST}.get(read.auto, "")
    fields = _message_fields(read, sender)
    if thread is None:
        spam = "" if mail.is_released else spam_reason(sender, read.subject, _body(read), around.learnt)
        opening = _new_ticket(mail, read, sender, fields, bool(spam))
        return Outcome(MailState.TICKET, spam or reason, opening.pk)
    if thread.side is not None and read.auto != "auto":
        answer = add_side_answer(
            thread.side, _body(read), attachments=_attachments(read), source_key=f"mail:{mail.pk}", **fields
        )
        return Outcome(MailState.TICKET, reason, answer.pk)
    if thread.is_staff or read.auto == "auto":
        # A colleague has no power by mail, and a machine's answer is no customer's word: both are noted.
        note = add_note(thread.ticket, _body(read), actor=None, attachments=_attachments(read), **fields)
        return Outcome(MailState.TICKET, reason, note.pk)
    return Outcome(MailState.TICKET, reason, _go_on(mail, read, sender, thread, fields).pk)


def _go_on(
    mail: ReceivedMail, read: ReadMail, sender: Sender, thread: Thread, fields: dict[str, Any]
) -> Message:
    customer = customer_of(sender, mail.mailbox, read.visible)
    return add_customer_message(
        thread.ticket, _body(read), customer=customer, attachments=_attachments(read),
        channel=Channel.EMAIL, source_key=f"mail:{mail.pk}", **fields,
    )  # fmt: skip


def _new_ticket(
    mail: ReceivedMail, read: ReadMail, sender: Sender, fields: dict[str, Any], is_spam: bool
) -> Message:
    customer = customer_of(sender, mail.mailbox, f"{read.subject}\n{read.visible}")
    with translation.override(customer.language):
        subject = read.subject or gettext("(no subject)")
    ticket = create_ticket(
        customer=customer, subject=subject, body=_body(read), channel=Channel.EMAIL,
        email=sender.address if sender.is_usable else "", attachments=_attachments(read),
        # A machine gets no automatic answer, and who is not who he says gets nothing at all.
        acknowledge=read.auto == "human" and sender.is_usable, is_spam=is_spam,
        first_message={**fields, "source_key": f"mail:{mail.pk}"}, team=mail.mailbox.team,
    )  # fmt: skip
    for pk in named_tickets(read.subject):
        if pk != ticket.pk:
            record_event(ticket, EventKind.MAYBE_RELATED, actor=None, related=pk)
    return ticket.opening


def _body(read: ReadMail) -> str:
    """What was written; a mail that only passes something on is that."""
    return (read.visible.strip() or read.folded.strip())[:MOST_TEXT]


def _message_fields(read: ReadMail, sender: Sender) -> dict[str, Any]:
    return {
        "sender": sender.address[:254],
        "is_doubtful": sender.is_doubtful,
        "folded": read.folded[:MOST_TEXT] if read.visible.strip() else "",
        "html": read.html if len(read.html) <= MOST_HTML else "",
        "refused_files": [[file.name, file.reason] for file in read.files if file.reason][:100],
    }


def _attachments(read: ReadMail) -> list[Attachment]:
    rows = []
    for file in read.files:
        if not file.reason:
            [row] = new_attachments([_upload(file)])
            row.content_id = file.cid[:255]
            rows.append(row)
    return rows


def _upload(file: ReadFile) -> CheckedUpload:
    size = len(file.content)
    held = InMemoryUploadedFile(io.BytesIO(file.content), None, file.name, file.type, size, None)
    return CheckedUpload(held, file.name, file.type, size, hashlib.sha256(file.content).hexdigest())
