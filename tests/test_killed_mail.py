"""Mail goes round while the network fails and workers are killed a hundred times: everything arrives, and once."""

import imaplib
import json
import os
import queue
import random
import re
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from itertools import islice
from pathlib import Path
from typing import IO

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from channels.delivery import deliver_due
from channels.email.sending import message_id
from channels.email.tokens import reply_address
from channels.models import FetchState, Mailbox, MailState, Reason, ReceivedMail
from channels.receiving.fetching import claimed, fetch
from channels.receiving.taking_in import take_in_due
from customers.models import Customer
from scripts.environment import ROOT, clean_environment
from scripts.private_postgres import free_port
from tests.faulty_proxy import NONE, FaultyProxy
from tickets.choices import Delivery, MessageKind
from tickets.models import Message, Ticket
from tickets.services import add_reply, create_ticket

KILLS, SEED = 100, 20260303
# By which ways each of six mails comes; one comes twice, as when a provider forwards what is fetched as well.
WAYS = [("imap",), ("lmtp",), ("imap",), ("pipe",), ("smtp",), ("imap", "lmtp")]
MAILS, TICKETS, REPLIES = 120, 12, 40
# All of it comes while workers live and die: so much in each of the first rounds of two.
MAILS_A_ROUND, REPLIES_A_ROUND = 3, 1
ADDRESS = "help@example.com"


@dataclass(frozen=True)
class Letter:
    """A mail of somebody outside: a question, or an answer on a ticket that is there."""

    word: str
    raw: bytes
    ways: tuple[str, ...]
    ticket: Ticket | None


def started(*command: str, port: int) -> subprocess.Popen[bytes]:
    """A server in a process of its own, as soon as it listens."""
    server = subprocess.Popen([sys.executable, *command], stderr=subprocess.DEVNULL, cwd=ROOT)
    for _try in range(400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.05)
    server.kill()
    raise TimeoutError(command)


@dataclass
class Network:
    """The servers, and a proxy before each that the product speaks with."""

    imap: int
    smtp: int
    sent: Path
    doors: dict[str, int] = field(default_factory=lambda: {"lmtp": free_port(), "smtp": free_port()})
    proxies: dict[str, FaultyProxy] = field(default_factory=dict)

    def open(self) -> None:
        """Put the proxies up."""
        targets = {"imap": self.imap, "out": self.smtp, **self.doors}
        for number, (name, port) in enumerate(targets.items()):
            self.proxies[name] = FaultyProxy(port, SEED + number)


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    imap, smtp, sent = free_port(), free_port(), tmp_path / "sent"
    start = "import sys; from pymap.main import main; sys.exit(main())"
    manner = ["--host", "127.0.0.1", "--port", str(imap), "--no-tls"]
    data = ["dict", "--demo-data", "--demo-user", "help", "--demo-password", "open"]
    keeps = ["-c", "aiosmtpd.handlers.Mailbox", str(sent)]
    servers = [
        started("-c", start, *manner, *data, port=imap),
        started("-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{smtp}", *keeps, port=smtp),
    ]
    made = Network(imap, smtp, sent)
    made.open()
    yield made
    for proxy in made.proxies.values():
        proxy.close()
    for server in servers:
        server.kill()
        server.wait(5)


@pytest.fixture
def mailbox(db, network: Network) -> Mailbox:
    """A mailbox that fetches and answers through the proxies."""
    made = Mailbox(name="售后", address=ADDRESS, takes_plus=True, imap_folder="Proof", imap_user="help")
    made.imap_host = made.smtp_host = "127.0.0.1"
    made.imap_security = made.smtp_security = "none"
    made.imap_port, made.smtp_port = network.proxies["imap"].port, network.proxies["out"].port
    made.keep_secret("imap_password", "open")
    made.save()
    return made


@pytest.fixture
def tickets(mailbox: Mailbox) -> list[Ticket]:
    """Tickets that are written on."""
    made = []
    for number in range(TICKETS):
        customer = Customer.objects.create(name=f"客户 {number}", language="zh-hans")
        customer.identities.create(kind="email", value=f"known{number}@example.net")
        made.append(create_ticket(customer=customer, subject="屏幕", body="碎了", acknowledge=False))
    return made


