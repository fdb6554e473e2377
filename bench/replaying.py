"""How long a what-if over 10,000 tickets takes, and moving 10,000 open tickets to a new version."""

import time

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from sla.models import SlaPolicy
from sla.services import record_version
from staff.models import User
from tickets.models import Promise, Ticket
from tickets.replay.rules import Rules
from tickets.replay.running import Run, go_on
from tickets.replay.typed import typed_policy
from tickets.rulebook import current_rulebook
from tickets.services import replay_changes

TICKETS = 10_000


def report_replaying() -> None:
    """Try a changed policy on 10,000 tickets, then move 10,000 open ones to it, and print both; nothing stays."""
    policy = SlaPolicy.objects.get(name="Normal")
    policy.resolution_minutes = (policy.resolution_minutes or 0) + 60
    saved = Rules(current_rulebook())
    drafted = Rules(
        saved.rulebook, draft=typed_policy(policy, policy.categories.all(), policy.segments.all())
    )
    first = Ticket.objects.order_by("-pk").values_list("pk", flat=True)[TICKETS - 1 : TICKETS].first() or 0
    last = Ticket.objects.aggregate(last=Max("pk"))["last"] or 0
    run = Run(36_500, "", 0, timezone.now(), TICKETS, last_id=first - 1, until_id=last)
    started = time.perf_counter()
    while not run.is_done:
        go_on(run, Ticket.objects.all(), saved, drafted)
    seconds = time.perf_counter() - started
    print(
        f"{'what-if over 10,000 tickets':20} {seconds:6.1f} s   {run.sums.tickets:,} told again, "
        f"{sum(run.sums.left_out.values()):,} left out",
        flush=True,
    )
    with transaction.atomic():
        _recompute(policy)
        transaction.set_rollback(True)


def _recompute(policy: SlaPolicy) -> None:
    running = Promise.objects.filter(met_at__isnull=True, dropped_at__isnull=True, policy=policy)
    tickets = Ticket.objects.open().filter(pk__in=running.values("ticket")).order_by("-pk")
    chosen = set(tickets.values_list("pk", flat=True)[:TICKETS])
    policy.save()
    record_version(policy, reason="benchmark")
    after = min(chosen, default=1) - 1
    actor = User.objects.get(email="manager@bench.example")
    done, started = 0, time.perf_counter()
    while done < len(chosen):
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
