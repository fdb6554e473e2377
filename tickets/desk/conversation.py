"""The conversation of a ticket as the desk shows it."""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import Case, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.links import fill_links
from tickets.choices import Delivery, MessageKind
from tickets.desk.words import Moments
from tickets.models import Attachment, Message, Ticket
from tickets.models.conversation import IN_CONVERSATION
from tickets.recipients import BCC, CC

# Of a longer conversation the newest messages are shown first, the others on request in larger pieces.
SHOWN, PIECE = 30, 100
# A longer text folds: this much of it stays in sight.
LONG_CHARACTERS, LONG_LINES = 1400, 24
KEPT_CHARACTERS, KEPT_LINES = 900, 14
# Looking for addresses in a text longer than this takes longer than anybody wants to wait.
LOOKS_FOR_LINKS = 20_000
# In escaped text; it ends at the first character that is not ASCII, since Chinese goes on without a blank.
_ADDRESS = re.compile(
    r"https?://(?:(?!&(?:lt|gt|quot|#x27);)[\w\-.~:/?#\[\]@!$&'()*+,;=%])+(?<![.,;:!?)\]])", re.ASCII
)

_COLUMNS = (
    "ticket_id", "customer_id", "kind", "purpose", "body", "asks_customer", "created_at", "channel", "delivery",
    "recipient", "delivered_at", "delivery_error", "attempts", "also_to", "held_until", "author_id",
    "author__display_name", "author__email", "customer__name", "folded", "formatted", "sender", "is_doubtful",
    "refused_files", "split_into_id",
)  # fmt: skip


def conversation_of(
    ticket: Ticket,
    moments: Moments,
    attachments: Iterable[Attachment],
    *,
    reader: int | None = None,
    show_all: bool = False,
    merged: Iterable[int] = (),
    before: int = 0,
    since: int = 0,
) -> tuple[list[dict[str, Any]], bool]:
    """The messages in words, oldest first, and whether older ones are left out; one query.

    What was said on tickets `merged` into it is part of it. `attachments` are those of all of them; the `reader`
    may take back his own reply while it is held. With `before` it is the piece before that message, back to the
    message `since` if one is named.
    """
    told = Message.objects.filter(IN_CONVERSATION, ticket__in=[ticket.pk, *merged])
    rows = told.select_related("author", "customer").only(*_COLUMNS).order_by("-id")
    # The HTML itself is shown elsewhere, and may be long.
    rows = rows.annotate(has_original=Case(When(html="", then=Value(False)), default=Value(True)))
    rows = rows.filter(pk__lt=before) if before else rows
    rows = rows.filter(pk__gte=since) if since else rows
    most = PIECE if before else SHOWN
    shown = list(rows if show_all or since else rows[: most + 1])
    has_earlier = bool(since) and told.filter(pk__lt=since).exists()
    if not show_all and not since and len(shown) > most:
        has_earlier = bool(shown.pop())
    files = files_by_message(attachments)
    words = _Words(ticket, reader)
    return [_in_words(message, files, moments, words) for message in reversed(shown)], has_earlier


def files_by_message(attachments: Iterable[Attachment]) -> dict[int | None, list[dict[str, Any]]]:
    """The attachments by their message, ready to be shown."""
    found: dict[int | None, list[dict[str, Any]]] = {}
    for row in attachments:
        found.setdefault(row.message_id, []).append(file_in_words(row))
    return found


# What Outlook makes of files in a mail of its own kind.
WINMAIL_NAMES = ("winmail.dat", "win.dat")


def file_in_words(row: Attachment) -> dict[str, Any]:
    """One file, ready to be shown."""
    return {
        "name": row.name,
        "size": row.size,
        "url": reverse("tickets:attachment", args=[row.pk]),
        "is_picture": row.is_picture,
        "is_winmail": "ms-tnef" in row.content_type or row.name.lower() in WINMAIL_NAMES,
    }


class _Words:
    """What is the same for every message, looked up once."""

    def __init__(self, ticket: Ticket, reader: int | None) -> None:
        self.reader = reader
        self.customer = ticket.customer.name
        self.kinds = {code: str(label) for code, label in MessageKind.choices}
        self.deliveries = {code: str(label) for code, label in Delivery.choices}
        self.purposes = {code: str(label) for code, label in Message.Purpose.choices}
        self.copies = {CC: pgettext("header of a mail", "Cc"), BCC: pgettext("header of a mail", "Bcc")}
        self.link = pgettext("stands for a customer’s personal link", "[link]")
        self.system = _("Automatic")
        self.refusals = {
            "empty": _("empty"), "too-large": _("too large"), "program": _("a program"),
            "program-inside": _("holds a program"), "too-many-inside": _("holds too many files"),
        }  # fmt: skip
        self.customer_id, self.ticket_id = ticket.customer_id, ticket.pk


def _in_words(
    message: Message, files: dict[int | None, list[dict[str, Any]]], moments: Moments, words: _Words
) -> dict[str, Any]:
    own_files = files.get(message.pk, ())
    return {
        "id": message.pk,
        "at": moments.short(message.created_at),
        "at_full": moments.full(message.created_at),
        "age": moments.age(message.created_at),
        **_text(message, words),
        **_origin(message, words),
        **_sending(message, words),
        "files": own_files,
        "has_winmail": any(file["is_winmail"] for file in own_files),
        "refused_files": [(name, words.refusals.get(why, why)) for name, why in message.refused_files],
        "ticket": message.ticket_id,
        "split_into": message.split_into_id,
        "split_number": f"HD-{message.split_into_id:06d}" if message.split_into_id else "",
    }


