"""Waiting for mail by IDLE: a server that knows it says at once when mail has come, and the fetching is woken.

Looking every so many seconds stays: it finds what was not said, and serves where a server does not know IDLE.
"""

import logging
import time
from datetime import timedelta
from threading import Event, Thread
from typing import Any

from django.db import close_old_connections, connection
from django.db.models import Q
from django.utils import timezone
from imap_tools.idle import get_socket_poller

from channels.email.servers import SERVER_ERRORS, MailServerError, open_imap
from channels.models import FetchState, Mailbox

logger = logging.getLogger(__name__)

# A worker that was killed leaves its mailboxes to another one after this time.
LEASE = timedelta(minutes=6)
# Servers hang up after half an hour, and what stands between sooner: so often it is begun anew.
IDLE_SECONDS = 240.0
# So soon a worker that is asked to end does.
SLICE_SECONDS = 2
AFTER_ERROR, WITHOUT_IDLE = timedelta(minutes=1), timedelta(hours=1)
MOST_THREADS = 100
_PLACE = ("imap_host", "imap_port", "imap_security", "imap_user", "imap_sign_in", "imap_folder")


class Watch:
    """The threads of one worker that wait, one for each mailbox at which no other worker does."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._threads: list[Thread] = []

    def begin(self) -> None:
        """Begin to wait where nobody does."""
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        now = timezone.now()
        # Where the fetching cannot sign in, trying twice as often would only lock the mailbox.
        boxes = Mailbox.objects.filter(
            is_active=True, fetching__fetched_at__isnull=False, fetching__error=""
        ).exclude(imap_host="")
        nobody = Q(fetching__watched_until=None) | Q(fetching__watched_until__lte=now)
        for mailbox in boxes.filter(nobody).select_related("fetching")[: MOST_THREADS - len(self._threads)]:
            seen = FetchState.objects.filter(mailbox=mailbox, watched_until=mailbox.fetching.watched_until)
            if seen.update(watched_until=now + LEASE):
                name = f"idle-{mailbox.pk}"
                thread = Thread(target=_wait_at, args=(mailbox, self._stop), name=name, daemon=True)
                self._threads.append(thread)
                thread.start()

    def end(self) -> None:
        """Wait for the threads, which were told to stop."""
        for thread in self._threads:
            thread.join(2 * SLICE_SECONDS)


def _wait_at(mailbox: Mailbox, stop: Event) -> None:
    rest = AFTER_ERROR
    close_old_connections()
    try:
        rest = _wait(mailbox, stop)
    except (MailServerError, *SERVER_ERRORS) as error:
        # The fetching will find the same, and says so beside the mailbox.
        logger.info("Nobody waits at %s for a while: %s", mailbox.address, error)
    except Exception:
        logger.exception("Nobody waits at %s for a while.", mailbox.address)
    finally:
        FetchState.objects.filter(mailbox=mailbox.pk).update(watched_until=timezone.now() + rest)
        connection.close()


def _wait(mailbox: Mailbox, stop: Event) -> timedelta:
    """Wait until told to stop, or until the mailbox is another one; return when somebody may begin again."""
    box = open_imap(mailbox)
    try:
        # Some servers tell it only to those whom they have let in.
        if b"IDLE" not in box.client.capability()[1][0].upper().split():
            return WITHOUT_IDLE
        # What came while nobody waited; what it says of the folder as it was opened is no news.
        box.client.untagged_responses.pop("EXISTS", None)
        _wake(mailbox)
        while not stop.is_set() and _is_the_same(mailbox):
            _idle(box, mailbox, stop)
    finally:
        box.client.shutdown()
    return timedelta()


def _idle(box: Any, mailbox: Mailbox, stop: Event) -> None:
    """One IDLE, which ends as soon as the server says anything; when that is about mail the fetching is woken."""
    ends_at = time.monotonic() + IDLE_SECONDS
    # A connection to the database that does nothing for minutes is no use to anybody.
    connection.close()
    with box.idle:
        # Not by the library's own poll, which breaks on a line that comes in two pieces: leaving this block reads it.
        while not stop.is_set() and time.monotonic() < ends_at:
            if get_socket_poller(box.client.sock, SLICE_SECONDS):
                break
    if box.client.untagged_responses.pop("EXISTS", None):
        _wake(mailbox)


def _wake(mailbox: Mailbox) -> None:
    FetchState.objects.filter(mailbox=mailbox.pk).update(is_woken=True)


def _is_the_same(mailbox: Mailbox) -> bool:
    """Whether the mailbox is still in use and in the same place; if so, it stays ours."""
    place = {name: getattr(mailbox, name) for name in _PLACE}
    if not Mailbox.objects.filter(pk=mailbox.pk, is_active=True, **place).exists():
        return False
    until = timezone.now() + LEASE
    return bool(FetchState.objects.filter(mailbox=mailbox.pk).update(watched_until=until))