def letters(tickets: list[Ticket], chance: random.Random) -> list[Letter]:
    """What people outside write, each with a word of its own."""
    made = []
    for number in range(MAILS):
        word, ticket = f"W{number:04}", tickets[number % TICKETS] if number % 3 else None
        to = reply_address(ADDRESS, ticket) if ticket else ADDRESS
        filling = "手机摔了一下，屏幕碎了，可以保修吗？\r\n" * chance.choice([1, 10, 100, 300])
        head = f"From: <person{number}@example.net>\r\nTo: {to}\r\nSubject: {word}\r\nMessage-ID: <{word}@example.net>"
        raw = f"{head}\r\n\r\n{word} 您好\r\n{filling}".encode()
        made.append(Letter(word, raw, WAYS[number % len(WAYS)], ticket))
    return made


class Outside(threading.Thread):
    """The mail servers of the world: they put mail into the mailbox, and hand it over until it is accepted."""

    def __init__(self, network: Network, orders: IO[str]) -> None:
        super().__init__(daemon=True)
        self._network = network
        self.letters: queue.SimpleQueue[Letter | None] = queue.SimpleQueue()
        self.attempts: Counter[str] = Counter()
        # A door that has just taken a mail is killed, so that it must have been kept by then.
        self._orders = orders
        self.accepted: list[str] = []

    def run(self) -> None:
        """Deliver letters until there are no more."""
        folder = imaplib.IMAP4("127.0.0.1", self._network.imap)
        folder.login("help", "open")
        folder.create("Proof")
        while letter := self.letters.get():
            for way in letter.ways:
                if way == "imap":
                    folder.append("Proof", "", None, letter.raw)
                elif way != "pipe":
                    self._hand_over(letter, way)
                if way != "pipe":
                    self.accepted.append(letter.word)
        folder.logout()

    def _hand_over(self, letter: Letter, way: str) -> None:
        kind = smtplib.LMTP if way == "lmtp" else smtplib.SMTP
        while True:
            self.attempts[way] += 1
            # A server writes its line above the mail, each time anew.
            stamp = f"Received: by mx.example.net; attempt {self.attempts[way]}\r\n".encode()
            to = letter.raw.split(b"\r\nTo: ")[1].split(b"\r\n")[0].decode()
            try:
                with kind("127.0.0.1", self._network.proxies[way].port, timeout=10) as client:
                    client.sendmail("someone@example.net", [to], stamp + letter.raw)
            except (OSError, smtplib.SMTPException):
                time.sleep(0.05)
            else:
                self._orders.write(f"{way} ")
                self._orders.flush()
                return


def environment() -> dict[str, str]:
    """What the workers need: this test's database."""
    name = connection.settings_dict["NAME"]
    url = re.sub(r"/[^/]*$", f"/{name}", os.environ["DATABASE_URL"])
    return clean_environment(
        DATABASE_URL=url, PUBLIC_URL="https://help.example.com", DEFAULT_FROM_EMAIL=ADDRESS
    )


def finish(mailbox: Mailbox, network: Network) -> None:
    """Do without faults what is left when the last worker is dead."""
    Mailbox.objects.update(imap_port=network.imap, smtp_port=network.smtp)
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False) as clock:
        for _round in range(12):
            clock.shift(timedelta(hours=5))
            for turn in claimed():
                fetch(turn)
            while take_in_due() or deliver_due():
                pass
    state = FetchState.objects.get()
    assert (state.error, state.passed_over) == ("", [])


