"""`--burst 10000`: mails handed over by LMTP as fast as they are taken, while people work on the pages.

Printed: how fast they were kept, how soon each was on a ticket, what a page took meanwhile against before, and how much
of a processor each mail cost, which a busy machine does not change.
"""

import contextlib
import os
import smtplib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from django.db import close_old_connections, connection
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import get_random_string

from bench.browser import Browser, Forms
from bench.mails import MAILBOX, generated_mail
from channels.models import Mailbox, MailState, ReceivedMail
from scripts.private_postgres import free_port
from tickets.models import Message, Promise, Ticket
from tickets.services import assign_waiting_tickets
from tickets.services.sweeps import overdue_promises

ROOT = Path(__file__).resolve().parent.parent
# Then it ends, whatever is not done, and says so.
MOST_SECONDS = 15 * 60
IDLE_SECONDS = 40
# Somebody opens a page so soon after the last one was there: as a dozen people at work.
PAUSE_SECONDS = 0.1
CONNECTIONS = 4
AIM_SECONDS, AIM_RATIO = 10 * 60, 2.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Pages:
    """The pages that people open again and again, and how long each took."""

    visit: dict[str, Callable[[], float]]

    def look_until(self, is_over: Callable[[], bool]) -> dict[str, list[float]]:
        """Open one after the other until it is over; return the seconds of each."""
        found: dict[str, list[float]] = {name: [] for name in self.visit}
        while not is_over():
            for name, visit in self.visit.items():
                found[name].append(visit())
                time.sleep(PAUSE_SECONDS)
        return found


