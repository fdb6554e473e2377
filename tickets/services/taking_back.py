"""Taking a reply back before it has gone out: the ticket and its clocks are as if it had never been written.

The history is not: it says that a reply was written and taken back.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tickets.choices import Delivery, EventKind, MessageKind
from tickets.models import Message, Promise, Ticket
from tickets.services.door import lock
from tickets.services.draft_files import give_back
from tickets.services.refusal import StepRefused
from tickets.services.turn import Turn, settle_parent
from tickets.services.undoing import as_it_is, put_back

# What a reply, and a step that goes with it, change.
_OF_TICKET = (
    "status", "due_at", "due_kind", "queue_at", "last_message_at", "awaits_reply", "first_response_at",
    "waiting_since_at", "resolved_at",
)  # fmt: skip


def undo_time() -> timedelta:
    """So long an agent may take a reply back."""
    return timedelta(seconds=settings.UNDO_SECONDS)


def before_reply(ticket: Ticket, promises: Sequence[Promise]) -> dict[str, Any]:
    """What is kept with a reply so that it can be undone; asks the database nothing."""
    return as_it_is(ticket, _OF_TICKET, promises)


@transaction.atomic
def take_back_reply(message: Message, *, actor: Any) -> Message:
    """Undo a reply of one's own that is still held, and return what it was; raise StepRefused when it is too late.

    Its files are kept with the draft again.
    """
    held = lock(message.ticket)
    now = timezone.now()
    untouched = Q(delivery=Delivery.NONE) | Q(delivery=Delivery.QUEUED, attempts=0)
    found = (
        Message.objects.select_for_update()
        .filter(untouched, pk=message.pk, kind=MessageKind.REPLY, author=actor, held_until__gt=now)
        .first()
    )
    if found is None:
        raise StepRefused(
            [
                _(
                    "The reply has gone out already, so it cannot be taken back. Write another one that puts it right."
                )
            ]
        )
    if held.updated_at != found.created_at:
        raise StepRefused(
            [
                _(
                    "Something has happened on the ticket since, so the reply cannot be taken back. It goes out; "
                    "write another one that puts it right."
                )
            ]
        )
    put_back(held, found.undo or {}, found.created_at, now)
    give_back(found.attachments.all(), actor=actor)
    Message.objects.filter(pk=found.pk).delete()
    turn = Turn(lock(held), actor=actor, now=now, is_quiet=True)
    turn.record(
        EventKind.TAKEN_BACK,
        before=held.status,
        after=turn.ticket.status,
        written_at=found.created_at.isoformat(),
    )
    turn.close()
    if held.parent_id:
        settle_parent(held.parent_id, now)
    found.pk, found.ticket = message.pk, turn.ticket
    return found
