"""How a queued message fares: claimed by one worker, delivered, tried again later, or given up."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone

from common.commits import written_soon
from customers.services import mark_unreachable
from tickets.choices import Delivery, EventKind
from tickets.models import Message, Ticket
from tickets.recipients import Refusal, refused_among, settled, waiting
from tickets.services.door import lock
from tickets.services.turn import Turn

# So many of the newest messages are looked at: enough for days, and never a whole table.
NEWEST = 20_000
# So many messages to one colleague go out in one mail at most.
GATHERED = 100


def failed_messages() -> QuerySet[Message]:
    """The messages that were given up, among the newest of all."""
    newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
    return Message.objects.filter(pk__gt=newest - NEWEST, delivery=Delivery.FAILED)


def due_messages() -> QuerySet[Message]:
    """Queued messages whose next attempt has come, and that do not go out in the mail of another one."""
    return Message.objects.filter(
        delivery=Delivery.QUEUED, next_attempt_at__lte=timezone.now(), sent_with__isnull=True
    )


def claim_message(message: Message, *, lease: timedelta) -> bool:
    """Take the message for one attempt; False when another worker has it. After the lease it is due again.

    What else waits for the same colleague is taken with it, to go out in the same mail.
    """
    # What is gathered must not be forgotten: that mail may have gone out, and must say the same again.
    is_staff = message.purpose == Message.Purpose.STAFF
    with transaction.atomic() if is_staff else written_soon():
        return _claim(message, timezone.now() + lease)


def _claim(message: Message, until: datetime) -> bool:
    seen = due_messages().filter(pk=message.pk, attempts=message.attempts)
    if not seen.update(attempts=F("attempts") + 1, next_attempt_at=until):
        return False
    message.attempts, message.next_attempt_at = message.attempts + 1, until
    if message.purpose == Message.Purpose.STAFF:
        if message.attempts == 1:
            _gather(message)
        gathered_with(message).update(attempts=message.attempts, next_attempt_at=until)
    return True


def gathered_with(message: Message) -> QuerySet[Message]:
    """The other queued messages that go out in the mail of this one, oldest first."""
    return Message.objects.filter(sent_with=message, delivery=Delivery.QUEUED).order_by("id")


def _gather(message: Message) -> None:
    """Let what waits for the same colleague go out with the message.

    Only before its first attempt: a mail that may have arrived must say the same when it is sent again.
    """
    waiting = Message.objects.filter(
        delivery=Delivery.QUEUED, purpose=Message.Purpose.STAFF, recipient=message.recipient,
        language=message.language, attempts=0, sent_with__isnull=True,
    ).exclude(pk=message.pk)  # fmt: skip
    # What another worker is taking is left to it.
    free = waiting.select_for_update(skip_locked=True).order_by("id").values_list("pk", flat=True)
    Message.objects.filter(pk__in=list(free[: GATHERED - 1])).update(sent_with=message)


class NotOursError(Exception):
    """The message was delivered or given up by another worker meanwhile."""


@contextlib.contextmanager
def delivered(message: Message, *, again_at: datetime) -> Iterator[dict[str, Refusal]]:
    """Around handing the message to the mail server: it counts as delivered as soon as the server has taken it.

    What the server says about single recipients is put into the yielded dictionary by their addresses: those are tried
    `again_at`, or given up. An error leaves the message queued. Raises NotOursError before anything is handed over.
    """
    refused: dict[str, Refusal] = {}
    if connection.vendor == "sqlite":
        # SQLite would keep every other writer waiting for the mail server; so it is written down afterwards.
        yield refused
        if refused:
            settle_refusals(message, refused, again_at=again_at)
        else:
            _mark_delivered(message)
        return
    # What may be lost with the machine: the mail would go out again, under the same key.
    with written_soon():
        if not _mark_delivered(message):
            raise NotOursError
        yield refused
        # Here nothing else may stand: a worker killed between the server's answer and the commit doubles the mail.
        if refused:
            settle_refusals(message, refused, again_at=again_at)


def _mark_delivered(message: Message) -> int:
    also_to = settled(message.also_to, str(Delivery.SENT))
    has_failed = any(copy["delivery"] == Delivery.FAILED for copy in also_to)
    return _queued(message).update(
        delivery=Delivery.FAILED if has_failed else Delivery.SENT, next_attempt_at=None, delivery_error="",
        delivered_at=message.delivered_at or timezone.now(), also_to=also_to,
    )  # fmt: skip


@transaction.atomic
def settle_refusals(message: Message, refused: Mapping[str, Refusal], *, again_at: datetime) -> None:
    """Write down that some recipients were refused: for them it is tried again, or given up for good."""
    was_waiting = set(message.waiting_addresses)
    own = refused.get(message.recipient) if message.delivered_at is None else None
    also_to = refused_among(message.also_to, refused)
    # Who was refused for good is asked once more where others are: only then it is settled for all.
    waits = bool(waiting(also_to)) or (own is not None and not own.is_permanent)
    has_failed = own is not None or any(copy["delivery"] == Delivery.FAILED for copy in also_to)
    state = Delivery.QUEUED if waits else Delivery.FAILED if has_failed else Delivery.SENT
    Message.objects.filter(pk=message.pk).update(
        delivery=state, next_attempt_at=again_at if waits else None, also_to=also_to,
        delivered_at=None if own else message.delivered_at or timezone.now(),
        delivery_error=_short(own.words) if own else "",
    )  # fmt: skip
    for_good = [address for address in was_waiting & refused.keys() if refused[address].is_permanent]
    for address in for_good:
        if address != message.recipient or not waits:
            _record_failure(lock(message.ticket), message, address)


def postpone_message(message: Message, error: str, *, until: datetime, is_counted: bool = True) -> None:
    """Try again later; an attempt that never reached the server is not counted."""
    attempts = message.attempts if is_counted else max(0, message.attempts - 1)
    _queued(message).update(attempts=attempts, next_attempt_at=until, delivery_error=_short(error))


def postpone_due_messages(*, until: datetime, which: Q | None = None) -> None:
    """Nothing can go out for now: leave all that is due, or `which` of it, until then."""
    due_messages().filter(which or Q()).update(next_attempt_at=until)


def record_delivery_failure(message: Message, error: str) -> None:
    """Give the message up, and write it into the ticket's history, so that somebody looks for another way."""
    # The message itself last: until then those that go with it are found through it.
    for one in (*gathered_with(message).select_related("ticket"), message):
        _give_up(one, error)