@dataclass
class Processes:
    """The processes beside the web server, and the processor time that each has used."""

    by_name: dict[str, subprocess.Popen[bytes]]
    _databases: dict[str, dict[int, float]] = field(default_factory=dict)

    def note(self) -> None:
        """Look at the database's processes that serve them: those end with their connections."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT application_name, pid FROM pg_stat_activity WHERE application_name <> ''")
            for name, pid in cursor.fetchall():
                known = self._databases.setdefault(name, {})
                known[pid] = max(known.get(pid, 0.0), _used(pid))

    def used(self) -> dict[str, float]:
        """The seconds of a processor that each, what it has started, and its part of the database have used."""
        found = {}
        for name, process in self.by_name.items():
            found[name] = _used(process.pid)
            for pid in _children(process.pid):
                found[f"{name}’s reader"] = found.get(f"{name}’s reader", 0) + _used(pid)
            found[f"{name}’s database"] = sum(self._databases.get(name, {}).values())
        return found


def report_burst(number: int, port: int, agent: Browser, ticket_path: str) -> None:
    """Measure the pages while nothing comes, then while the mails come and become tickets; print both."""
    Mailbox.objects.get_or_create(name="售后", address=MAILBOX, language="zh-hans")
    settle()
    door, sink, batch = free_port(), free_port(), get_random_string(6).lower()
    mails = [generated_mail(one, batch) for one in range(number)]
    pages = _pages(agent, Browser(port, {}), ticket_path)
    with processes(door, sink) as others:
        # The first visits warm the web server up.
        for visit in list(pages.visit.values()) * 4:
            visit()
        idle_ends = time.monotonic() + IDLE_SECONDS
        idle = pages.look_until(lambda: time.monotonic() > idle_ends)
        before = others.used()
        burst = Burst(number, mails, door, others)
        burst.begin()
        during = pages.look_until(burst.is_over)
        burst.report(before)
    _report_pages(idle, during)


class Burst:
    """The mails on their way, and how far they have come."""

    def __init__(self, number: int, mails: list[bytes], door: int, others: Processes) -> None:
        self.number, self._mails, self._door, self._others = number, mails, door, others
        self.kept_seconds = self.ticket_seconds = self.sent_seconds = 0.0
        self._started = 0.0
        self._looked_at = 0.0
        self._left = self._unsent = number

    def begin(self) -> None:
        """Let the mails come."""
        self._started = time.monotonic()
        Thread(target=self._hand_over, daemon=True).start()

    def is_over(self) -> bool:
        """Whether all is done, or the time is up; looks once a second."""
        now = time.monotonic()
        if now - self._looked_at > 1:
            self._looked_at = now
            self._look(now - self._started)
        return bool(self.sent_seconds) or now - self._started > MOST_SECONDS

    def report(self, before: dict[str, float]) -> None:
        """Print what became of the mails and what each has cost."""
        number = self.number
        print(f"\n{number:,} mails in one burst, {CONNECTIONS} connections by LMTP")
        if self.kept_seconds:
            print(f"kept: {self.kept_seconds:.0f} s, {number / self.kept_seconds:.0f} a second")
        else:
            print(f"NOT all kept within {MOST_SECONDS // 60} min")
        states = ReceivedMail.objects.exclude(state=MailState.RECEIVED)
        done = states.filter(state=MailState.TICKET).count()
        if self.ticket_seconds:
            seconds = self.ticket_seconds
            print(
                f"tickets: {done:,} of {number:,} in {seconds / 60:.1f} min ({done / seconds:.0f} a second), "
                f"aim {AIM_SECONDS // 60} min: {'reached' if seconds <= AIM_SECONDS else 'MISSED'}"
            )
        else:
            print(f"tickets: only {done:,} of {number:,} within {MOST_SECONDS // 60} min: MISSED")
        if self.sent_seconds:
            print(f"acknowledged: all after {self.sent_seconds / 60:.1f} min")
        else:
            print(f"acknowledged: {self._unsent:,} still to go out after {MOST_SECONDS // 60} min")
        self._others.note()
        used = self._others.used()
        print("processor time a mail, in ms: " + ", ".join(
            f"{name} {(seconds - before.get(name, 0)) / number * 1000:.1f}" for name, seconds in used.items()
        ))  # fmt: skip

    def _hand_over(self) -> None:
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            list(threads.map(self._send, [self._mails[place::CONNECTIONS] for place in range(CONNECTIONS)]))
        self.kept_seconds = time.monotonic() - self._started

    def _send(self, mails: list[bytes]) -> None:
        with smtplib.LMTP("127.0.0.1", self._door) as client:
            for mail in mails:
                client.sendmail("sender@bench.example", [MAILBOX], mail)

    def _look(self, seconds: float) -> None:
        close_old_connections()
        self._others.note()
        if not self.kept_seconds:
            return
        self._left = ReceivedMail.objects.filter(state=MailState.RECEIVED).count()
        # Those of the forms that are filled meanwhile never end.
        self._unsent = Message.objects.filter(delivery="queued", ticket__channel="email").count()
        if not self._left and not self.ticket_seconds:
            self.ticket_seconds = seconds
        if not self._left and not self._unsent:
            self.sent_seconds = seconds


@contextlib.contextmanager
def processes(door: int, sink: int) -> Iterator[Processes]:
    """The worker, the door for mails, and a mail server that takes what goes out."""
    commands = {
        "mail server": ["-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{sink}", "-c", "aiosmtpd.handlers.Sink"],
        "door": ["manage.py", "serve_lmtp", "--port", str(door)],
        "worker": ["manage.py", "work"],
    }
    environment = os.environ | {"EMAIL_URL": f"smtp://127.0.0.1:{sink}", "PYTHONPATH": str(ROOT)}
    running = {
        name: subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment | {"PGAPPNAME": name},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for name, command in commands.items()
    }  # fmt: skip
    try:
        # The slowest needs some seconds; and what begins with a process is not what is measured.
        time.sleep(8)
        yield Processes({name: running[name] for name in ("worker", "door")})
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait(20)


def settle() -> None:
    """Do first what the loaded tickets leave to the worker: it is not what comes in."""
    overdue_promises().update(broken_at=F("due_at"))
    Promise.objects.filter(next_stage_at__lte=timezone.now()).update(next_stage_at=None)
    Ticket.objects.filter(status="resolved").update(
        status="surveyed", survey_outcome="not_asked", surveyed_at=timezone.now()
    )
    while assign_waiting_tickets():
        pass


def _pages(agent: Browser, visitor: Browser, ticket_path: str) -> Pages:
    form_path = "/ask/?category=technical-fault"
    number = 0

    def read(browser: Browser, path: str) -> float:
        seconds, answer, _content = browser.send("GET", path)
        assert answer.status == 200, path
        return seconds

    def create() -> float:
        nonlocal number
        number += 1
        action, fields = Forms(visitor.page(form_path)).with_field("subject")
        fields |= {
            "subject": "充电宝充不进电", "name": f"新客户{number}",
            "email": f"burst{number}.{time.time_ns()}@bench.example",
            "text": "你好，充电宝充不进电，指示灯也不亮，请问怎么保修？", "category": "technical-fault",
        }  # fmt: skip
        seconds, answer, _content = visitor.send("POST", action or form_path, fields)
        assert answer.status in (302, 303), answer.status
        return seconds

    return Pages({
        "queue": lambda: read(agent, "/desk/queue/team/"), "ticket": lambda: read(agent, ticket_path),
        "portal form": lambda: read(visitor, form_path), "create": create,
    })  # fmt: skip


def _report_pages(idle: dict[str, list[float]], during: dict[str, list[float]]) -> None:
    print(
        f"{'':14} {'idle p95':>10} {'burst p95':>10} {'ratio':>6}  (median {'idle':>5} {'burst':>6}; times opened)"
    )
    for name in idle:
        quiet, busy = _p95(idle[name]), _p95(during[name])
        ratio = busy / quiet
        print(
            f"{name:14} {quiet * 1000:7.1f} ms {busy * 1000:7.1f} ms {ratio:6.2f}  "
            f"({_median(idle[name]):.1f} ms, {_median(during[name]):.1f} ms; {len(idle[name])}, {len(during[name])})"
            f"{'' if ratio <= AIM_RATIO else '  MISSED: aim ' + str(AIM_RATIO)}",
            flush=True,
        )


def _p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def _median(seconds: list[float]) -> float:
    return statistics.median(seconds) * 1000


def _used(pid: int) -> float:
    """The seconds of a processor that a process has used; 0 when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
