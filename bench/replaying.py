"""How long a what-if over 10,000 tickets takes, and moving 10,000 open tickets to a new version."""

import time

from django.db import transaction
from django.utils import timezone

from catalog.models import Category
from customers.models import Customer
from sla.models import SlaPolicy
from sla.services import record_version
from staff.models import User
from tickets.models import Ticket
from tickets.replay.rules import Rules
from tickets.replay.running import Run, go_on
from tickets.replay.typed import typed_policy
from tickets.rulebook import current_rulebook
from tickets.services import create_ticket, replay_changes, take_step
from tickets.tests.copies import copy_ticket

TICKETS = 10_000


def report_replaying() -> None:
    """Try a changed policy on 10,000 open tickets, then move them to it, and print both; nothing stays."""
    with transaction.atomic():
        policy = _open_tickets()
        _what_if(policy)
        _recompute(policy)
        transaction.set_rollback(True)


def _open_tickets() -> SlaPolicy:
    """Make the tickets, which the replay can tell again; return the policy that serves them."""
    agent = User.objects.get(email="agent00@bench.example")
    ticket = create_ticket(customer=Customer.objects.earliest("pk"), subject="电饭煲漏水", body="漏水了")
    if ticket.status == "received":
        category = Category.objects.get(code="product-fault")
        ticket = take_step(ticket, "classify", actor=agent, category=category, priority="normal")
    copy_ticket(ticket, TICKETS - 1)
    promise = ticket.promises.select_related("policy").get(kind="resolution", dropped_at__isnull=True)
    assert promise.policy is not None
    return promise.policy


def _what_if(policy: SlaPolicy) -> None:
    policy.resolution_minutes = (policy.resolution_minutes or 0) + 60
    saved = Rules(current_rulebook())
    drafted = Rules(
        saved.rulebook, draft=typed_policy(policy, policy.categories.all(), policy.segments.all())
    )
    last = Ticket.objects.latest("pk").pk
    run = Run(36_500, "", 0, timezone.now(), TICKETS, last_id=last - TICKETS, until_id=last)
    started = time.perf_counter()
    while not run.is_done:
        go_on(run, Ticket.objects.all(), saved, drafted)
    seconds = time.perf_counter() - started
    print(
        f"{'what-if over 10,000 tickets':20} {seconds:6.1f} s   {run.sums.tickets:,} told again, "
        f"{sum(run.sums.left_out.values()):,} left out",
        flush=True,
    )


def _recompute(policy: SlaPolicy) -> None:
    policy.save()
    record_version(policy, reason="benchmark")
    after = Ticket.objects.latest("pk").pk - TICKETS
    actor = User.objects.get(email="manager@bench.example")
    done, started = 0, time.perf_counter()
    while done < TICKETS:
        batch = replay_changes(policy, actor=actor, after_id=after)
        done, after = done + batch.moved + batch.skipped, batch.last_id
        if batch.is_done:
            break
    seconds = time.perf_counter() - started
    print(
        f"{'recompute promises for 10,000 open tickets':20} {seconds:6.1f} s   "
        f"{seconds / max(1, done) * 1000:.1f} ms each, {done:,} done",
        flush=True,
    )
