"""How a queued message fares: claimed by one worker, delivered, tried again later, or given up."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from tickets.choices import Delivery, EventKind
from tickets.models import Message
from tickets.services.door import lock
from tickets.services.turn import Turn

# So many of the newest messages are looked at: enough for days, and never a whole table.
NEWEST = 20_000


def failed_messages() -> QuerySet[Message]:
    """The messages that were given up, among the newest of all."""
    newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return Message.objects.filter(pk__gt=newest - NEWEST, delivery=Delivery.FAILED)


def due_messages() -> QuerySet[Message]:
    """Queued messages whose next attempt has come."""
    return Message.objects.filter(delivery=Delivery.QUEUED, next_attempt_at__lte=timezone.now())


def claim_message(message: Message, *, lease: timedelta) -> bool:
    """Take the message for one attempt; False when another worker has it. After the lease it is due again."""
    until = timezone.now() + lease
    seen = due_messages().filter(pk=message.pk, attempts=message.attempts)
    if not seen.update(attempts=F("attempts") + 1, next_attempt_at=until):
        return False
    message.attempts, message.next_attempt_at = message.attempts + 1, until
    return True


def record_delivered(message: Message) -> None:
    """The message has gone out."""
    _queued(message).update(
        delivery=Delivery.SENT, delivered_at=timezone.now(), next_attempt_at=None, delivery_error=""
    )


def postpone_message(message: Message, error: str, *, until: datetime, is_counted: bool = True) -> None:
    """Try again later; an attempt that never reached the server is not counted."""
    attempts = message.attempts if is_counted else max(0, message.attempts - 1)
    _queued(message).update(attempts=attempts, next_attempt_at=until, delivery_error=_short(error))


def postpone_due_messages(*, until: datetime) -> None:
    """Nothing can go out for now: leave all that is due until then."""
    due_messages().update(next_attempt_at=until)


@transaction.atomic
def record_delivery_failure(message: Message, error: str) -> None:
    """Give the message up, and write it into the ticket's history, so that somebody looks for another way."""
    held = lock(message.ticket)
    if not _queued(message).update(
        delivery=Delivery.FAILED, next_attempt_at=None, delivery_error=_short(error)
    ):
        return
    turn = Turn(held, actor=None)
    turn.record(EventKind.DELIVERY_FAILED, message=message.pk)
    turn.close()


@transaction.atomic
def try_delivery_again(message: Message, *, actor: Any, recipient: str = "") -> bool:
    """Queue a message anew that was given up, to another address if one is given; False when it was not given up."""
    held = lock(message.ticket)
    failed = Message.objects.filter(pk=message.pk, delivery=Delivery.FAILED)
    fields: dict[str, Any] = {"recipient": recipient} if recipient else {}
    if not failed.update(delivery=Delivery.QUEUED, attempts=0, next_attempt_at=timezone.now(), **fields):
        return False
    turn = Turn(held, actor=actor)
    turn.record(
        EventKind.CHANGED,
        message=message.pk,
        fields={"delivery": [str(Delivery.FAILED), str(Delivery.QUEUED)]},
    )
    turn.close()
    return True


def _queued(message: Message) -> QuerySet[Message]:
    return Message.objects.filter(pk=message.pk, delivery=Delivery.QUEUED)


def _short(error: str) -> str:
    longest = Message._meta.get_field("delivery_error").max_length
    return " ".join(error.split())[:longest]
