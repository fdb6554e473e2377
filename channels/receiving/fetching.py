"""Fetching mail by IMAP: each mail is kept before its place is, so that a break in between fetches it once more."""

import logging
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

from django.db import close_old_connections
from django.db.models import Q
from django.utils import timezone

from channels.email.servers import SERVER_ERRORS, MailServerError, open_imap
from channels.models import FetchState, Mailbox, Source
from channels.receiving.keeping import take_mail
from channels.receiving.waiting import Watch

logger = logging.getLogger(__name__)

# A worker killed while it fetches leaves the mailbox to others after this time.
LEASE = timedelta(minutes=10)
# After an error a mailbox rests for this long, or for its own pause if that is longer.
REST = timedelta(minutes=1)
# A mail that cannot be fetched so many times is passed over, named beside the mailbox, and tried again every hour.
MOST_TRIES = 3
# After a change of validity mails of the last days are looked through again; those that are kept count once.
LOOKS_BACK = timedelta(days=7)
MOST_AT_ONCE = 500
THREADS = 4
TICK_SECONDS = 1.0
_UID = re.compile(rb"\bUID (\d+)")


def keep_fetching(stop: Event) -> None:
    """Fetch from every mailbox in its turn until told to stop; for a thread of its own."""
    watch = Watch(stop)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="imap") as threads:
        while not stop.is_set():
            close_old_connections()
            try:
                for mailbox in claimed():
                    threads.submit(_in_thread, mailbox)
                watch.begin()
            except Exception:
                # The database is away for a moment; it will be back.
                logger.exception("The mailboxes could not be read.")
            stop.wait(TICK_SECONDS)
    watch.end()
    close_old_connections()


def claimed() -> list[Mailbox]:
    """The mailboxes whose turn has come, or that have new mail, and that no other worker has taken."""
    now, taken = timezone.now(), []
    boxes = Mailbox.objects.filter(is_active=True).exclude(imap_host="")
    for mailbox in boxes.filter(fetching__isnull=True):
        FetchState.objects.get_or_create(mailbox=mailbox, defaults={"next_fetch_at": now})
    due = Q(fetching__next_fetch_at__lte=now) | Q(fetching__is_woken=True)
    free = Q(fetching__claimed_until=None) | Q(fetching__claimed_until__lte=now)
    for mailbox in boxes.filter(due, free).select_related("fetching"):
        seen = FetchState.objects.filter(mailbox=mailbox, claimed_until=mailbox.fetching.claimed_until)
        # Woken again while it is fetched, it is fetched once more.
        if seen.update(claimed_until=now + LEASE, is_woken=False):
            taken.append(mailbox)
    return taken


def fetch(mailbox: Mailbox) -> int:
    """Fetch what is new in a claimed mailbox and say when to look again; return how many mails were kept."""
    state, pause, error, kept = (
        FetchState.objects.get(mailbox=mailbox),
        timedelta(seconds=mailbox.poll_seconds),
        "",
        0,
    )
    try:
        box = open_imap(mailbox)
        try:
            kept = _fetch_new(box, mailbox, state)
        finally:
            box.client.shutdown()
    except (MailServerError, *SERVER_ERRORS) as failure:
        error, pause = str(failure)[:500] or type(failure).__name__, max(pause, REST)
    now = timezone.now()
    FetchState.objects.filter(pk=state.pk).update(
        error=error, next_fetch_at=now + (timedelta() if kept >= MOST_AT_ONCE else pause), claimed_until=None,
        **({} if error else {"fetched_at": now}),
    )  # fmt: skip
    return kept


def _in_thread(mailbox: Mailbox) -> None:
    close_old_connections()
    try:
        fetch(mailbox)
    except Exception:
        logger.exception("Nothing could be fetched for %s.", mailbox.address)
    finally:
        close_old_connections()


