"""How a ticket and its promises were, kept so that they can be put back exactly as if nothing had been done."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import models

from tickets.choices import Status
from tickets.models import Promise, PromisePause, Ticket
from tickets.workflow import MOVES

OF_PROMISE = (
    "spent_seconds", "running_since_at", "due_at", "met_at", "broken_at", "dropped_at", "next_stage_at",
    "escalated_to_seconds",
)  # fmt: skip
# What no status on the way back has.
_ON_THE_WAY = {
    "waiting_since_at": None, "resolved_at": None, "surveyed_at": None, "survey_outcome": "", "cancelled_at": None,
    "cancel_reason": "",
}  # fmt: skip


def as_it_is(ticket: Ticket, fields: Sequence[str], promises: Sequence[Promise]) -> dict[str, Any]:
    """What is kept of a ticket that is about to change; asks the database nothing."""
    return {
        "ticket": _written(ticket, fields),
        "promises": [[promise.pk, _written(promise, OF_PROMISE)] for promise in promises],
    }


def put_back(held: Ticket, undo: dict[str, Any], changed_at: datetime, now: datetime) -> None:
    """Put back what was changed at one moment: the ticket's fields, its promises and their pauses."""
    promises = Promise.objects.filter(ticket=held.pk)
    pauses = PromisePause.objects.filter(promise__ticket=held.pk)
    pauses.filter(started_at=changed_at).delete()
    promises.filter(started_at=changed_at).exclude(pk__in=[pk for pk, _values in undo["promises"]]).delete()
    for pk, values in undo["promises"]:
        promises.filter(pk=pk).update(**_read(Promise, values))
    pauses.filter(ended_at=changed_at).update(ended_at=None)
    values = _read(Ticket, undo["ticket"])
    rows = Ticket.objects.filter(pk=held.pk)
    for status in _way(held.status, values["status"])[:-1]:
        # The database lets a ticket go back only by moves that some step makes.
        rows.update(status=status, **_ON_THE_WAY)
    rows.update(**values, version=held.version + 1, updated_at=now)


def _way(status: str, back_to: str) -> list[str]:
    """The statuses that lead from one to another by moves that there are, the last one being the other."""
    ways, seen = deque([[status]]), {status}
    while ways:
        way = ways.popleft()
        if way[-1] == back_to:
            return way[1:] or [back_to]
        for before, after in sorted(MOVES):
            # Who waits or is done has dates of its own, and is no stop on the way.
            if before == way[-1] and after not in seen and after in {*_STOPS, back_to}:
                seen.add(after)
                ways.append([*way, after])
    raise ValueError(f"No steps lead from {status} to {back_to}.")


_STOPS = (Status.RECEIVED.value, Status.CLASSIFIED.value, Status.ASSIGNED.value)


def _written(row: models.Model, names: Sequence[str]) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in names}
    # To the microsecond, which Django's own encoder leaves out.
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }


def _read(model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    fields: Any = {name: model._meta.get_field(name) for name in values}
    return {name: fields[name].to_python(value) for name, value in values.items()}
