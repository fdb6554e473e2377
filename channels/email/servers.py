"""The servers of a mailbox: signing in to fetch its mail, and to hand over its answers."""

import imaplib
import json
import smtplib
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext
from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from channels.models import Mailbox, Security, SignIn
from channels.secrets import SealedForeverError

TIMEOUT_SECONDS = 20
# So long before its end a token is not used any more.
TOKEN_MARGIN_SECONDS = 60
_tokens: dict[tuple[str, str, str, str], tuple[str, float]] = {}
_token_lock = Lock()
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
            try:
                box.xoauth2(mailbox.imap_user, access_token(mailbox), initial_folder=mailbox.imap_folder)
            except SERVER_ERRORS:
                forget_token(mailbox)
                raise
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
    """An OAuth 2 access token that is still good, asked for anew when it must be; raise MailServerError.

    It serves both ways, for as long as the server said; a connection is opened every few seconds when much goes out.
    """
    key, now = _token_key(mailbox), time.monotonic()
    with _token_lock:
        token, until = _tokens.get(key, ("", 0.0))
        if now < until:
            return token
        token, seconds = _fresh_token(mailbox)
        # The key of the refresh token that is kept now.
        _tokens[_token_key(mailbox)] = (token, now + seconds - TOKEN_MARGIN_SECONDS)
        return token


def forget_token(mailbox: Mailbox) -> None:
    """A server has refused the token: the next one is fresh."""
    with _token_lock:
        _tokens.pop(_token_key(mailbox), None)


def _token_key(mailbox: Mailbox) -> tuple[str, str, str, str]:
    return (
        mailbox.oauth_token_url,
        mailbox.oauth_client_id,
        mailbox.oauth_scope,
        mailbox.sealed_oauth_refresh_token,
    )


def _fresh_token(mailbox: Mailbox) -> tuple[str, float]:
    """A fresh access token and for how many seconds it is good; a new refresh token is kept."""
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
        token, seconds = str(given["access_token"]), float(given.get("expires_in") or 0)
    except urllib.error.HTTPError as error:
        raise MailServerError(_refused(host, error.read(500).decode(errors="replace"))) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MailServerError(_refused(host, error)) from error
    if given.get("refresh_token"):
        mailbox.keep_secret("oauth_refresh_token", str(given["refresh_token"]))
        mailbox.save(update_fields=["sealed_oauth_refresh_token"])
    return token, seconds


def smtp_connection(mailbox: Mailbox | None) -> Any:
    """Django's mail connection by which a mailbox's answers leave; without a server of its own, the installation's."""
    if mailbox is None or not mailbox.smtp_host:
        return get_connection()
    server: dict[str, Any] = {
        "host": mailbox.smtp_host, "port": mailbox.smtp_port, "timeout": settings.EMAIL_TIMEOUT,
        "use_tls": mailbox.smtp_security == Security.STARTTLS, "use_ssl": mailbox.smtp_security == Security.TLS,
    }  # fmt: skip
    if mailbox.smtp_sign_in == SignIn.OAUTH2:
        return OAuthBackend(mailbox=mailbox, **server)
    return EmailBackend(username=mailbox.smtp_user, password=_secret(mailbox, "smtp_password"), **server)


class OAuthBackend(EmailBackend):
    """Django's way out by SMTP, signed in by an access token (XOAUTH2)."""

    def __init__(self, *, mailbox: Mailbox, **server: Any) -> None:
        # Empty, so that the installation's own user and password are not sent to this server.
        super().__init__(username="", password="", **server)
        self._mailbox = mailbox

    def open(self) -> bool | None:
        """Connect and sign in; False when it is open already. Raises as Django's does, and MailServerError."""
        token = access_token(self._mailbox) if self.connection is None else ""
        is_new = super().open()
        if is_new and self.connection is not None:
            try:
                self._sign_in(self.connection, token)
            except smtplib.SMTPException:
                forget_token(self._mailbox)
                self.close()
                raise
        return is_new

    def _sign_in(self, server: smtplib.SMTP, token: str) -> None:
        said = f"user={self._mailbox.smtp_user}\1auth=Bearer {token}\1\1"
        server.ehlo_or_helo_if_needed()
        # A server that refuses says why in a challenge, and waits for an empty answer before it ends.
        server.auth("XOAUTH2", lambda challenge=None: said if challenge is None else "")


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
