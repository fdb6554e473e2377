"""How many mails the desk writes by itself before a person must: two machines that answer each other come to an end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import translation
from django.utils.translation import gettext

from tickets.choices import Delivery, MessageKind
from tickets.models import Message, Ticket

# So many automatic mails to one address within these times, counted since a colleague wrote to it last.
TO_ADDRESS = ((timedelta(hours=1), 3), (timedelta(days=1), 4), (timedelta(days=7), 5))
# And so many about one ticket, whoever wrote in between.
ABOUT_TICKET = ((timedelta(hours=1), 5), (timedelta(days=1), 10))
# More of the newest messages to an address need not be looked at.
LOOKED_AT = 20


@dataclass(frozen=True)
class Verdict:
    """Whether one more automatic mail may go; if not, whether it is the first that may not."""

    is_allowed: bool
    is_first_refusal: bool = False


def may_write(address: str, ticket: Ticket, unsaved: Sequence[Message], now: datetime) -> Verdict:
    """Whether the desk may write to the address by itself; `unsaved` are the ticket's messages of the same turn."""
    if any(message.kind == MessageKind.REPLY for message in unsaved):
        return Verdict(is_allowed=True)
    written = Message.objects.filter(recipient=address, kind__in=[MessageKind.REPLY, MessageKind.AUTOMATIC])
    rows = list(
        written.exclude(delivery=Delivery.NONE).order_by("-id")
        .values_list("pk", "kind", "created_at", "ticket_id")[:LOOKED_AT]
    )  # fmt: skip
    last_reply = next((pk for pk, kind, _at, _ticket in rows if kind == MessageKind.REPLY), 0)
    alone = [at for pk, _kind, at, _ticket in rows if pk > last_reply]
    about = [at for _pk, kind, at, pk in rows if pk == ticket.pk and kind == MessageKind.AUTOMATIC]
    if not _is_spent(alone, TO_ADDRESS, now) and not _is_spent(about, ABOUT_TICKET, now):
        return Verdict(is_allowed=True)
    refused = written.filter(
        pk__gt=last_reply, delivery=Delivery.NONE, created_at__gt=now - TO_ADDRESS[-1][0]
    )
    return Verdict(is_allowed=False, is_first_refusal=not refused.exists())


def refusal_note(address: str, language: str) -> str:
    """What colleagues in charge are told, in one's own language."""
    with translation.override(language):
        return gettext(
            "The desk has written to %(address)s by itself so often that it stops for now: perhaps a machine answers "
            "there. Look at the tickets from this address; a reply of yours lets automatic mails go out again."
        ) % {"address": address}


def _is_spent(moments: list[datetime], budget: Iterable[tuple[timedelta, int]], now: datetime) -> bool:
    return any(sum(now - at < length for at in moments) >= most for length, most in budget)
