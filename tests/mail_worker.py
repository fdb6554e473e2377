"""Workers that fetch, take in and deliver mail, two at a time, each killed at a random moment.

Beside them the doors for a mail server, killed as well, and pipes that take one mail each. Says when a round begins,
and in the end what was killed and which mails the pipes accepted.
"""

import json
import os
import random
import select
import signal
import smtplib
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

import time_machine  # noqa: E402 - Django must be set up first
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from channels.delivery import deliver_due  # noqa: E402
from channels.email.sending import build_email  # noqa: E402
from channels.receiving.fetching import claimed, fetch  # noqa: E402
from channels.receiving.reading import reader  # noqa: E402
from channels.receiving.taking_in import take_in_due  # noqa: E402
from tickets.models import Message  # noqa: E402
from tickets.rulebook import current_rulebook  # noqa: E402

# So much time passes between two rounds that the leases of those who were killed are over.
ROUND = timedelta(minutes=11)
# In seconds.
LONGEST_WORK, LONGEST_AFTER = 0.12, 0.08
IDLE_TURNS = 15


def fetch_due() -> int:
    """Fetch from the mailboxes whose turn has come."""
    return sum(fetch(mailbox) for mailbox in claimed())


def work(order: list[int], moment: datetime, ready: int) -> None:
    """Say that its life begins, and do what is due for ever, in this order; say so when there is nothing for long."""
    tasks: list[Callable[[], int]] = [take_in_due, fetch_due, deliver_due]
    current_rulebook()
    if 0 in order:
        reader.read(b"From: a@example.net\n\nwarm", "")
    idle = 0
    with time_machine.travel(moment, tick=True):
        os.write(ready, b".")
        while True:
            idle = 0 if sum(tasks[place]() for place in order) else idle + 1
            if idle:
                time.sleep(0.02)
            if idle == IDLE_TURNS:
                os.write(ready, b".")


def warm_up() -> None:
    """Do and load once what every worker would at first, so that its short life is spent on the work."""
    for message in Message.objects.select_related("ticket__customer", "author")[:1]:
        for language in ("en", "zh-hans"):
            message.language = language
            build_email(message).message().as_bytes()
    for task in (take_in_due, deliver_due):
        task()
    smtplib.SMTP()
    connections.close_all()


def forked(life: Callable[[], None]) -> int:
    """A process that lives this life; forked without a connection, each opens its own."""
    if pid := os.fork():
        return pid
    code = 1
    try:
        life()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        os._exit(code)


def killed(pid: int) -> bool:
    """Whether it was alive until now."""
    os.kill(pid, signal.SIGKILL)
    _pid, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


class Doors:
    """The servers for the mail server on the same machine; killed when the test says so, and opened again."""

    def __init__(self, ports: dict[str, int]) -> None:
        self._ports = ports
        self._open = {kind: self._opened(kind) for kind in ports}
        self.killed = 0

    def _opened(self, kind: str) -> int:
        port, is_smtp = self._ports[kind], kind == "smtp"
        return forked(lambda: call_command("serve_lmtp", port=port, smtp=is_smtp))

    def obey(self, order: str) -> None:
        """Kill the doors that the test names."""
        for kind in order.split():
            self.killed += killed(self._open[kind])
            self._open[kind] = self._opened(kind)

    def close(self) -> None:
        """End them."""
        for pid in self._open.values():
            killed(pid)


class Pipes:
    """Mails that the mail server hands over one process each, and again when the process did not end well."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._waiting, self._chance = sorted(folder.iterdir()), chance
        self.accepted: list[str] = []
        self.killed = 0

    def hand_over(self, *, may_kill: bool) -> None:
        """Hand over the next mail."""
        if not self._waiting:
            return
        mail = self._waiting.pop(0)
        pid = forked(lambda: self._receive(mail))
        if may_kill and self._chance.random() < 0.4:
            time.sleep(self._chance.uniform(0, 0.06))
            os.kill(pid, signal.SIGKILL)
        _pid, status = os.waitpid(pid, 0)
        if status == 0:
            self.accepted.append(mail.stem)
        else:
            self.killed += os.WIFSIGNALED(status)
            self._waiting.append(mail)

    def finish(self) -> None:
        """Hand over what is left."""
        while self._waiting:
            self.hand_over(may_kill=False)

    @staticmethod
    def _receive(mail: Path) -> None:
        os.dup2(os.open(mail, os.O_RDONLY), 0)
        sys.stdin = os.fdopen(0)
        call_command("receive_mail", mailbox="help@example.com")


class Life:
    """A worker that is killed a random moment after it has worked for a random time of the processor.

    So it is killed at its work, however busy the machine is; the moment is by the clock, since much of the work is to
    wait for servers. One that finds nothing to do is killed all the same.
    """

    def __init__(self, chance: random.Random, moment: datetime) -> None:
        # Now and then one does not read mail, and need not begin the process that does.
        order = chance.sample([0, 1, 2], chance.choice([2, 3, 3]))
        self._works, self._lives_on = chance.uniform(0.003, LONGEST_WORK), chance.uniform(0, LONGEST_AFTER)
        self._says, ready = os.pipe()
        self._pid = forked(partial(work, order, moment, ready))
        os.close(ready)
        self._ends_at, self.was_killed = 0.0, False

    def begin(self) -> None:
        """Wait until it is at work."""
        os.read(self._says, 1)
        self._began_with = self._spent()

    def is_over(self) -> bool:
        """Kill it when its time has come."""
        now = time.monotonic()
        if not self._ends_at and (self._spent() - self._began_with > self._works or self._is_idle()):
            self._ends_at = now + self._lives_on
        if self._ends_at and now > self._ends_at and not self.was_killed:
            self.was_killed = killed(self._pid)
            os.close(self._says)
        return self.was_killed

    def _is_idle(self) -> bool:
        return bool(select.select([self._says], [], [], 0)[0])

    def _spent(self) -> float:
        return int(Path(f"/proc/{self._pid}/schedstat").read_text().split()[0]) / 1e9


def main(plan: dict[str, Any]) -> None:
    warm_up()
    chance, kills = random.Random(plan["seed"]), 0
    doors, pipes = Doors(plan["doors"]), Pipes(Path(plan["pipe_folder"]), chance)
    began_at = timezone.now()
    for number in range(plan["kills"] // 2):
        # The test lets the next mails come.
        print(json.dumps({"round": number}), flush=True)
        lives = [Life(chance, began_at + number * ROUND) for _worker in range(2)]
        for life in lives:
            life.begin()
        pipes.hand_over(may_kill=True)
        while sum(life.is_over() for life in lives) < len(lives):
            # Not by sys.stdin, which would read ahead.
            if select.select([0], [], [], 0)[0]:
                doors.obey(os.read(0, 1_000).decode())
            time.sleep(0.002)
        kills += sum(life.was_killed for life in lives)
    pipes.finish()
    told = {"workers": kills, "doors": doors.killed, "pipes": pipes.killed, "piped": pipes.accepted}
    print(json.dumps(told), flush=True)
    # The mail server outside may still have mails to hand over when the last worker is dead.
    while order := os.read(0, 1_000).decode():
        doors.obey(order)
    doors.close()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
