"""How long it takes to give out a thousand waiting tickets, whatever else there is."""

import time
import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from staff.models import Team
from tickets.models import Ticket
from tickets.services import assign_waiting_tickets

WAITING = 1_000


def report_assigning() -> None:
    """Let a thousand tickets wait, give them all out by the sweep, and print how long it took; nothing stays."""
    with transaction.atomic():
        let_wait(WAITING)
        started, given = time.perf_counter(), 0
        while more := assign_waiting_tickets():
            given += more
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    print(
        f"{'assign 1,000 tickets':20} {seconds:6.1f} s   {seconds / given * 1000:.1f} ms each, {given:,} given",
        flush=True,
    )


def let_wait(number: int) -> None:
    """Make classified tickets that nobody ever had, shared among the teams."""
    like = Ticket.objects.filter(status="classified").latest("id")
    teams, long_ago = list(Team.objects.all()), timezone.now().replace(microsecond=0)
    # What waits already is not this measurement's.
    Ticket.objects.filter(status="classified", assigned_at=None).update(assigned_at=long_ago)
    Ticket.objects.bulk_create(
        Ticket(
            status="classified", subject=like.subject, customer_id=like.customer_id, category_id=like.category_id,
            priority="normal", team=teams[place % len(teams)], link_nonce=uuid.uuid4().hex, token_hash=uuid.uuid4().hex,
            classified_at=long_ago, updated_at=long_ago - timedelta(minutes=1), due_at=long_ago, queue_at=long_ago,
        )
        for place in range(number)
    )  # fmt: skip
