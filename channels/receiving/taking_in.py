"""From kept mails to tickets: each once, whatever fails, and what cannot be read stands in the quarantine."""

import logging
import time
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from channels.models import MailState, Reason, ReceivedMail
from channels.receiving import deciding
from channels.receiving.keeping import mails_to_read
from channels.receiving.reading import UnreadableError, reader

logger = logging.getLogger(__name__)

# A worker killed in the middle of a mail leaves it to others after this time.
LEASE = timedelta(minutes=2)
WAITS = [timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800)]
MOST_ATTEMPTS = 5
# Of a mail that kills its reader; the first time may have been the machine's fault.
MOST_READINGS = 2
# One run is short, so that a worker asked to end does so soon.
RUN_SECONDS = 2.0
BATCH = 100


def take_in_due(seconds: float = RUN_SECONDS) -> int:
    """Make tickets of the mails that wait until the time is up; return how many were dealt with."""
    ends_at, done = time.monotonic() + seconds, 0
    for mail in mails_to_read().order_by("next_attempt_at", "id").select_related("mailbox")[:BATCH]:
        if time.monotonic() > ends_at:
            break
        done += take_in(mail)
    return done


def take_in(mail: ReceivedMail) -> bool:
    """Deal with one mail; False when another worker has it. Nothing that it holds raises anything."""
    if not _claim(mail):
        return False
    try:
        _deal_with(mail)
    except UnreadableError as error:
        if error.is_final or mail.attempts >= MOST_READINGS:
            put_aside(mail, error.reason)
        else:
            _postpone(mail, f"reading: {error.reason}")
    except Exception as error:
        logger.exception("The mail %s could not be taken in.", mail.pk)
        if mail.attempts >= MOST_ATTEMPTS:
            put_aside(mail, Reason.ERROR, f"{type(error).__name__}: {error}")
        else:
            _postpone(mail, f"{type(error).__name__}: {error}")
    return True


def try_again(mail: ReceivedMail, *, is_released: bool = False) -> bool:
    """Take a mail out of the quarantine, to be read anew; False when it is not in it.

    `is_released`: somebody has looked at it and wants a ticket, whatever speaks against the sender.
    """
    return bool(
        ReceivedMail.objects.filter(pk=mail.pk, state=MailState.QUARANTINED).update(
            state=MailState.RECEIVED,
            reason="",
            error="",
            attempts=0,
            next_attempt_at=timezone.now(),
            is_released=is_released,
        )
    )


def put_aside(mail: ReceivedMail, reason: str, error: str = "") -> None:
    """Into the quarantine."""
    ReceivedMail.objects.filter(pk=mail.pk, state=MailState.RECEIVED).update(
        state=MailState.QUARANTINED, reason=reason, error=_short(error), next_attempt_at=None
    )


def _claim(mail: ReceivedMail) -> bool:
    until = timezone.now() + LEASE
    seen = ReceivedMail.objects.filter(pk=mail.pk, state=MailState.RECEIVED, attempts=mail.attempts)
    if not seen.update(attempts=F("attempts") + 1, next_attempt_at=until):
        return False
    mail.attempts, mail.next_attempt_at = mail.attempts + 1, until
    return True


def _deal_with(mail: ReceivedMail) -> None:
    """Read, then decide and write in one transaction with what becomes of the mail."""
    read = reader.read(bytes(mail.content.raw), mail.mailbox.trusted_server)
    with transaction.atomic():
        # A worker that was too slow finds that another one has dealt with it.
        held = (
            ReceivedMail.objects.select_for_update(of=("self",)).select_related("mailbox")
            .filter(pk=mail.pk, state=MailState.RECEIVED, attempts=mail.attempts).first()
        )  # fmt: skip
        if held is None:
            return
        held.identifier, held.fingerprint = read.message_id[:500], read.fingerprint
        held.sender, held.subject = read.from_address[:254], read.subject[:200]
        outcome = deciding.decide(held, read)
        held.state, held.reason, held.message = outcome.state, outcome.reason, outcome.message
        held.next_attempt_at, held.error = None, ""
        held.save()


def _postpone(mail: ReceivedMail, error: str) -> None:
    wait = WAITS[min(mail.attempts, len(WAITS)) - 1]
    ReceivedMail.objects.filter(pk=mail.pk, state=MailState.RECEIVED).update(
        next_attempt_at=timezone.now() + wait, error=_short(error)
    )


def _short(error: str) -> str:
    return " ".join(error.split())[:500]
