"""The servers of a mailbox: signing in to fetch its mail, and to hand over its answers."""

import imaplib
import json
import smtplib
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.utils.translation import gettext
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from channels.models import Mailbox, Security, SignIn
from channels.secrets import SealedForeverError

TIMEOUT_SECONDS = 20
# What goes wrong between two servers, whoever notices it.
SERVER_ERRORS = (OSError, imaplib.IMAP4.error, ImapToolsError, smtplib.SMTPException)


class MailServerError(Exception):
    """A server does not do what is asked; the text says what happened and what to do, in the reader's language."""


def open_imap(mailbox: Mailbox) -> BaseMailBox:
    """A connection signed in to the mailbox's folder; raise MailServerError with what to do."""
    kinds: dict[str, Any] = {
        Security.TLS: MailBox, Security.STARTTLS: MailBoxStartTls, Security.NONE: MailBoxUnencrypted,
    }  # fmt: skip
    manner: dict[str, Any] = {"timeout": TIMEOUT_SECONDS}
    if mailbox.imap_security != Security.NONE:
        manner["ssl_context"] = ssl.create_default_context()
    try:
        box: BaseMailBox = kinds[mailbox.imap_security](mailbox.imap_host, mailbox.imap_port, **manner)
    except SERVER_ERRORS as error:
        raise MailServerError(_unreachable(mailbox.imap_host, mailbox.imap_port, error)) from error
    try:
        if mailbox.imap_sign_in == SignIn.OAUTH2:
            box.xoauth2(mailbox.imap_user, access_token(mailbox), initial_folder=mailbox.imap_folder)
        else:
            box.login(mailbox.imap_user, _secret(mailbox, "imap_password"), mailbox.imap_folder)
    except MailServerError:
        box.client.shutdown()
        raise
    except SERVER_ERRORS as error:
        box.client.shutdown()
        raise MailServerError(_refused(mailbox.imap_host, error)) from error
    return box


def access_token(mailbox: Mailbox) -> str:
    """A fresh OAuth 2 access token; a new refresh token is kept; raise MailServerError when none is given."""
    asked = {
        "grant_type": "refresh_token", "client_id": mailbox.oauth_client_id, "scope": mailbox.oauth_scope,
        "client_secret": _secret(mailbox, "oauth_client_secret"),
        "refresh_token": _secret(mailbox, "oauth_refresh_token"),
    }  # fmt: skip
    body = urllib.parse.urlencode({name: value for name, value in asked.items() if value}).encode()
    host = urllib.parse.urlsplit(mailbox.oauth_token_url).hostname or ""
    try:
        # The field takes nothing but https.
        with urllib.request.urlopen(  # noqa: S310
            mailbox.oauth_token_url, body, timeout=TIMEOUT_SECONDS
        ) as answer:
            given = json.loads(answer.read(1_000_000))
        token = str(given["access_token"])
    except urllib.error.HTTPError as error:
        raise MailServerError(_refused(host, error.read(500).decode(errors="replace"))) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MailServerError(_refused(host, error)) from error
    if given.get("refresh_token"):
        mailbox.keep_secret("oauth_refresh_token", str(given["refresh_token"]))
        mailbox.save(update_fields=["sealed_oauth_refresh_token"])
    return token


def smtp_connection(mailbox: Mailbox | None) -> Any:
    """Django's mail connection by which a mailbox's answers leave; without a server of its own, the installation's."""
    if mailbox is None or not mailbox.smtp_host:
        return get_connection()
    return get_connection(
        "django.core.mail.backends.smtp.EmailBackend",
        host=mailbox.smtp_host, port=mailbox.smtp_port, username=mailbox.smtp_user,
        password=_secret(mailbox, "smtp_password"), use_tls=mailbox.smtp_security == Security.STARTTLS,
        use_ssl=mailbox.smtp_security == Security.TLS, timeout=settings.EMAIL_TIMEOUT,
    )  # fmt: skip


def try_way_in(mailbox: Mailbox) -> int:
    """Sign in and look at the folder; return how many mails lie there, or raise MailServerError."""
    box = open_imap(mailbox)
    try:
        return int(box.folder.status(mailbox.imap_folder, ["MESSAGES"])["MESSAGES"])
    except SERVER_ERRORS as error:
        raise MailServerError(_refused(mailbox.imap_host, error)) from error
    finally:
        box.client.shutdown()


def try_way_out(mailbox: Mailbox) -> None:
    """Sign in to the server for answers and send nothing; raise MailServerError."""
    connection = smtp_connection(mailbox)
    host = getattr(connection, "host", "")
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as error:
        raise MailServerError(_refused(host, error)) from error
    except SERVER_ERRORS as error:
        raise MailServerError(_unreachable(host, getattr(connection, "port", 0), error)) from error
    finally:
        connection.close()


def _secret(mailbox: Mailbox, name: str) -> str:
    try:
        return mailbox.secret(name)
    except SealedForeverError as error:
        raise MailServerError(
            gettext("The kept password cannot be opened with the key of this installation. Type it again.")
        ) from error


def _unreachable(host: str, port: int, error: Exception) -> str:
    return gettext(
        "%(host)s does not answer on port %(port)s: %(error)s. Look at server, port and protection."
    ) % {"host": host, "port": port, "error": str(error)[:300].rstrip(".")}


def _refused(host: str, error: Exception | str) -> str:
    return gettext("%(host)s does not let the mailbox in: %(error)s. Look at user, password and folder.") % {
        "host": host, "error": str(error)[:300].rstrip("."),
    }  # fmt: skip
