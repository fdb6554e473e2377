"""Two desks and a machine that sends everything back write to each other for a week: few automatic mails, none lost."""

import json
import smtplib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from scripts.environment import ROOT, clean_environment
from scripts.private_postgres import free_port
from tests.browser.system import fresh_database

MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
DAYS, STEPS_A_DAY = 7, 4
ALPHA, BETA = "alpha.example", "beta.example"
ECHO = "echo@echo.example"
MOST = 5


def text_of(mail: EmailMessage) -> str:
    """What somebody reads."""
    return str(mail.get_body(("plain",)).get_content())


def stripped(mail: EmailMessage, sender: str, to: str) -> bytes:
    """The mail as a server without manners passes it on: the text, and whose it is."""
    return f"From: {sender}\r\nTo: {to}\r\n\r\n{text_of(mail)}".encode()


class Wires:
    """The mail server by which both desks send; what comes lies here until it is carried on."""

    def __init__(self) -> None:
        self.coming: list[tuple[str, bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.coming += [(to, envelope.content) for to in envelope.rcpt_tos]
        return "250 taken"


class Desk:
    """One installation: a process, a database, keys and addresses of its own."""

    def __init__(self, domain: str, wires: int) -> None:
        self.domain, self.port = domain, free_port()
        self._database = ExitStack()
        database, has_tables = self._database.enter_context(fresh_database())
        environment = clean_environment(
            DATABASE_URL=database, SECRET_KEY=f"the key of {domain}, for a test", PUBLIC_URL=f"https://{domain}",
            DEFAULT_FROM_EMAIL=f"help@{domain}", EMAIL_URL=f"smtp://127.0.0.1:{wires}",
        )  # fmt: skip
        if not has_tables:
            migrate = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
            subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.desk_instance", domain, str(self.port)],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def wait(self) -> None:
        """Until it takes mail."""
        assert json.loads(self._process.stdout.readline()) == "open"

    def tell(self, at: datetime, do: str, **arguments: str) -> Any:
        """Have it do something at that time, and hear what it says."""
        order = {"at": at.isoformat(), "do": do, "with": arguments}
        print(json.dumps(order), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def hand_over(self, to: str, content: bytes) -> None:
        """Hand a mail over to it as its mail server does."""
        with smtplib.SMTP("127.0.0.1", self.port) as client:
            client.sendmail("", [to], content)

    def close(self) -> None:
        """End it, and its database."""
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
        self._database.close()


class World:
    """Carries mail between the desks and the echo, and counts it."""

    def __init__(self, wires: Wires, desks: dict[str, Desk]) -> None:
        self._wires, self.desks = wires, desks
        # Of each pair of addresses, in this direction: all mails, and those that no person wrote.
        self.mails: Counter[tuple[str, str]] = Counter()
        self.automatic: Counter[tuple[str, str]] = Counter()
        self.carried: Counter[str] = Counter()
        self.to_staff: Counter[str] = Counter()

    def run(self, now: datetime) -> None:
        """Let everybody work and answer until nothing moves any more; each round takes a minute."""
        for number in range(60):
            at = now + timedelta(minutes=number)
            waiting = sum(desk.tell(at, "work") for desk in self.desks.values())
            coming, self._wires.coming = self._wires.coming, []
            for to, content in coming:
                self.carry(to, content)
            if not coming and not waiting:
                return
        raise AssertionError("They write to each other without an end.")

    def carry(self, to: str, content: bytes) -> None:
        """Bring one mail to whom it is for."""
        mail = message_from_bytes(content, policy=policy.default)
        sender, domain = mail["From"].addresses[0].addr_spec, to.partition("@")[2]
        if domain.startswith("staff."):
            self.to_staff[domain.removeprefix("staff.")] += 1
            return
        self.mails[sender, to] += 1
        self.automatic[sender, to] += "Auto-Submitted" in mail
        if to == ECHO:
            # Its answer is on its way at once.
            self._wires.coming.append((sender, stripped(mail, ECHO, sender)))
            return
        # The way between the two addresses of sales strips all headers, that between those of help leaves them.
        if sender.startswith("sales@"):
            content = stripped(mail, sender, to)
        self.carried[domain] += 1
        self.desks[domain].hand_over(to, content)


@pytest.fixture
def world() -> Iterator[World]:
    wires = Wires()
    server = Controller(wires, hostname="127.0.0.1", port=free_port())
    server.start()
    desks: dict[str, Desk] = {}
    try:
        for domain in (ALPHA, BETA):
            desks[domain] = Desk(domain, server.port)
        for desk in desks.values():
            desk.wait()
        yield World(wires, desks)
    finally:
        for desk in desks.values():
            desk.close()
        server.stop()


def written(sender: str, to: str, word: str) -> bytes:
    """A mail that a person writes in a mail program, from an address that a machine answers for as well."""
    head = f"From: {sender}\r\nTo: {to}\r\nSubject: {word}\r\nMessage-ID: <{word}.{sender}>\r\n"
    return f"{head}\r\n{word} My screen is broken.\r\n".encode()


def people_write(world: World, step: int, now: datetime) -> Iterator[tuple[str, str]]:
    """What keeps the machines going; gives of each mail the desk that it is for, and its word."""
    for desk, domain in ((world.desks[ALPHA], BETA), (world.desks[BETA], ALPHA)):
        to = f"help@{domain}"
        world.carry(to, written(ECHO, to, f"echo{step}"))
        yield domain, f"echo{step}"
        for name in ("help", "sales"):
            to, word = f"{name}@{domain}", f"{name}{step}"
            if step == 0:
                desk.tell(now, "write", mailbox=name, to=to, text=f"{word} Have you got it?")
            elif step % STEPS_A_DAY == 0:
                world.carry(to, written(f"{name}@{desk.domain}", to, word))
            else:
                continue
            yield domain, word


def show(world: World, reports: dict[str, Any]) -> None:
    """The figures, as a table."""
    print(f"\n{'from':20} {'to':20} {'mails':>6} {'automatic':>10} {'warnings':>9}")
    for (sender, to), count in sorted(world.mails.items()):
        warnings = reports.get(sender.partition("@")[2], {"stopped": {}})["stopped"].get(to, 0)
        print(f"{sender:20} {to:20} {count:6} {world.automatic[sender, to]:10} {warnings:9}")
    for domain, report in reports.items():
        print(f"{domain}: {world.carried[domain]} mails came: {report['mails']}; {report['tickets']} tickets")


@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_two_desks_and_an_echo_write_to_each_other_for_a_week(world):
    asked: dict[str, list[str]] = {ALPHA: [], BETA: []}
    for step in range(DAYS * STEPS_A_DAY):
        now = MONDAY + timedelta(days=step / STEPS_A_DAY)
        for domain, word in people_write(world, step, now):
            asked[domain].append(word)
        world.run(now)
    reports = {name: desk.tell(MONDAY + timedelta(days=DAYS), "report") for name, desk in world.desks.items()}
    show(world, reports)

    assert max(world.automatic.values()) <= MOST
    for domain, other in ((ALPHA, BETA), (BETA, ALPHA)):
        report = reports[domain]
        # Nothing lost: each mail that came is on a ticket, and each that a person began with has one of its own.
        assert {state.split()[0] for state in report["mails"]} == {"ticket"}
        assert sum(report["mails"].values()) == world.carried[domain]
        assert {word: report["asked"].get(word) for word in asked[domain]} == dict.fromkeys(asked[domain], 1)
        assert report["unsent"] == 0
        # All three would have been written to again and again: one warning for each, and it went out.
        assert report["stopped"] == dict.fromkeys([ECHO, f"help@{other}", f"sales@{other}"], 1)
        assert world.to_staff[domain] == 3