@transaction.atomic
def _give_up(message: Message, error: str) -> None:
    held = lock(message.ticket)
    queued = Message.objects.filter(pk=message.pk, delivery=Delivery.QUEUED)
    also_to = settled(message.also_to, str(Delivery.FAILED), _short(error)[:300])
    own = _short(error) if message.delivered_at is None else ""
    if not queued.update(delivery=Delivery.FAILED, next_attempt_at=None, delivery_error=own, also_to=also_to):
        return
    for address in message.waiting_addresses:
        _record_failure(held, message, address)


def _record_failure(held: Ticket, message: Message, address: str) -> None:
    turn = Turn(held, actor=None)
    to = {} if address == message.recipient else {"recipient": address}
    turn.record(EventKind.DELIVERY_FAILED, message=message.pk, **to)
    turn.close()


@transaction.atomic
def record_bounce(message: Message, error: str, *, recipient: str = "") -> None:
    """A mail that a server had taken came back: it counts as not delivered, and the address as not reached.

    `recipient` is whom the report names; one who got a copy is marked alone.
    """
    held, error = lock(message.ticket), _short(error)
    kept = Message.objects.get(pk=message.pk)
    copies = [copy for copy in kept.also_to if copy["address"].lower() == recipient.lower()]
    if copies:
        is_new = any(copy["delivery"] != Delivery.FAILED for copy in copies)
        for copy in copies:
            copy |= {"delivery": str(Delivery.FAILED), "error": error[:300]}
    else:
        is_new = not kept.delivery_error and kept.delivery != Delivery.NONE
        kept.delivery_error = error
    if not is_new:
        return
    kept.delivery, kept.next_attempt_at = Delivery.FAILED, None
    kept.save(update_fields=["delivery", "next_attempt_at", "delivery_error", "also_to"])
    mark_unreachable("email", recipient if copies else kept.recipient, error)
    turn = Turn(held, actor=None)
    turn.record(
        EventKind.DELIVERY_FAILED, message=kept.pk, **({"recipient": copies[0]["address"]} if copies else {})
    )
    turn.close()


@transaction.atomic
def try_delivery_again(message: Message, *, actor: Any, recipient: str = "") -> bool:
    """Queue a message anew that was given up, to another address if one is given; False when it was not given up."""
    held = lock(message.ticket)
    failed = Message.objects.filter(pk=message.pk, delivery=Delivery.FAILED)
    fields: dict[str, Any] = {"sent_with": None, **({"recipient": recipient} if recipient else {})}
    fields["also_to"] = [
        {**copy, "delivery": str(Delivery.QUEUED)} if copy["delivery"] == Delivery.FAILED else copy
        for copy in message.also_to
    ]
    if message.delivery_error or fields["also_to"] == message.also_to:
        # It is the mail itself that did not arrive, perhaps after a server had taken it.
        fields["delivered_at"] = None
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
    """The message while it is queued, and those that go out with it."""
    queued = Message.objects.filter(delivery=Delivery.QUEUED)
    if message.purpose == Message.Purpose.STAFF:
        return queued.filter(Q(pk=message.pk) | Q(sent_with=message))
    return queued.filter(pk=message.pk)


def _short(error: str) -> str:
    longest = Message._meta.get_field("delivery_error").max_length
    return " ".join(error.split())[:longest]
