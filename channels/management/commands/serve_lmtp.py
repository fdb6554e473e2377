"""Taking mails from the mail server on the same machine: `manage.py serve_lmtp`."""

import asyncio
import contextlib
import ipaddress
import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from channels.receiving.handing_over import serve

NICENESS = 5


class Command(BaseCommand):
    help = "Take mails by LMTP (or SMTP) from the mail server on this machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="An address of this machine's own loop.")
        parser.add_argument("--port", type=int, default=8024)
        parser.add_argument("--smtp", action="store_true", help="Speak SMTP instead of LMTP.")

    def handle(self, *, host: str, port: int, smtp: bool, **options: Any) -> None:
        if not ipaddress.ip_address(host).is_loopback:
            # It asks nobody who he is: only the mail server beside it may speak to it.
            raise CommandError("It listens on this machine only: take 127.0.0.1 or ::1 as --host.")
        # Mails wait, whoever opens a page should not.
        os.nice(NICENESS)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(host, port, is_lmtp=not smtp))
