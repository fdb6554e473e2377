"""How long the sweep of due escalation stages takes: by what is due, whatever else there is."""

import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from tickets.models import EscalationStage, Promise
from tickets.services import fire_due_stages

SIZES = (100, 200, 400)


def report_escalating() -> None:
    """Let stages fall due, fire them all by the sweep, and print how long it took; nothing stays."""
    for due in SIZES:
        with transaction.atomic():
            let_fall_due(due)
            started, fired = time.perf_counter(), 0
            while more := fire_due_stages():
                fired += more
            seconds = time.perf_counter() - started
            transaction.set_rollback(True)
        print(
            f"{f'sweep of {due} due stages':20} {seconds:6.1f} s   {seconds / max(1, fired) * 1000:.1f} ms each, "
            f"{fired:,} fired",
            flush=True,
        )
    started = time.perf_counter()
    fire_due_stages()
    print(f"{'sweep of none':20} {(time.perf_counter() - started) * 1000:6.1f} ms", flush=True)


def let_fall_due(number: int) -> None:
    """Let exactly so many promises reach the one stage of their policy a minute ago."""
    now = timezone.now()
    Promise.objects.filter(next_stage_at__lte=now).update(next_stage_at=None)
    running = Promise.objects.filter(
        met_at__isnull=True,
        dropped_at__isnull=True,
        running_since_at__isnull=False,
        kind="resolution",
        policy__isnull=False,
    )
    chosen = list(running.order_by("-id").values_list("pk", flat=True)[:number])
    EscalationStage.objects.all().delete()
    policies = Promise.objects.filter(pk__in=chosen).order_by().values_list("policy", flat=True).distinct()
    EscalationStage.objects.bulk_create(
        EscalationStage(policy_id=pk, watches="resolution", at_minutes=0, tells_assignee=True)
        for pk in policies
    )
    began = now - timedelta(days=3_650)
    Promise.objects.filter(pk__in=chosen).update(
        running_since_at=began, started_at=began, due_at=now - timedelta(minutes=1), counts="clock",
        next_stage_at=now - timedelta(minutes=1),
    )  # fmt: skip
