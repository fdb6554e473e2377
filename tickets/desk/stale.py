"""When somebody else was quicker: what he changed, and whether it matters for what one is writing."""

from typing import Any

from django.db.models import Q, QuerySet

from staff.models import User
from tickets.choices import EventKind
from tickets.models import Event, Message, Ticket


def events_since(ticket: Ticket, seen: int | None) -> QuerySet[Event]:
    """What happened to the ticket after the event the writer saw last."""
    return Event.objects.filter(ticket=ticket.pk, pk__gt=seen or 0).order_by("id")


def is_harmless(ticket: Ticket, seen: int | None, user: User) -> bool:
    """Whether only the system noted something since (a promise fell due, a mail left), or the writer himself did.

    Nobody needs to look at the two versions then.
    """
    if not seen:
        return False
    matters = Q(actor__isnull=False) | Q(customer__isnull=False) | Q(kind=EventKind.STEP)
    return not events_since(ticket, seen).filter(~Q(actor=user.pk) & matters).exists()


def was_written(ticket: Ticket, seen: int | None, user: User, **fields: Any) -> Message | None:
    """The very message one is about to write, when a second press of the button came through."""
    if not seen:
        return None
    own = events_since(ticket, seen).filter(kind=EventKind.MESSAGE, actor=user.pk)
    keys = [event.data.get("message") for event in own]
    return Message.objects.filter(pk__in=keys, **fields).first() if keys else None
