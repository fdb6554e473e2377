"""What time brings about; each may run twice, or in two workers at once."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from staff.duty import on_duty_ids
from tickets.choices import EventKind, Status
from tickets.models import Promise, Ticket
from tickets.services.assigning import assign_if_possible
from tickets.services.door import lock
from tickets.services.duty import follow_duty
from tickets.services.turn import Turn

BATCH = 200
# Of waiting tickets so many are looked at in one sweep, the first in the queue; looking costs next to nothing.
LOOKED_AT = 5_000


def overdue_promises() -> QuerySet[Promise]:
    """Running promises that fell due and are not marked broken yet."""
    return Promise.objects.filter(
        met_at__isnull=True, dropped_at__isnull=True, broken_at__isnull=True, running_since_at__isnull=False,
        due_at__lt=timezone.now(),
    )  # fmt: skip


def mark_broken_promises() -> int:
    """Mark promises that fell due as broken, each with one event; return how many."""
    # First the clocks that stand since the team's last shift ended, which the look every so often has not noticed yet.
    follow_duty()
    marked = 0
    for promise in overdue_promises().order_by("due_at")[:BATCH]:
        with transaction.atomic():
            held = lock(promise.ticket)
            # Compare and set: of two sweeps one marks it.
            if overdue_promises().filter(pk=promise.pk).update(broken_at=promise.due_at):
                turn = Turn(held, actor=None)
                turn.record(EventKind.PROMISE_BROKEN, promise=promise.pk, promise_kind=promise.kind)
                turn.close()
                marked += 1
    return marked


def tickets_to_assign() -> QuerySet[Ticket]:
    """Classified tickets that nobody ever had, of teams with somebody on duty.

    What somebody handed back is left to people. What waits for a team's next shift is no work yet, and must not
    stand before the tickets of other teams.
    """
    now = timezone.now()
    waiting = Ticket.objects.filter(
        status=Status.CLASSIFIED, assignee__isnull=True, assigned_at__isnull=True,
        updated_at__lt=now - timedelta(seconds=5), team__is_active=True,
    )  # fmt: skip
    teams = waiting.order_by().values_list("team", flat=True).distinct()
    return waiting.filter(team__in=[team for team in teams if on_duty_ids(team, now)])


def assign_waiting_tickets() -> int:
    """Give tickets to people who have come in or are no longer full, premium tickets first; return how many."""
    assigned = 0
    # What nobody of a team can have now: others that ask for as much need not be tried, however many wait.
    hopeless: set[tuple[Any, ...]] = set()
    waiting = tickets_to_assign().order_by("queue_at", "id")
    for ticket in waiting.only("team", "routing_rule", "queue_at")[:LOOKED_AT]:
        asks = (ticket.team_id, ticket.routing_rule_id)
        if asks in hopeless:
            continue
        is_given = _assign(ticket)
        if is_given:
            assigned += 1
        elif is_given is False:
            hopeless.add(asks)
        if assigned == BATCH:
            break
    return assigned


@transaction.atomic
def _assign(ticket: Ticket) -> bool | None:
    """Whether somebody got it; None when somebody took it meanwhile."""
    held = lock(ticket)
    if held.status != Status.CLASSIFIED or held.assigned_at is not None:
        return None
    turn = Turn(held, actor=None)
    if not assign_if_possible(turn):
        return False
    turn.close()
    return True
