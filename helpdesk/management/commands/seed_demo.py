"""Fill the help desk with a brand that does not exist, to try it out with."""

import contextlib
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.links import public_link
from helpdesk.demo.people import PASSWORD
from helpdesk.demo.seeding import is_seeded, seed
from staff.models import User
from tickets.choices import Status
from tickets.models import Ticket

SIGN_INS = (
    ("agent", "agent@demo.example"),
    ("agent in Taiwan", "agent-taiwan@demo.example"),
    ("agent abroad", "agent-international@demo.example"),
    ("lead", "lead@demo.example"),
    ("manager", "manager@demo.example"),
    ("admin", "admin@demo.example"),
)


@contextlib.contextmanager
def _keeping_no_queries() -> Iterator[None]:
    """In DEBUG Django writes down every query in full, which would take longer than the queries."""
    debug, settings.DEBUG = settings.DEBUG, False
    try:
        yield
    finally:
        settings.DEBUG = debug


class Command(BaseCommand):
    help = (
        "Make the demo data: a brand's teams, customers, articles and sixty days of tickets. "
        "Running it again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tickets", type=int, default=600, help="How many tickets; 600 by default.")
        parser.add_argument("--force", action="store_true", help="Even where DEBUG is off.")
        parser.add_argument("--sign-ins", action="store_true", help="Only say how to sign in to the demo.")

    def handle(self, *, tickets: int, force: bool, sign_ins: bool, **options: Any) -> None:
        if sign_ins:
            self.print_sign_ins()
            return
        if not settings.DEBUG and not force:
            raise CommandError(
                "The demo's people have a password that everybody knows, so it is made only where DEBUG=True. "
                "If that is what you want here, say --force."
            )
        sends_mail = settings.DEBUG
        if is_seeded():
            self.stdout.write("The demo data is there already; nothing was changed.")
            return
        with _keeping_no_queries():
            seed(tickets, sends_mail=sends_mail)
        self.stdout.write(
            f"Made {Ticket.objects.count()} tickets. `manage.py seed_demo --sign-ins` says who can sign in."
        )

    def print_sign_ins(self) -> None:
        """One line per person of the demo, and a customer's link."""
        known = set(
            User.objects.filter(email__in=[email for _role, email in SIGN_INS]).values_list(
                "email", flat=True
            )
        )
        if not known:
            raise CommandError("There is no demo data yet. Make it with `manage.py seed_demo`.")
        for role, email in SIGN_INS:
            if email in known:
                self.stdout.write(f"{role + ':':<18}{email} / {PASSWORD}")
        ticket = Ticket.objects.filter(status=Status.ASSIGNED).order_by("-id").first()
        if ticket is not None:
            self.stdout.write(f"{'customer:':<18}{public_link('ticket', ticket.link_nonce)}")
