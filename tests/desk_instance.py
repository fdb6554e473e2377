"""A whole desk in a process of its own, in a time that it is told: takes orders as lines of JSON, and answers each."""

import asyncio
import json
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from threading import Thread
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

import time_machine  # noqa: E402 - Django must be set up first
from django.contrib.auth.models import Group  # noqa: E402
from django.core.management import call_command  # noqa: E402

from catalog.choices import Channel  # noqa: E402
from channels.models import Mailbox, ReceivedMail  # noqa: E402
from channels.receiving.handing_over import serve  # noqa: E402
from customers.services import find_or_create_customer  # noqa: E402
from helpdesk.roles import create_roles  # noqa: E402
from sla.models import BusinessCalendar, SlaPolicy  # noqa: E402
from staff.models import Team, User  # noqa: E402
from tickets.choices import EventKind, MessageKind  # noqa: E402
from tickets.models import EscalationStage, Event, Message, ReplyTemplate, Ticket  # noqa: E402
from tickets.services import create_ticket  # noqa: E402


class Desk:
    """What the desk can be told to do."""

    def __init__(self, domain: str) -> None:
        create_roles()
        # Whoever waits is told that it takes longer: one more thing that a desk writes by itself.
        SlaPolicy.objects.update(is_active=False)
        calendar = BusinessCalendar.objects.create(name="Day and night", time_zone="UTC")
        policy = SlaPolicy.objects.create(
            name="In a day", calendar=calendar, resolution_minutes=24 * 60, resolution_counts="clock"
        )
        words = ReplyTemplate.objects.create(name="Late")
        words.texts.create(language="en", body="It takes longer than we promised.")
        EscalationStage.objects.create(policy=policy, at_minutes=0, progress_note=words)
        self._manager = User.objects.create_user(
            f"manager@staff.{domain}", display_name="Liu Yang", language="en"
        )
        self._manager.groups.add(Group.objects.get(name="manager"))
        self._teams: dict[str, Team | None] = {"help": None, "sales": Team.objects.create(name="Sales")}
        for name, team in self._teams.items():
            Mailbox.objects.create(name=name, address=f"{name}@{domain}", team=team)

    def work(self) -> int:
        """All that is due at this time, as one worker does it; how many mails still wait, to be read or to go out."""
        call_command("work", batch=True)
        waiting = ReceivedMail.objects.filter(state="received").count()
        return waiting + Message.objects.filter(delivery="queued").count()

    def write(self, mailbox: str, to: str, text: str) -> None:
        """A colleague writes to somebody, by one of the two mailboxes."""
        customer = find_or_create_customer(name="", kind="email", value=to, language="en")
        create_ticket(
            customer=customer, subject=text, body=text, actor=self._manager, channel=Channel.EMAIL,
            acknowledge=False, begins_with=MessageKind.REPLY, team=self._teams[mailbox],
        )  # fmt: skip

    def report(self) -> dict[str, Any]:
        """What became of all mails."""
        stopped = Event.objects.filter(kind=EventKind.AUTOMATIC_STOPPED).values_list("data", flat=True)
        mails = ReceivedMail.objects.values_list("state", "reason")
        firsts = [ticket.messages.earliest("id") for ticket in Ticket.objects.all()]
        return {
            "mails": Counter(f"{state} {reason}".strip() for state, reason in mails),
            "tickets": Ticket.objects.count(),
            "asked": Counter(one.body.split()[0] for one in firsts if one.kind == MessageKind.CUSTOMER),
            "stopped": Counter(data["address"] for data in stopped),
            "unsent": Message.objects.filter(delivery__in=["queued", "failed"]).count(),
        }


def main(domain: str, port: int) -> None:
    # Whatever a command prints must not stand among the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    desk = Desk(domain)
    Thread(target=lambda: asyncio.run(serve("127.0.0.1", port, is_lmtp=False)), daemon=True).start()
    while socket.socket().connect_ex(("127.0.0.1", port)):
        time.sleep(0.05)
    print(json.dumps("open"), file=answers, flush=True)
    with time_machine.travel(0, tick=False) as clock:
        for line in sys.stdin:
            order = json.loads(line)
            clock.move_to(datetime.fromisoformat(order["at"]))
            do: Callable[..., Any] = getattr(desk, order["do"])
            print(json.dumps(do(**order["with"])), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
