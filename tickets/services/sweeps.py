"""What time brings about; each may run twice, or in two workers at once."""

from datetime import timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from common.sweeping import LOOKED_AT, one_by_one
from staff.duty import on_duty_ids
from tickets.choices import EventKind, Status
from tickets.models import Promise, Ticket
from tickets.services.assigning import assign_if_possible
from tickets.services.door import lock
from tickets.services.duty import follow_duty
from tickets.services.turn import Turn

BATCH = 200


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
    due = overdue_promises().order_by("due_at", "id").values_list("pk", flat=True)
    return one_by_one(list(due[:LOOKED_AT]), _mark_broken, most=BATCH).done


def _mark_broken(promise_id: int) -> bool:
    promise = Promise.objects.select_related("ticket").get(pk=promise_id)
    held = lock(promise.ticket)
    # Compare and set: of two sweeps one marks it.
    if not overdue_promises().filter(pk=promise_id).update(broken_at=F("due_at")):
        return False
    turn = Turn(held, actor=None, is_quiet=True)
    turn.record(EventKind.PROMISE_BROKEN, promise=promise_id, promise_kind=promise.kind)
    turn.close()
    return True


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
    # What nobody of a team can have now: others that ask for as much need not be tried, however many wait.
    hopeless: set[tuple[Any, ...]] = set()
    waiting = tickets_to_assign().order_by("queue_at", "id")

    def assign(ticket: Ticket) -> bool:
        asks = (ticket.team_id, ticket.routing_rule_id)
        is_given = asks not in hopeless and _assign(ticket)
        if is_given is False:
            hopeless.add(asks)
        return bool(is_given)

    return one_by_one(waiting.only("team", "routing_rule", "queue_at")[:LOOKED_AT], assign, most=BATCH).done


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
