"""Taking a reply back before it has gone out: the ticket and its clocks are as if it had never been written.

The history is not: it says that a reply was written and taken back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from tickets.choices import Delivery, EventKind, MessageKind, Status
from tickets.models import Attachment, Message, Promise, PromisePause, Ticket
from tickets.services.door import lock
from tickets.services.refusal import StepRefused
from tickets.services.turn import Turn, settle_parent
from tickets.workflow import MOVES

# What a reply, and a step that goes with it, change.
_OF_TICKET = (
    "status", "due_at", "due_kind", "queue_at", "last_message_at", "awaits_reply", "first_response_at",
    "waiting_since_at", "resolved_at",
)  # fmt: skip
_OF_PROMISE = (
    "spent_seconds", "running_since_at", "due_at", "met_at", "broken_at", "dropped_at", "next_stage_at",
    "escalated_to_seconds",
)  # fmt: skip


def undo_time() -> timedelta:
    """So long an agent may take a reply back."""
    return timedelta(seconds=settings.UNDO_SECONDS)


def as_it_is(ticket: Ticket, promises: Sequence[Promise]) -> dict[str, Any]:
    """What is kept with a reply so that it can be undone; asks the database nothing."""
    return {
        "ticket": _written(ticket, _OF_TICKET),
        "promises": [[promise.pk, _written(promise, _OF_PROMISE)] for promise in promises],
    }


@transaction.atomic
def take_back_reply(message: Message, *, actor: Any) -> Message:
    """Undo a reply of one's own that is still held, and return what it was; raise StepRefused when it is too late."""
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
    _put_back(held, found, now)
    files = list(found.attachments.all())
    _forget(found, files)
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
    found.pk, found.ticket, found.had_files = message.pk, turn.ticket, bool(files)
    return found


def _put_back(held: Ticket, found: Message, now: Any) -> None:
    written_at, undo = found.created_at, found.undo or {}
    promises = Promise.objects.filter(ticket=held.pk)
    pauses = PromisePause.objects.filter(promise__ticket=held.pk)
    pauses.filter(started_at=written_at).delete()
    promises.filter(started_at=written_at).exclude(pk__in=[pk for pk, _values in undo["promises"]]).delete()
    for pk, values in undo["promises"]:
        promises.filter(pk=pk).update(**_read(Promise, values))
    pauses.filter(ended_at=written_at).update(ended_at=None)
    rows = Ticket.objects.filter(pk=held.pk)
    values = _read(Ticket, undo["ticket"])
    before = values["status"]
    if before != held.status and (held.status, before) not in MOVES:
        # A ticket that waited and was resolved goes back the way that the database lets tickets go.
        rows.update(status=Status.ASSIGNED, resolved_at=None)
    rows.update(**values, version=held.version + 1, updated_at=now)


def _forget(found: Message, files: Sequence[Attachment]) -> None:
    Attachment.objects.filter(pk__in=[file.pk for file in files]).delete()
    Message.objects.filter(pk=found.pk).delete()
    stored = [(file.file.storage, str(file.file.name)) for file in files]

    def delete_files() -> None:
        for storage, name in stored:
            storage.delete(name)

    transaction.on_commit(delete_files)


def _written(row: models.Model, names: Sequence[str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    # To the microsecond, which Django's own encoder leaves out.
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }


def _read(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    fields: Any = {name: model._meta.get_field(name) for name in values}
    return {name: fields[name].to_python(value) for name, value in values.items()}
