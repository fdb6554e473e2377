"""Jobs that change many tickets: started once, worked off ticket by ticket, gone on with after a crash."""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from staff.models import User
from tickets.models import Ticket
from tickets.models.bulk import BulkItem, BulkJob
from tickets.services.bulk.actions import Plan, plan_of
from tickets.services.refusal import StaleTicket, StepRefused

logger = logging.getLogger(__name__)

MOST_TICKETS = 5_000
CHUNK = 50
# So long a worker stays with one job before other tasks have their turn.
SLICE_SECONDS = 8.0
# A worker that has said nothing for so long is gone.
SILENT_AFTER = timedelta(seconds=30)
KEPT = timedelta(days=90)
State = BulkItem.State


@transaction.atomic
def start_job(
    action: str, details: dict[str, Any], keys: Sequence[int], *, actor: User, submission_key: str,
    chosen_from: str = "",
) -> BulkJob:  # fmt: skip
    """Write down what is to be done to which tickets; the same form again is the same job; wake the task then."""
    job, is_new = BulkJob.objects.get_or_create(
        submission_key=submission_key,
        defaults={
            "action": action,
            "details": details,
            "started_by": actor,
            "chosen_from": chosen_from[:200],
        },
    )
    if is_new:
        chosen = list(dict.fromkeys(keys))[:MOST_TICKETS]
        BulkItem.objects.bulk_create([BulkItem(job=job, ticket_id=key) for key in chosen], batch_size=500)
    return job


def undoable_items(job: BulkJob) -> QuerySet[BulkItem]:
    """The tickets of a job for which a way back was kept."""
    if job.undoes_id is not None:
        return BulkItem.objects.none()
    return job.items.filter(state=State.DONE).exclude(before={})


@transaction.atomic
def undo_job(job: BulkJob, *, actor: User) -> BulkJob:
    """Start a job that takes back what this one did, where a step leads back; once for each job."""
    # The row is held, so that of two who press at once the second gets the first one's job.
    held = BulkJob.objects.select_for_update().get(pk=job.pk)
    if (known := BulkJob.objects.filter(undoes=held).first()) is not None:
        return known
    undo = BulkJob.objects.create(
        action=held.action, details=held.details, started_by=actor, undoes=held,
        chosen_from=held.chosen_from, submission_key=f"undo-{held.pk}",
    )  # fmt: skip
    rows = undoable_items(held).order_by("id").values_list("ticket", "before", "version")
    items = [
        BulkItem(job=undo, ticket_id=key, before=before, version=version) for key, before, version in rows
    ]
    BulkItem.objects.bulk_create(items, batch_size=500)
    return undo


def jobs_to_resume() -> QuerySet[BulkJob]:
    """Jobs that are not finished and of which no worker has been heard."""
    return BulkJob.objects.filter(finished_at__isnull=True, moved_at__lt=timezone.now() - SILENT_AFTER)


def work_off(job_id: int, *, seconds: float = SLICE_SECONDS) -> bool:
    """Work on a job for a while; return whether something is left. Two workers on one job share its tickets."""
    job = BulkJob.objects.select_related("started_by").filter(pk=job_id, finished_at__isnull=True).first()
    if job is None:
        return False
    ends_at = time.monotonic() + seconds
    with translation.override(job.started_by.language or translation.get_language()):
        plan = _plan(job)
        while keys := _waiting(job):
            BulkJob.objects.filter(pk=job.pk).update(moved_at=timezone.now())
            settled = sum(_settle(key, job, plan) for key in keys)
            # Nothing but what another worker holds is left.
            if not settled or time.monotonic() > ends_at:
                return True
    BulkJob.objects.filter(pk=job.pk, finished_at__isnull=True).update(finished_at=timezone.now())
    return False


def _plan(job: BulkJob) -> Plan:
    if job.undoes_id is None:
        return plan_of(job.action, job.details, job.started_by)
    details = {name: job.details[name] for name in ("step",) if name in job.details}
    return plan_of(job.action, details | {"note": _("Undone: a change of many tickets.")}, job.started_by)


def _waiting(job: BulkJob) -> list[int]:
    return list(job.items.filter(state=State.PENDING).order_by("id").values_list("pk", flat=True)[:CHUNK])


@transaction.atomic
def _settle(item_id: int, job: BulkJob, plan: Plan) -> bool:
    """Do one ticket and write down what became of it, in one transaction; False when another worker has it."""
    items = BulkItem.objects.select_for_update(skip_locked=True, of=("self",))
    item = items.filter(pk=item_id, state=State.PENDING).first()
    if item is None:
        return False
    try:
        # Undone alone when it is refused, so that the reason can be written down.
        with transaction.atomic():
            _carry_out(item, job, plan)
        item.state = State.DONE
    except StepRefused as refusal:
        item.state, item.reasons = State.REFUSED, refusal.reasons
    except StaleTicket as stale:
        item.state, item.reasons = State.REFUSED, [str(stale)]
    except Exception:
        if not connection.is_usable():
            raise
        logger.exception("Ticket %s of the bulk job %s failed.", item.ticket_id, job.pk)
        item.state = State.FAILED
        item.reasons = [_("Something went wrong inside; an administrator finds it in the log.")]
    item.done_at = timezone.now()
    item.save(update_fields=["state", "reasons", "before", "version", "done_at"])
    return True


def _carry_out(item: BulkItem, job: BulkJob, plan: Plan) -> None:
    tickets = Ticket.objects.visible_to(plan.actor)
    tickets = tickets.select_related("customer", "category", "team", "assignee", "product", "order")
    ticket = tickets.filter(pk=item.ticket_id).first()
    if ticket is None:
        raise StepRefused([_("It is with another team now, and you no longer see it.")])
    if job.undoes_id is None:
        item.before = plan.carry_out(ticket)
    else:
        if ticket.version != item.version:
            raise StepRefused([_("Something has happened to it since, so it stays as it is.")])
        plan.take_back(ticket, item.before)
    item.version = Ticket.objects.values_list("version", flat=True).get(pk=ticket.pk)


def prune_jobs() -> int:
    """Forget finished jobs of long ago; return how many."""
    old = BulkJob.objects.filter(created_at__lt=timezone.now() - KEPT, finished_at__isnull=False)
    _count, by_model = old.delete()
    return by_model.get("tickets.BulkJob", 0)
