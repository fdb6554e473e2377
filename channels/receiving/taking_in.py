"""From kept mails to tickets: each once, whatever fails, and what cannot be read stands in the quarantine."""

import logging
import time
from datetime import timedelta
from itertools import takewhile

from django.db import transaction
from django.db.models import F, prefetch_related_objects
from django.utils import timezone

from channels.models import MailState, Reason, ReceivedMail
from channels.receiving import deciding
from channels.receiving.keeping import mails_to_read
from channels.receiving.reading import UnreadableError, reader
from common.sweeping import give_way
from tickets.rulebook import one_rulebook

logger = logging.getLogger(__name__)

# A worker killed in the middle of a mail leaves it to others after this time.
LEASE = timedelta(minutes=2)
WAITS = [timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800)]
MOST_ATTEMPTS = 5
# Of a mail that kills its reader; the first time may have been the machine's fault.
MOST_READINGS = 2
# One run is short, so that a worker asked to end does so soon.
RUN_SECONDS = 2.0
# So many fresh mails are claimed at once.
CLAIMED = 20
# The bytes of mails up to this size are read together.
SMALL = 256 * 1024


def take_in_due(seconds: float = RUN_SECONDS) -> int:
    """Make tickets of the mails that wait until the time is up; return how many were dealt with."""
    ends_at, done, around = time.monotonic() + seconds, 0, deciding.Surroundings()
    with one_rulebook():
        while time.monotonic() <= ends_at and (seen := next_mails()):
            claimed = claim(seen)
            for place, mail in enumerate(claimed):
                if (began := time.monotonic()) > ends_at:
                    give_back(claimed[place:])
                    break
                take_in(mail, around)
                done += 1
                give_way(began)
    return done


def take_in(mail: ReceivedMail, around: deciding.Surroundings) -> None:
    """Deal with one claimed mail. Nothing that it holds raises anything."""
    try:
        _deal_with(mail, around)
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


def next_mails() -> list[ReceivedMail]:
    """The mails that are claimed together: some that nobody has begun, or one that was begun before.

    What has ended a worker must not hold up others again: so it is alone.
    """
    waiting = list(mails_to_read().order_by("next_attempt_at", "id").select_related("mailbox")[:CLAIMED])
    return list(takewhile(lambda mail: mail.attempts == 0, waiting)) or waiting[:1]


def claim(seen: list[ReceivedMail]) -> list[ReceivedMail]:
    """Take the mails for one attempt, as they were seen; return those that no other worker has."""
    until, attempts = timezone.now() + LEASE, seen[0].attempts
    free = ReceivedMail.objects.filter(
        pk__in=[mail.pk for mail in seen], state=MailState.RECEIVED, attempts=attempts
    )
    with transaction.atomic():
        keys = set(free.select_for_update(skip_locked=True).values_list("pk", flat=True))
        ReceivedMail.objects.filter(pk__in=keys).update(attempts=attempts + 1, next_attempt_at=until)
    claimed = [mail for mail in seen if mail.pk in keys]
    for mail in claimed:
        mail.attempts, mail.next_attempt_at = attempts + 1, until
    prefetch_related_objects([mail for mail in claimed if mail.size <= SMALL], "content")
    return claimed


def give_back(mails: list[ReceivedMail]) -> None:
    """The time is up: whoever looks next may have them."""
    left = ReceivedMail.objects.filter(
        pk__in=[mail.pk for mail in mails], state=MailState.RECEIVED, attempts=mails[0].attempts
    )
    left.update(attempts=F("attempts") - 1, next_attempt_at=timezone.now())


def _deal_with(mail: ReceivedMail, around: deciding.Surroundings) -> None:
    """Read, then decide and write in one transaction with what becomes of the mail."""
    read = reader.read(bytes(mail.content.raw), mail.mailbox.trusted_server)
    mail.identifier, mail.fingerprint = read.message_id[:500], read.fingerprint
    mail.sender, mail.subject = read.from_address[:254], read.subject[:200]
    with transaction.atomic():
        ours = ReceivedMail.objects.filter(pk=mail.pk, state=MailState.RECEIVED, attempts=mail.attempts)
        if not list(ours.select_for_update().values_list("pk")):
            # We were too slow: another worker has dealt with it.
            return
        outcome = deciding.decide(mail, read, around)
        ReceivedMail.objects.filter(pk=mail.pk).update(
            state=outcome.state, reason=outcome.reason, message=outcome.message_id, next_attempt_at=None, error="",
            identifier=mail.identifier, fingerprint=mail.fingerprint, sender=mail.sender, subject=mail.subject,
        )  # fmt: skip


def _postpone(mail: ReceivedMail, error: str) -> None:
    wait = WAITS[min(mail.attempts, len(WAITS)) - 1]
    ReceivedMail.objects.filter(pk=mail.pk, state=MailState.RECEIVED).update(
        next_attempt_at=timezone.now() + wait, error=_short(error)
    )


def _short(error: str) -> str:
    return " ".join(error.split())[:500]