def _fetch_new(box: Any, mailbox: Mailbox, state: FetchState) -> int:
    validity = int(box.folder.status(mailbox.imap_folder, ["UIDVALIDITY"])["UIDVALIDITY"])
    if validity == state.uid_validity:
        # “n:*” names the last mail even when it is older.
        uids = [uid for uid in _found(box, f"UID {state.last_uid + 1}:*") if uid > state.last_uid]
        kept = sum(_take(box, mailbox, state, uid, is_counted=True) for uid in uids[:MOST_AT_ONCE])
        return kept + _try_passed_over(box, mailbox, state)
    newest = max(_found(box, "ALL"), default=0)
    if state.uid_validity == 0:
        # At the beginning only what nobody has read yet: an old folder is no heap of new tickets.
        uids = _found(box, "UNSEEN")
    else:
        since = (state.fetched_at or timezone.now()) - LOOKS_BACK
        uids = _found(box, f"SINCE {since:%d}-{_MONTHS[since.month - 1]}-{since:%Y}")
    kept = sum(_take(box, mailbox, state, uid, is_counted=False) for uid in uids)
    # Only now: after a break in between all of them are looked through again, and those that are kept count once.
    state.uid_validity, state.last_uid, state.passed_over = validity, newest, []
    state.save(update_fields=["uid_validity", "last_uid", "passed_over"])
    return kept


def _try_passed_over(box: Any, mailbox: Mailbox, state: FetchState) -> int:
    """Once an hour, when all others are kept: the network may have been to blame; return how many were kept."""
    now, kept = timezone.now(), 0
    if state.fetched_at is not None and f"{state.fetched_at:%F %H}" == f"{now:%F %H}":
        return 0
    for uid in list(state.passed_over):
        left = [one for one in state.passed_over if one != uid]
        try:
            raw = _raw_of(box, uid)
        except SERVER_ERRORS:
            # Next time the others come before it.
            state.passed_over = [*left, uid]
            break
        if raw is not None:
            take_mail(raw, mailbox, Source.IMAP)
            kept += 1
        state.passed_over = left
    FetchState.objects.filter(pk=state.pk).update(passed_over=state.passed_over)
    return kept


def _found(box: Any, criteria: str) -> list[int]:
    return sorted(int(uid) for uid in box.uids(criteria))


def _take(box: Any, mailbox: Mailbox, state: FetchState, uid: int, *, is_counted: bool) -> bool:
    """Keep one mail and its place; True when there was one."""
    is_given_up = state.stuck_uid == uid and state.stuck_count >= MOST_TRIES
    if is_given_up:
        logger.error("The mail %s of %s cannot be fetched and is passed over.", uid, mailbox.address)
        state.passed_over = [*state.passed_over[-99:], uid]
        state.save(update_fields=["passed_over"])
        raw = None
    else:
        raw = _fetched(box, state, uid)
    if raw is not None:
        take_mail(raw, mailbox, Source.IMAP)
    if is_counted:
        state.last_uid = uid
        FetchState.objects.filter(pk=state.pk, last_uid__lt=uid).update(last_uid=uid)
    return raw is not None


def _fetched(box: Any, state: FetchState, uid: int) -> bytes | None:
    try:
        return _raw_of(box, uid)
    except SERVER_ERRORS:
        # The connection may be in any state: the next one tries again, and in the end passes this mail over.
        state.stuck_count = state.stuck_count + 1 if state.stuck_uid == uid else 1
        state.stuck_uid = uid
        state.save(update_fields=["stuck_uid", "stuck_count"])
        raise


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _raw_of(box: Any, uid: int) -> bytes | None:
    """The bytes of a mail, which stays unread on the server; None when it is gone."""
    status, answer = box.client.uid("FETCH", str(uid), "(UID BODY.PEEK[])")
    if status != "OK":
        raise OSError(f"the server answers {status} to the mail {uid}")
    parts: Iterable[Any] = answer or ()
    for part in parts:
        if isinstance(part, tuple) and (named := _UID.search(part[0])) and int(named[1]) == uid:
            return bytes(part[1])
    return None
