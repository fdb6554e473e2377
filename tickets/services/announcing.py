"""What the system says or notes on a ticket by itself; other rooms call these."""

from typing import Any

from django.db import transaction

from tickets.choices import Delivery, EventKind, MessageKind
from tickets.mails import Words
from tickets.models import Event, Message, Ticket
from tickets.services.door import lock
from tickets.services.turn import Turn


@transaction.atomic
def say_automatically(
    ticket: Ticket,
    body: str,
    *,
    purpose: str,
    recipient: str,
    subject: str = "",
    sender_name: str = "",
    event: EventKind | None = None,
    **data: Any,
) -> Message:
    """Queue an automatic message to the customer; with `event`, record one of that kind and data too."""
    turn = Turn(lock(ticket), actor=None)
    words = Words(subject, body, sender_name)
    message = turn.say_words(words, recipient=recipient, purpose=purpose)
    if event:
        turn.record(event, **data)
    turn.close()
    return message


@transaction.atomic
def tell_colleague(
    ticket: Ticket, body: str, *, recipient: str, language: str, subject: str = "", sender_name: str = ""
) -> Message:
    """Write a note that is also mailed to a colleague; customers never see it."""
    turn = Turn(lock(ticket), actor=None)
    message = turn.say(
        MessageKind.NOTE, body, recipient=recipient, purpose=Message.Purpose.STAFF, subject=subject,
        sender_name=sender_name,
    )  # fmt: skip
    message.language = language
    message.delivery, message.next_attempt_at = Delivery.QUEUED, turn.now
    turn.close()
    return message


@transaction.atomic
def record_event(ticket: Ticket, kind: EventKind, *, actor: Any, **data: Any) -> Event:
    """Record something that happened to a ticket outside its own room."""
    turn = Turn(lock(ticket), actor=actor)
    event = turn.record(kind, **data)
    turn.close()
    return event
