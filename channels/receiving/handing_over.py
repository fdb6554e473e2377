"""A server of our own for the mail server on the same machine: it says “250” when a mail is on the disk."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP
from django.db import close_old_connections

from channels.email.limits import MOST_BYTES
from channels.models import Source
from channels.receiving.keeping import mailbox_of_address, take_mail

logger = logging.getLogger(__name__)

LATER = "451 4.3.0 The mail could not be kept; try again later"
NOBODY = "550 5.1.1 No mailbox in use has this address"
THREADS = 4


class Door:
    """What the server does with recipients and mails."""

    def __init__(self, *, is_lmtp: bool) -> None:
        self._is_lmtp = is_lmtp
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="mail-door")

    async def handle_RCPT(  # noqa: N802 - the library calls it so
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Take mail to mailboxes only."""
        answer = await self._in_thread(_answer_to_recipient, address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep the mail; LMTP hears an answer for each recipient."""
        answers = [
            await self._in_thread(_answer_to_mail, envelope.content, address) for address in envelope.rcpt_tos
        ]
        if self._is_lmtp:
            return "\r\n".join(answers)
        return next((answer for answer in answers if not answer.startswith("250")), answers[0])

    async def _in_thread(self, work: Any, *arguments: Any) -> str:
        loop = asyncio.get_running_loop()
        return str(await loop.run_in_executor(self._threads, _fresh, work, *arguments))


class _Limits:
    # Real mails have lines far beyond the thousand characters of the standard.
    line_length_limit = MOST_BYTES


class _LmtpServer(_Limits, LMTP):
    """LMTP with our limits."""


class _SmtpServer(_Limits, SMTP):
    """SMTP with our limits."""


def make_server(*, is_lmtp: bool) -> Any:
    """The protocol of one connection."""
    kind = _LmtpServer if is_lmtp else _SmtpServer
    return kind(Door(is_lmtp=is_lmtp), data_size_limit=MOST_BYTES, enable_SMTPUTF8=True, ident="help desk")


async def serve(host: str, port: int, *, is_lmtp: bool) -> None:
    """Answer until the process ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: make_server(is_lmtp=is_lmtp), host, port)
    async with server:
        await server.serve_forever()


def _fresh(work: Any, *arguments: Any) -> str:
    close_old_connections()
    try:
        return str(work(*arguments))
    except Exception:
        logger.exception("A mail was not kept.")
        return LATER
    finally:
        close_old_connections()


def _answer_to_recipient(address: str) -> str:
    return "250 OK" if mailbox_of_address(address) else NOBODY


def _answer_to_mail(content: bytes, address: str) -> str:
    mailbox = mailbox_of_address(address)
    if mailbox is None:
        return NOBODY
    take_mail(content, mailbox, Source.LMTP, recipient=address)
    return "250 2.0.0 kept"
