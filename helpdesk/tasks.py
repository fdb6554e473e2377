"""Housekeeping of the background work itself."""

from datetime import timedelta

from django.core.management import call_command
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult, get_date_max

from helpdesk import digests
from staff import counting

# No task of ours runs so long; one that seems to has lost its worker.
LOST_AFTER = timedelta(minutes=15)
MOST_STARTS = 3
KEPT_DAYS, FAILED_KEPT_DAYS = 1, 30


class WorkerLost(Exception):
    """The worker of a task was killed, and not for the first time."""


def lost_tasks() -> QuerySet[DBTaskResult]:
    """Tasks that a killed worker left running."""
    return DBTaskResult.objects.running().filter(started_at__lt=timezone.now() - LOST_AFTER)


@task()
def return_lost_tasks() -> int:
    """Give tasks of killed workers to others; one that lost several workers is marked as failed. Return how many."""
    returned = 0
    for row in lost_tasks():
        if len(row.worker_ids) >= MOST_STARTS:
            row.set_failed(WorkerLost(f"Lost {len(row.worker_ids)} workers."))
            continue
        # Compare and set: it may have come to an end meanwhile.
        unchanged = lost_tasks().filter(pk=row.pk, started_at=row.started_at)
        returned += unchanged.update(status=TaskResultStatus.READY, run_after=get_date_max())
    return returned


@task()
def prune_finished_tasks() -> None:
    """Delete the rows of tasks that ended long ago."""
    call_command(
        "prune_db_task_results",
        queue_name="*",
        min_age_days=KEPT_DAYS,
        failed_min_age_days=FAILED_KEPT_DAYS,
        verbosity=0,
    )


@task()
def mail_digests() -> int:
    """Mail people what they were told about tickets and have not read; return to how many."""
    return digests.mail_digests()


@task()
def forget_old_counts() -> None:
    """Delete counts of requests that no limit asks for any more, and the addresses in them."""
    counting.forget_old_counts()


@task()
def clear_expired_sessions() -> None:
    """Delete sessions that have expired."""
    call_command("clearsessions", verbosity=0)
