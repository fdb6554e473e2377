"""What time brings about; each may run twice, or in two workers at once."""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from tickets.choices import EventKind, Status
from tickets.models import Promise, Ticket
from tickets.services.door import lock
from tickets.services.intake import assign_if_possible
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
    """Classified tickets that nobody ever had; what somebody handed back is left to people."""
    settled = timezone.now() - timedelta(seconds=5)
    return Ticket.objects.filter(
        status=Status.CLASSIFIED, assignee__isnull=True, assigned_at__isnull=True, team__isnull=False,
        updated_at__lt=settled, team__members__is_present=True, team__members__is_active=True,
    ).distinct()  # fmt: skip


def assign_waiting_tickets() -> int:
    """Give tickets to people who have come in since; return how many."""
    assigned = 0
    for ticket in tickets_to_assign().order_by("due_at", "id")[:BATCH]:
        with transaction.atomic():
            held = lock(ticket)
            if held.status != Status.CLASSIFIED or held.assigned_at is not None:
                continue
            turn = Turn(held, actor=None)
            if assign_if_possible(turn):
                turn.close()
                assigned += 1
    return assigned
