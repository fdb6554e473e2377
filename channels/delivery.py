"""Delivering queued messages by mail: each by one worker, again when it failed for the moment, never lost."""

import logging
import smtplib
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from channels.email.courier import Courier, ServerAwayError, error_text, is_permanent
from channels.email.sending import build_email, is_automatic
from channels.email.stationery import Stationery
from common.sweeping import give_way
from tickets.models import Message
from tickets.recipients import Refusal
from tickets.services import (
    NotOursError,
    claim_message,
    delivered,
    due_messages,
    gathered_with,
    postpone_due_messages,
    postpone_message,
    record_delivery_failure,
    settle_refusals,
)

logger = logging.getLogger(__name__)

# A worker killed in the middle of an attempt leaves the message to others after this time.
LEASE = timedelta(minutes=5)
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240)]
MOST_ATTEMPTS = 12
# While a server does not answer nobody tries it; afterwards all goes out within this time.
SERVER_AWAY = timedelta(seconds=60)
# One run is short, so that a worker asked to end does so soon.
RUN_SECONDS = 2.0
BATCH = 100


def deliver_due(seconds: float = RUN_SECONDS) -> int:
    """Send what is due until the time is up; return how many messages went out."""
    ends_at, sent = time.monotonic() + seconds, 0
    due = due_messages().order_by("next_attempt_at", "id")
    due = due.select_related("ticket__customer", "ticket__team", "author").prefetch_related("attachments")
    batch = list(due[:BATCH])
    round_ = Round(batch)
    try:
        for message in batch:
            if (began := time.monotonic()) > ends_at:
                break
            sent += round_.serve(message)
            give_way(began)
    finally:
        round_.close()
    return sent


class Round:
    """One run: the stationery, a courier for each mailbox, and what need not be looked at any more."""

    def __init__(self, batch: Sequence[Message]) -> None:
        self._batch = batch
        self._stationery: Stationery | None = None
        self._couriers: dict[int | None, Courier] = {}
        self._away: set[int | None] = set()
        self._gone_along: set[int] = set()

    def serve(self, message: Message) -> bool:
        """Claim a message and send it with those gathered with it; True when it went out."""
        if self._stationery is None:
            self._stationery = Stationery.read()
            self._stationery.look_up(self._batch)
        mailbox = self._stationery.mailbox_of(message)
        key = mailbox.pk if mailbox else None
        if key in self._away or message.pk in self._gone_along or not claim_message(message, lease=LEASE):
            return False
        is_staff = message.purpose == Message.Purpose.STAFF
        gathered = list(gathered_with(message).select_related("ticket")) if is_staff else []
        self._gone_along |= {one.pk for one in gathered}
        courier = self._couriers.setdefault(key, Courier(mailbox))
        try:
            return attempt(message, courier, gathered, self._stationery)
        except ServerAwayError as error:
            until = timezone.now() + SERVER_AWAY
            logger.warning("The mail server of %s cannot be used: %s", mailbox or "the installation", error)
            postpone_message(message, str(error), until=until, is_counted=False)
            postpone_due_messages(until=until, which=self._stationery.sent_by(mailbox))
            self._away.add(key)
            return False

    def close(self) -> None:
        """End all conversations."""
        for courier in self._couriers.values():
            courier.close()


def attempt(
    message: Message, courier: Courier, gathered: Sequence[Message] = (), stationery: Stationery | None = None
) -> bool:
    """Send one claimed message, with those gathered with it, and write down how it went; True when it went out."""
    again_at = _again_at(message)
    try:
        email = build_email(message, gathered, stationery)
        courier.connect()
        with delivered(message, again_at=again_at) as refused:
            answers = courier.send(email, message.waiting_addresses, is_automatic=is_automatic(message))
            refused |= {one: _refusal(message, error) for one, error in answers.items()}
    except ServerAwayError:
        raise
    except NotOursError:
        return False
    except Exception as error:
        if not isinstance(error, smtplib.SMTPException):
            logger.exception("Message %s could not be sent.", message.pk)
        _put_off(message, error, again_at)
        return False
    return True


def _put_off(message: Message, error: Exception, again_at: datetime) -> None:
    """Nobody got it: try again, or give it up, for each recipient by what was said of him."""
    if isinstance(error, smtplib.SMTPRecipientsRefused) and message.also_to:
        answers = error.recipients.items()
        refused = {
            one: _refusal(message, smtplib.SMTPResponseException(code, said)) for one, (code, said) in answers
        }
        settle_refusals(message, refused, again_at=again_at)
        return
    refusal = _refusal(message, error)
    if refusal.is_permanent:
        record_delivery_failure(message, refusal.words)
    else:
        postpone_message(message, refusal.words, until=again_at)


def _again_at(message: Message) -> datetime:
    return timezone.now() + WAITS[min(message.attempts, len(WAITS)) - 1]


def _refusal(message: Message, error: Exception) -> Refusal:
    return Refusal(is_permanent(error) or message.attempts >= MOST_ATTEMPTS, error_text(error))
