"""Periodic work: what is looked at how often, and the turns that of many workers one takes.

A turn only wakes a task. What the task does is found in the database by the task itself, so a turn that is lost
or taken twice changes nothing.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from django.db import close_old_connections, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

import channels.tasks
import surveys.tasks
import tickets.tasks
from channels.receiving.keeping import mails_to_read
from channels.receiving.spam import events_to_learn_from
from helpdesk import tasks
from helpdesk.models import Schedule
from staff.shift_ends import ends_to_work_off
from surveys.services import invitations_due, tickets_to_ask
from tickets.services import (
    due_messages,
    events_to_read,
    follow_ups_due,
    is_duty_to_follow,
    is_time_up,
    notices_to_mail,
    open_tellings,
    stages_due,
)
from tickets.services.bulk import jobs_to_resume
from tickets.services.sweeps import overdue_promises, tickets_to_assign

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0


@dataclass(frozen=True)
class Entry:
    """One piece of periodic work; without `is_needed` the task is woken every time."""

    name: str
    every: timedelta
    task: Any
    is_needed: Callable[[], bool] | None = None


ENTRIES: tuple[Entry, ...] = (
    Entry(
        gettext_noop("deliver queued messages"),
        timedelta(seconds=2),
        channels.tasks.deliver_queued,
        lambda: due_messages().exists(),
    ),
    Entry(
        gettext_noop("take in received mails"),
        timedelta(seconds=2),
        channels.tasks.take_in_received,
        lambda: mails_to_read().exists(),
    ),
    Entry(
        gettext_noop("learn what is spam"),
        timedelta(minutes=1),
        channels.tasks.learn_spam,
        lambda: events_to_learn_from().exists(),
    ),
    Entry(
        gettext_noop("stop and start clocks by duty"),
        timedelta(seconds=15),
        tickets.tasks.follow_duty,
        is_duty_to_follow,
    ),
    Entry(
        gettext_noop("mark broken promises"),
        timedelta(seconds=15),
        tickets.tasks.mark_broken_promises,
        lambda: overdue_promises().exists(),
    ),
    Entry(
        gettext_noop("escalate"),
        timedelta(seconds=15),
        tickets.tasks.escalate,
        lambda: stages_due().exists(),
    ),
    Entry(
        gettext_noop("tell the tickets of incidents"),
        timedelta(seconds=2),
        tickets.tasks.tell_all,
        lambda: open_tellings().exists(),
    ),
    Entry(
        gettext_noop("wake follow-ups"),
        timedelta(seconds=10),
        tickets.tasks.wake_follow_ups,
        lambda: follow_ups_due().exists(),
    ),
    Entry(
        gettext_noop("mail digests of notices"),
        timedelta(minutes=1),
        tasks.mail_digests,
        lambda: notices_to_mail().exists(),
    ),
    Entry(gettext_noop("forget old notices"), timedelta(days=1), tickets.tasks.forget_old_notices),
    Entry(
        gettext_noop("assign waiting tickets"),
        timedelta(seconds=10),
        tickets.tasks.assign_waiting_tickets,
        lambda: tickets_to_assign().exists(),
    ),
    Entry(
        gettext_noop("work off shift ends"),
        timedelta(seconds=30),
        tickets.tasks.work_off_shift_ends,
        lambda: bool(ends_to_work_off(timezone.now())),
    ),
    Entry(
        gettext_noop("run automation rules"),
        timedelta(seconds=3),
        tickets.tasks.run_automation,
        lambda: events_to_read().exists(),
    ),
    Entry(
        gettext_noop("run automation rules of time"),
        timedelta(seconds=30),
        tickets.tasks.run_automation_of_time,
        is_time_up,
    ),
    Entry(
        gettext_noop("forget old runs of automation rules"), timedelta(days=1), tickets.tasks.forget_old_runs
    ),
    Entry(
        gettext_noop("ask about resolved tickets"),
        timedelta(seconds=30),
        surveys.tasks.ask_resolved,
        lambda: tickets_to_ask().exists(),
    ),
    Entry(
        gettext_noop("remind of surveys and close them"),
        timedelta(seconds=30),
        surveys.tasks.remind_and_close,
        lambda: invitations_due().exists(),
    ),
    Entry(
        gettext_noop("return lost tasks"),
        timedelta(minutes=1),
        tasks.return_lost_tasks,
        lambda: tasks.lost_tasks().exists(),
    ),
    Entry(
        gettext_noop("go on with bulk changes"),
        timedelta(seconds=15),
        tickets.tasks.resume_bulk_jobs,
        lambda: jobs_to_resume().exists(),
    ),
    Entry(gettext_noop("forget old bulk changes"), timedelta(days=1), tickets.tasks.prune_bulk_jobs),
    Entry(
        gettext_noop("forget files that were never sent"), timedelta(days=1), tickets.tasks.forget_draft_files
    ),
    Entry(gettext_noop("forget old mails"), timedelta(days=1), channels.tasks.forget_old_mails),
    Entry(gettext_noop("prune finished tasks"), timedelta(days=1), tasks.prune_finished_tasks),
    Entry(gettext_noop("forget old counts of requests"), timedelta(hours=1), tasks.forget_old_counts),
    Entry(gettext_noop("clear expired sessions"), timedelta(days=1), tasks.clear_expired_sessions),
)


def start_due(entries: Iterable[Entry] = ENTRIES, *, even_early: bool = False) -> list[str]:
    """Wake the tasks whose turn has come and that are needed; return their names.

    `even_early`: needed work does not wait for its turn.
    """
    entries, now = list(entries), timezone.now()
    moments = dict(Schedule.objects.values_list("name", "next_run_at"))
    if missing := [entry.name for entry in entries if entry.name not in moments]:
        rows = [Schedule(name=name, next_run_at=now) for name in missing]
        Schedule.objects.bulk_create(rows, ignore_conflicts=True)
        moments |= dict(Schedule.objects.filter(name__in=missing).values_list("name", "next_run_at"))
    started = []
    for entry in entries:
        if moments[entry.name] > now and not (even_early and entry.is_needed):
            continue
        try:
            if take_turn(entry, moments[entry.name], now):
                started.append(entry.name)
        except Exception:
            # One broken piece of work must not stop the others; its next turn comes.
            logger.exception("The turn of “%s” failed.", entry.name)
    return started


@transaction.atomic
def take_turn(entry: Entry, moment: datetime, now: datetime) -> bool:
    """Move the entry on from the moment that was seen and wake its task; False when another worker was first."""
    turn = Schedule.objects.filter(name=entry.name, next_run_at=moment)
    if not turn.update(next_run_at=now + entry.every, last_run_at=now):
        return False
    if entry.is_needed is not None and not entry.is_needed():
        return False
    # One that still waits for a busy worker will find today's work too.
    if DBTaskResult.objects.filter(task_path=entry.task.module_path, status=TaskResultStatus.READY).exists():
        return False
    entry.task.enqueue()
    return True


def keep_schedule(stop: Event) -> None:
    """Take turns until told to stop; for a thread of its own."""
    while not stop.is_set():
        close_old_connections()
        try:
            start_due()
        except Exception:
            # The database is away for a moment; it will be back.
            logger.exception("The schedule could not be read.")
        stop.wait(TICK_SECONDS)
    connection.close()
