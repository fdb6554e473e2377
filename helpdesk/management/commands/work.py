"""The worker: runs background tasks, keeps the schedule that wakes them, and fetches mail."""

import logging
import os
import socket
import time
from argparse import ArgumentParser
from threading import Event, Thread
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, connections
from django.utils.crypto import get_random_string
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS, task_backends
from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult
from django_tasks_db.utils import exclusive_transaction

from channels.receiving.fetching import keep_fetching
from common.room import with_room
from helpdesk.schedule import keep_schedule, start_due

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.5
DATABASE_AWAY_SECONDS = 2
# Whoever waits for a page comes first; what the worker does may take a moment longer.
NICENESS = 10


class Command(BaseCommand):
    help = "Run background tasks and keep the schedule; start as many of these as the work needs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", action="store_true", help="Run what there is to do now, then end.")
        parser.add_argument(
            "--queues", default="*", help="Serve only these queues, separated by commas: default, mail."
        )

    def handle(self, *, batch: bool, queues: str, **options: Any) -> None:
        if batch:
            start_due(even_early=True)
            run_batch(make_worker(queues))
            return
        os.nice(NICENESS)
        # The worker logs each start and end; without a level of its own that would be hidden.
        logging.getLogger("django_tasks").setLevel(logging.INFO)
        stop = Event()
        schedule = Thread(target=keep_schedule, args=(stop,), name="schedule", daemon=True)
        schedule.start()
        # In a thread of its own: a mail server that does not answer must not hold up anything else.
        Thread(target=keep_fetching, args=(stop,), name="fetching", daemon=True).start()
        try:
            if isinstance(task_backends[DEFAULT_TASK_BACKEND_ALIAS], DatabaseBackend):
                worker = make_worker(queues)
                worker.configure_signals()
                with_room(run)(worker)
            else:
                # Another engine has workers of its own; what it lacks is the schedule.
                schedule.join()
        finally:
            stop.set()
            schedule.join(2)


def make_worker(queues: str) -> Worker:
    """The database engine's own worker, named so that an operator finds it."""
    return Worker(
        queue_names=queues.split(","), excluded_queue_names=[], interval=INTERVAL_SECONDS, batch=False,
        backend_name=DEFAULT_TASK_BACKEND_ALIAS, startup_delay=False, max_tasks=None,
        worker_id=f"{socket.gethostname()[:30]}-{os.getpid()}-{get_random_string(8)}",
    )  # fmt: skip


def run(worker: Worker) -> None:
    """Work until a signal ends it; a database that is away for a moment is waited for."""
    while worker.running:
        try:
            worker.run()
        except Error:
            logger.exception("The database did not answer; trying again.")
            connections.close_all()
            time.sleep(DATABASE_AWAY_SECONDS)


def run_batch(worker: Worker) -> None:
    """Run the tasks that are ready, and those that they wake, on this thread's connection as it is.

    The engine's own batch closes connections between tasks, which would end a test's transaction.
    """
    ready = DBTaskResult.objects.ready().filter(backend_name=worker.backend_name)
    if not worker.process_all_queues:
        ready = ready.filter(queue_name__in=worker.queue_names)
    while True:
        with exclusive_transaction(ready.db):
            task = ready.all().get_locked()
            if task is None:
                return
            task.claim(worker.worker_id)
        worker.run_task(task)
