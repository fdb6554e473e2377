"""Handing mails over to the mail server of a mailbox, over one connection while it holds."""

import contextlib
import smtplib
from collections.abc import Sequence
from typing import Any

from django.core.mail.message import sanitize_address

from channels.email.servers import MailServerError, smtp_connection
from channels.email.signing import signer
from channels.email.stationery import sender_address
from channels.models import Mailbox


class ServerAwayError(Exception):
    """The mail server cannot be reached or does not let us in."""


class Courier:
    """One connection to the mail server of a mailbox, opened when first needed and again after it broke."""

    def __init__(self, mailbox: Mailbox | None) -> None:
        self.mailbox = mailbox
        self._connection: Any = None
        self._wants_sender = False

    def connect(self) -> None:
        """Open the connection unless it is open; raise ServerAwayError when the server does not let us in."""
        if self._connection is not None:
            return
        try:
            connection = smtp_connection(self.mailbox)
            connection.open()
        except (OSError, MailServerError) as error:
            raise ServerAwayError(error_text(error)) from error
        self._connection = connection

    def send(self, email: Any, recipients: Sequence[str], *, is_automatic: bool) -> dict[str, Exception]:
        """Send a mail over the open connection; return what the server said of recipients that it refused.

        Raises what it said when it took the mail for nobody.
        """
        try:
            server = getattr(self._connection, "connection", None)
            if not isinstance(server, smtplib.SMTP):
                # A folder or a list in memory: no envelope, nobody refused.
                email.connection = self._connection
                email.send()
                return {}
            return self._hand_over(server, email, recipients, is_automatic)
        except Exception:
            # After an error nobody knows in which state the conversation is.
            self.close()
            raise

    def close(self) -> None:
        """End the conversation."""
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.close()
            self._connection = None

    def _hand_over(
        self, server: smtplib.SMTP, email: Any, recipients: Sequence[str], is_automatic: bool
    ) -> dict[str, Exception]:
        content = email.message().as_bytes(linesep="\r\n")
        address = sender_address(self.mailbox)
        if (by := signer()) is not None and by.is_for(address):
            content = by.signed(content)
        # As the wire wants them: a domain in Chinese has another name there.
        wanted = {sanitize_address(recipient, "utf-8"): recipient for recipient in recipients}
        own = sanitize_address(address, "utf-8")
        envelope = "" if is_automatic and not self._wants_sender else own
        try:
            refused = server.sendmail(envelope, list(wanted), content)
        except smtplib.SMTPSenderRefused as error:
            # Some providers take nothing without their own user's name on the envelope.
            if envelope or error.smtp_code == 421:
                raise
            self._wants_sender = True
            refused = server.sendmail(own, list(wanted), content)
        except smtplib.SMTPRecipientsRefused as error:
            raise smtplib.SMTPRecipientsRefused(
                {wanted.get(one, one): said for one, said in error.recipients.items()}
            ) from error
        return {
            wanted.get(one, one): smtplib.SMTPResponseException(code, said)
            for one, (code, said) in refused.items()
        }


def is_permanent(error: Exception) -> bool:
    """Whether the server refused this recipient or this text for good (a 5xx answer)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _words in error.recipients.values())
    if isinstance(error, smtplib.SMTPSenderRefused):
        return False
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500


def error_text(error: Exception) -> str:
    """What the server or the machine said, in its own words."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {_words(said)}" for code, said in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_words(error.smtp_error)}"
    if isinstance(error, MailServerError):
        return str(error)
    return f"{type(error).__name__}: {error}"


def _words(said: bytes | str) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said
