"""Coming back to a ticket at a set moment: it then comes to whoever has it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.sweeping import LOOKED_AT, one_by_one
from tickets.choices import EventKind
from tickets.models import Ticket
from tickets.services.door import lock
from tickets.services.refusal import StepRefused
from tickets.services.turn import Turn

BATCH = 200


@transaction.atomic
def set_follow_up(ticket: Ticket, at: datetime | None, *, actor: Any, note: str = "") -> Ticket:
    """Say when to come back to the ticket, or (None) that nobody need; raise StepRefused for a moment that is over."""
    if at is not None and at <= timezone.now():
        raise StepRefused([_("This moment is over already. Choose a later one.")])
    held = lock(ticket)
    if at is None and held.follow_up_at is None:
        return held
    if at is not None and not held.is_open:
        raise StepRefused([_("The ticket is closed. Open it again, then set a date.")])
    turn = Turn(held, actor=actor, is_quiet=True)
    _write(held, at, turn.now, actor)
    data = {"what": "set", "until": at.isoformat()} if at else {"what": "cleared"}
    turn.record(EventKind.FOLLOW_UP, **data, **({"note": note} if note else {}))
    return turn.close()


def follow_ups_due() -> QuerySet[Ticket]:
    """Tickets to come back to now."""
    return Ticket.objects.filter(follow_up_at__lte=timezone.now())


def wake_follow_ups() -> int:
    """Bring the tickets whose moment has come to whoever has them; return how many."""
    due = follow_ups_due().order_by("follow_up_at").values_list("pk", flat=True)
    return one_by_one(due[:LOOKED_AT], _wake, most=BATCH).done


def _wake(ticket_id: int) -> int:
    held = lock(Ticket(pk=ticket_id))
    # Compare and set: another worker may have been quicker, or somebody has chosen a later moment.
    if held.follow_up_at is None or held.follow_up_at > timezone.now():
        return 0
    turn = Turn(held, actor=None, is_quiet=True)
    told = held.assignee_id or held.follow_up_by_id
    set_for = held.follow_up_at
    _write(held, None, turn.now, None)
    if held.is_open:
        turn.record(EventKind.FOLLOW_UP, what="due", until=set_for.isoformat(), told=[told] if told else [])
    turn.close()
    return 1


def _write(held: Ticket, at: datetime | None, now: datetime, actor: Any) -> None:
    # Nobody who is writing on the ticket needs to look again.
    held.follow_up_at, held.follow_up_by = at, actor if at else None
    Ticket.objects.filter(pk=held.pk).update(follow_up_at=at, follow_up_by=held.follow_up_by, updated_at=now)
