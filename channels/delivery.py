"""Delivering queued messages by mail: each by one worker, again when it failed for the moment, never lost."""

import contextlib
import logging
import smtplib
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.core.mail import get_connection
from django.utils import timezone

from channels.email.sending import build_email
from tickets.models import Message
from tickets.services import (
    NotOursError,
    claim_message,
    delivered,
    due_messages,
    gathered_with,
    postpone_due_messages,
    postpone_message,
    record_delivery_failure,
)

logger = logging.getLogger(__name__)

# A worker killed in the middle of an attempt leaves the message to others after this time.
LEASE = timedelta(minutes=5)
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240)]
MOST_ATTEMPTS = 12
# While the server does not answer nobody tries; afterwards all goes out within this time.
SERVER_AWAY = timedelta(seconds=60)
# One run is short, so that a worker asked to end does so soon.
RUN_SECONDS = 2.0
BATCH = 100


class ServerAwayError(Exception):
    """The mail server cannot be reached or does not let us in."""


def deliver_due(seconds: float = RUN_SECONDS) -> int:
    """Send what is due until the time is up; return how many messages went out."""
    ends_at, sent = time.monotonic() + seconds, 0
    batch = due_messages().order_by("next_attempt_at", "id").select_related("ticket__customer", "author")
    with Courier() as courier:
        gone_along: set[int] = set()
        for message in batch[:BATCH]:
            if time.monotonic() > ends_at:
                break
            if message.pk in gone_along or not claim_message(message, lease=LEASE):
                continue
            is_staff = message.purpose == Message.Purpose.STAFF
            gathered = list(gathered_with(message).select_related("ticket")) if is_staff else []
            gone_along |= {one.pk for one in gathered}
            try:
                sent += attempt(message, courier, gathered)
            except ServerAwayError as error:
                until = timezone.now() + SERVER_AWAY
                logger.warning("The mail server cannot be used: %s", error)
                postpone_message(message, str(error), until=until, is_counted=False)
                postpone_due_messages(until=until)
                break
    return sent


def attempt(message: Message, courier: "Courier", gathered: Sequence[Message] = ()) -> bool:
    """Send one claimed message, with those gathered with it, and write down how it went; True when it went out."""
    try:
        email = build_email(message, gathered)
        courier.connect()
        with delivered(message):
            courier.send(email)
    except ServerAwayError:
        raise
    except NotOursError:
        return False
    except Exception as error:
        if not isinstance(error, smtplib.SMTPException):
            logger.exception("Message %s could not be sent.", message.pk)
        text = error_text(error)
        if is_permanent(error) or message.attempts >= MOST_ATTEMPTS:
            record_delivery_failure(message, text)
        else:
            wait = WAITS[min(message.attempts, len(WAITS)) - 1]
            postpone_message(message, text, until=timezone.now() + wait)
        return False
    return True


class Courier:
    """One connection to the mail server, opened when first needed and again after it broke."""

    def __init__(self) -> None:
        self._connection: Any = None

    def __enter__(self) -> "Courier":
        return self

    def __exit__(self, *failure: object) -> None:
        self._close()

    def connect(self) -> None:
        """Open the connection unless it is open; raise ServerAwayError when the server does not let us in."""
        if self._connection is None:
            connection = get_connection()
            with _server_away():
                connection.open()
            self._connection = connection

    def send(self, email: Any) -> None:
        """Send a mail over the open connection; raise what the server said."""
        email.connection = self._connection
        try:
            email.send()
        except Exception:
            # After an error nobody knows in which state the conversation is.
            self._close()
            raise

    def _close(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
            self._connection = None


@contextlib.contextmanager
def _server_away() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ServerAwayError(error_text(error)) from error


def is_permanent(error: Exception) -> bool:
    """Whether the server refused this recipient or this text for good (a 5xx answer)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


def error_text(error: Exception) -> str:
    """What the server or the machine said, in its own words."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {_words(said)}" for code, said in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_words(error.smtp_error)}"
    return f"{type(error).__name__}: {error}"


def _words(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said