def check_taken_in(written: list[Letter]) -> None:
    """Each mail is a ticket or a message on its ticket, once."""
    rows = Message.objects.filter(kind=MessageKind.CUSTOMER, source_key__startswith="mail:")
    found: dict[str, list[int]] = {}
    for body, pk in rows.values_list("body", "ticket"):
        found.setdefault(body[:5], []).append(pk)
    assert {word for word, where in found.items() if len(where) > 1} == set(), "Taken in twice."
    assert {letter.word for letter in written} - found.keys() == set(), "Lost."
    for letter in written:
        if letter.ticket:
            assert found[letter.word] == [letter.ticket.pk]
    assert Ticket.objects.count() == TICKETS + sum(letter.ticket is None for letter in written)
    left = ReceivedMail.objects.exclude(state=MailState.TICKET)
    assert set(left.values_list("state", "reason")) <= {(MailState.IGNORED, Reason.DUPLICATE)}


def check_sent(network: Network) -> None:
    """Each reply and each acknowledgement arrived; what went out twice is the same mail, and that is rare."""
    copies: dict[str, list[str]] = {}
    for file in (network.sent / "new").iterdir():
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        copies.setdefault(mail["Message-ID"], []).append(mail.get_body(("plain",)).get_content())
    queued = Message.objects.exclude(delivery=Delivery.NONE)
    assert queued.count() == queued.filter(delivery=Delivery.SENT).count()
    assert queued.filter(kind=MessageKind.REPLY).count() == REPLIES
    assert copies.keys() == {message_id(message) for message in queued}
    assert all(len(set(texts)) == 1 for texts in copies.values()), "The same mail said something else."
    doubled = Counter({one: len(texts) - 1 for one, texts in copies.items()})
    # Where the server's answer never came to a living sender, nobody can know that the mail had arrived.
    proxy = network.proxies["out"]
    by_kills = doubled - Counter(proxy.swallowed)
    by_product = by_kills - Counter(proxy.unread)
    print(
        f"{queued.count()} mails out; {doubled.total()} of them twice: {(doubled - by_kills).total()} by the network, "
        f"{(by_kills - by_product).total()} by a kill before the answer, {by_product.total()} by a kill after it"
    )
    assert by_product.total() <= KILLS // 100


@pytest.mark.postgres
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_mail_goes_round_once_while_the_network_fails_and_workers_are_killed(
    network, mailbox, tickets, agent, settings, tmp_path
):
    settings.PUBLIC_URL = "https://help.example.com"
    written = letters(tickets, random.Random(SEED))
    piped = tmp_path / "pipe"
    piped.mkdir()
    for letter in written:
        if "pipe" in letter.ways:
            (piped / f"{letter.word}.eml").write_bytes(letter.raw)
    plan = {"kills": KILLS, "seed": SEED, "doors": network.doors, "pipe_folder": str(piped)}
    command = [sys.executable, "-m", "tests.mail_worker", json.dumps(plan)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as run:
        outside = Outside(network, run.stdin)
        outside.start()
        coming, replies = iter(written), iter(range(REPLIES))
        for told in map(json.loads, run.stdout):
            if "round" not in told:
                break
            for letter in islice(coming, MAILS_A_ROUND):
                outside.letters.put(letter)
            for number in islice(replies, REPLIES_A_ROUND):
                add_reply(tickets[number % TICKETS], f"R{number:04} 请寄回。", actor=agent)
        outside.letters.put(None)
        outside.join(60)
        run.stdin.close()
        assert run.wait(10) == 0
    by_workers = Message.objects.filter(source_key__startswith="mail:").count()
    assert by_workers, "No worker lived long enough to do anything."
    print(f"\nkilled: {told['workers']} workers, {told['doors']} doors, {told['pipes']} pipes")
    begun = [rows.filter(attempts__gt=1).count() for rows in (ReceivedMail.objects, Message.objects)]
    print(f"taken in when the last worker died: {by_workers} of {MAILS}")
    print(f"begun more than once: {begun[0]} mails in, {begun[1]} out")
    for name, proxy in network.proxies.items():
        print(f"{name}: {dict(proxy.faults)}, {len(proxy.swallowed)} answers swallowed")
        assert proxy.faults.keys() - {NONE}
    assert told["workers"] == KILLS
    assert {*outside.accepted, *told["piped"]} == {letter.word for letter in written}

    finish(mailbox, network)
    check_taken_in(written)
    check_sent(network)
