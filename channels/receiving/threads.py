"""Which ticket a mail belongs to: by a token of ours, or by our Message-IDs and a sender who takes part."""

import re
from dataclasses import dataclass

from django.db.models import Q

from channels.email.tokens import delivery_keys_in, side_named_by, ticket_named_by
from channels.receiving.people import Sender
from channels.receiving.reading import ReadMail
from customers.models import Identity
from tickets.choices import MessageKind
from tickets.models import Message, SideConversation, Ticket

_NUMBER = re.compile(r"\bHD-0*(\d{1,12})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Thread:
    """The ticket that a mail answers; `is_staff`: what a colleague was told; `side`: a third party answers."""

    ticket: Ticket
    is_staff: bool = False
    side: SideConversation | None = None


def thread_of(read: ReadMail, sender: Sender, *recipients: str) -> Thread | None:
    """The ticket that the mail goes on with, or None."""
    if side := side_named_by([*recipients, *read.recipients]):
        return Thread(side.ticket, side=side)
    if ticket := ticket_named_by([*recipients, *read.recipients]):
        return Thread(ticket)
    if sender.is_doubtful:
        return None
    answered = answered_messages(read)
    for message in answered:
        if message.purpose == Message.Purpose.STAFF:
            if message.recipient.lower() == sender.address:
                return Thread(message.ticket, is_staff=True)
        elif message.side is not None:
            if message.side.address.lower() == sender.address:
                return Thread(message.ticket, side=message.side)
        elif takes_part(sender.address, message.ticket):
            return Thread(message.ticket)
    return None


def answered_messages(read: ReadMail) -> list[Message]:
    """The mails of ours that a mail names as what it answers, the nearest first."""
    keys = delivery_keys_in([read.in_reply_to, *reversed(read.references)])
    if not keys:
        return []
    rows = Message.objects.filter(delivery_key__in=keys).select_related("ticket__customer", "side")
    by_key = {message.delivery_key: message for message in rows}
    return [by_key[key] for key in dict.fromkeys(keys) if key in by_key]


def takes_part(address: str, ticket: Ticket) -> bool:
    """Whether the address is the customer's, or one that the public conversation went to or came from."""
    if Identity.objects.filter(kind="email", value=address, customer=ticket.customer_id).exists():
        return True
    said = ticket.messages.exclude(kind=MessageKind.NOTE).exclude(purpose=Message.Purpose.STAFF)
    if said.filter(Q(recipient__iexact=address) | Q(sender=address, is_doubtful=False)).exists():
        return True
    copies = said.exclude(also_to=[]).values_list("also_to", flat=True)
    return any(copy["address"].lower() == address for row in copies for copy in row)


def named_tickets(subject: str) -> list[int]:
    """The keys of tickets whose bare numbers stand in a subject; that attaches nothing, since anybody can write one."""
    numbers = list(dict.fromkeys(int(one) for one in _NUMBER.findall(subject[:500])))[:5]
    return list(Ticket.objects.filter(pk__in=numbers).values_list("pk", flat=True))
