"""Taking one mail from a mail server's pipe: `manage.py receive_mail --mailbox help@example.com < message`."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from channels.models import Mailbox, Source
from channels.receiving.keeping import mailbox_of_address, take_mail


class Command(BaseCommand):
    help = "Keep the mail on the standard input; it becomes a ticket in a moment. Ends with 75 when it is not kept."
    # A mail server waits: what is wrong shows when the mail is to be kept.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--mailbox", default="", help="The address it came to; needed where there are several mailboxes."
        )

    def handle(self, *, mailbox: str, **options: Any) -> None:
        try:
            take_mail(sys.stdin.buffer.read(), _chosen(mailbox), Source.PIPE, recipient=mailbox)
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail server must try again
            self.stderr.write(f"The mail was not kept: {error}")
            sys.exit(os.EX_TEMPFAIL)


def _chosen(address: str) -> Mailbox:
    if address:
        if (found := mailbox_of_address(address)) is None:
            raise LookupError(f"No mailbox in use has the address {address}. Make one in the administration.")
        return found
    mailboxes = list(Mailbox.objects.filter(is_active=True)[:2])
    if len(mailboxes) != 1:
        raise LookupError("Say which mailbox it is for: --mailbox help@example.com")
    return mailboxes[0]