def _text(message: Message, words: _Words) -> dict[str, Any]:
    """What kind of message it is, and what it says."""
    is_automatic = message.kind == MessageKind.AUTOMATIC or message.purpose == Message.Purpose.STAFF
    body = fill_links(message.body, lambda _purpose, _nonce: words.link) if is_automatic else message.body
    beginning, rest = (mark_safe(message.formatted), "") if message.formatted else map(_linked, _fold(body))
    purpose = words.purposes.get(message.purpose, words.system)
    return {
        "kind": message.kind,
        "kind_label": purpose if message.purpose == Message.Purpose.SIDE else words.kinds[message.kind],
        "is_automatic": is_automatic,
        "purpose": purpose,
        # What to call it in a sentence.
        "what": purpose if is_automatic else words.kinds[message.kind],
        "asks": message.asks_customer,
        "beginning": beginning,
        "rest": rest,
        "is_formatted": bool(message.formatted),
        "folded": message.folded,
        "has_original": getattr(message, "has_original", False),
    }


def _origin(message: Message, words: _Words) -> dict[str, Any]:
    """Who wrote it, and where it came from when that is not plain."""
    is_customer, who = message.kind == MessageKind.CUSTOMER, _who(message, words)
    is_plain = message.customer_id == words.customer_id if is_customer else message.sender == who
    return {
        "who": who,
        "initial": (who or "?")[:1].upper(),
        # A call or a visit: the customer spoke, a colleague wrote it down.
        "noted_by": str(message.author) if is_customer and message.author is not None else "",
        "is_doubtful": message.is_doubtful,
        "sender": message.sender if message.is_doubtful or not is_plain else "",
        "merged_from": f"HD-{message.ticket_id:06d}" if message.ticket_id != words.ticket_id else "",
    }


def _sending(message: Message, words: _Words) -> dict[str, Any]:
    """To whom it went, and how far it came."""
    return {
        "is_sent": message.kind == MessageKind.REPLY or message.delivery != Delivery.NONE,
        "delivery": message.delivery,
        "own_delivery": (own := _own_delivery(message)),
        "delivery_label": words.deliveries[own],
        "recipient": message.recipient,
        "error": message.delivery_error if message.delivery != Delivery.SENT else "",
        "undo_for": _seconds_left(message, words.reader) if message.ticket_id == words.ticket_id else 0,
        "copies": [_copy_in_words(copy, words) for copy in message.also_to],
        "unreached": _unreached(message),
        "attempts": message.attempts,
    }


def _seconds_left(message: Message, reader: int | None) -> int:
    """So many whole seconds the reader has to take his reply back."""
    if message.held_until is None or message.author_id != reader:
        return 0
    return max(0, int((message.held_until - timezone.now()).total_seconds()))


def _own_delivery(message: Message) -> str:
    """How it went for the one it is written to, whatever became of copies."""
    is_failed = message.delivery == Delivery.FAILED
    return (
        Delivery.SENT
        if is_failed and message.delivered_at and not message.delivery_error
        else message.delivery
    )


def _copy_in_words(copy: dict[str, str], words: _Words) -> dict[str, str]:
    return {**copy, "label": words.copies[copy["as"]], "delivery_label": words.deliveries[copy["delivery"]]}


def _unreached(message: Message) -> list[dict[str, str]]:
    """Whom a message did not reach, with what was said about each."""
    failed = [
        {"address": copy["address"], "error": copy["error"]}
        for copy in message.also_to
        if copy["delivery"] == Delivery.FAILED
    ]
    if message.delivery == Delivery.FAILED and (message.delivery_error or not failed):
        failed.insert(0, {"address": message.recipient, "error": message.delivery_error})
    return failed


def _who(message: Message, words: _Words) -> str:
    if message.purpose == Message.Purpose.SIDE and message.author is None:
        return message.sender
    if message.kind == MessageKind.CUSTOMER:
        return message.customer.name if message.customer else words.customer
    return str(message.author) if message.author is not None else words.system


def _fold(body: str) -> tuple[str, str]:
    """What of a text stays in sight, and what folds away."""
    lines = body.splitlines(keepends=True)
    if len(body) <= LONG_CHARACTERS and len(lines) <= LONG_LINES:
        return body, ""
    kept = "".join(lines[:KEPT_LINES])
    if len(kept) > KEPT_CHARACTERS:
        kept = kept[:KEPT_CHARACTERS]
        # Not in the middle of a word or an address.
        place = max(kept.rfind(mark) for mark in " \n。，；！？")
        kept = kept[: place + 1] if place > KEPT_CHARACTERS // 2 else kept
    return kept, body[len(kept) :]


def _linked(text: str) -> SafeString:
    escaped = escape(text)
    if "://" not in text or len(text) > LOOKS_FOR_LINKS:
        return escaped
    return mark_safe(_ADDRESS.sub(r'<a href="\g<0>" rel="noopener noreferrer nofollow">\g<0></a>', escaped))
