"""The product as it runs in production: web, worker and a mail server as processes, on a database of their own."""

import contextlib
import mailbox
import os
import re
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as policy
from pathlib import Path
from typing import TypeVar, cast

import psycopg
import pytest
from django.db import connection

from scripts.environment import ROOT, clean_environment
from scripts.private_postgres import free_port, private_postgres
from scripts.run import answers, end

HOST = "127.0.0.1"
PATIENCE = 60  # seconds for a start, or for something that the worker does
Found = TypeVar("Found")


def wait_for(what: str, look: Callable[[], Found], seconds: float = PATIENCE) -> Found:
    """Return the first true answer of `look`; fail with the name of what was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"Waited {seconds:.0f} s in vain for {what}.")
        time.sleep(0.2)
    return found


@contextlib.contextmanager
def fresh_database() -> Iterator[tuple[str, bool]]:
    """Give the URL of a new PostgreSQL database, and whether it has the tables already.

    It is on the server of the test run, else on one started for it, and a copy of the migrated one if there is one.
    """
    with contextlib.ExitStack() as stack:
        server = os.environ.get("DATABASE_URL", "")
        if not server.startswith("postgres"):
            server = stack.enter_context(private_postgres())
        migrated = connection.settings_dict["TEST"].get("TEMPLATE")
        name = f"system_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server, autocommit=True) as door:
            door.execute(f"CREATE DATABASE {name} TEMPLATE {migrated or 'template1'}")
        try:
            yield re.sub(r"/[^/]*$", f"/{name}", server), bool(migrated)
        finally:
            with psycopg.connect(server, autocommit=True) as door:
                door.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@dataclass
class System:
    """The running product; `folder` holds its mail, files and logs."""

    folder: Path
    static: Path
    database: str
    web_port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of the product, without a slash at its end."""
        return f"http://{HOST}:{self.web_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What every process gets: production settings, only without TLS."""
        return clean_environment(
            SECRET_KEY="only for this test, and for every one of its processes",
            DATABASE_URL=self.database,
            ALLOWED_HOSTS=HOST,
            CSRF_TRUSTED_ORIGINS=self.url,
            PUBLIC_URL=self.url,
            SECURE_SSL="False",
            EMAIL_URL=f"smtp://{HOST}:{self.smtp_port}",
            DEFAULT_FROM_EMAIL="Help desk <help@example.com>",
            MEDIA_ROOT=str(self.folder / "media"),
            STATIC_ROOT=str(self.static),
            # Ten seconds would pass with each reply.
            UNDO_SECONDS="1",
            PYTHONUNBUFFERED="1",
        )

    def manage(self, *arguments: str) -> str:
        """Run a management command and return what it prints; fail with its output when it fails."""
        command = [sys.executable, "manage.py", *arguments]
        result = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        if result.returncode:
            pytest.fail(f"manage.py {' '.join(arguments)} failed:\n{result.stdout}{result.stderr}")
        return result.stdout

    def _start(self, name: str, *command: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def start_web(self) -> None:
        """Start the web server and wait until it answers."""
        bind = ["--bind", f"{HOST}:{self.web_port}", "--workers", "2", "--threads", "2"]
        self._start("web", "-m", "gunicorn", "helpdesk.wsgi", "--no-control-socket", *bind)
        wait_for("the web server", lambda: self.check_alive() or answers(self.url))

    def start_worker(self) -> None:
        """Start the worker, which also keeps the schedule."""
        self._start("worker", "manage.py", "work")

    def start_smtp(self) -> None:
        """Start the mail server and wait until it answers."""
        listen = ["-l", f"{HOST}:{self.smtp_port}"]
        self._start(
            "smtp",
            "-m",
            "aiosmtpd",
            "-n",
            "-u",
            *listen,
            "-c",
            "aiosmtpd.handlers.Mailbox",
            str(self._maildir),
        )
        wait_for("the mail server", lambda: self.check_alive() or self._smtp_answers())

    def stop(self, name: str) -> None:
        """Stop one process: "web", "worker" or "smtp"."""
        end({name: self.processes.pop(name)})

    def check_alive(self) -> None:
        """Fail with its log when a process has ended by itself."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                pytest.fail(f"The {name} process ended (exit code {process.returncode}):\n{self.log(name)}")

    def log(self, name: str) -> str:
        """Return the last lines that a process wrote."""
        return "\n".join((self.folder / f"{name}.log").read_text(errors="replace").splitlines()[-60:])

    def mails(self, to: str = "") -> list[EmailMessage]:
        """Return the mails received so far, oldest first, only those to one address if it is given."""
        box = mailbox.Maildir(self._maildir, create=True)
        names = sorted(box.keys())
        read = [
            cast(EmailMessage, BytesParser(policy=policy).parsebytes(box.get_bytes(name))) for name in names
        ]
        return [mail for mail in read if to in str(mail["To"])]

    def wait_for_mail(self, to: str, containing: str = "", seconds: float = PATIENCE) -> EmailMessage:
        """Return the first mail to the address whose text holds the words, as soon as it is there."""

        def look() -> EmailMessage | None:
            self.check_alive()
            return next((mail for mail in self.mails(to) if containing in mail_text(mail)), None)

        mail = wait_for(f"a mail to {to} with “{containing}”", look, seconds)
        assert mail is not None
        return mail

    def hasten(self, turn: str) -> None:
        """Make the schedule's next turn of this name come now, instead of within half a minute."""
        with psycopg.connect(self.database) as door:
            moved = door.execute("UPDATE helpdesk_schedule SET next_run_at = now() WHERE name = %s", [turn])
            assert moved.rowcount == 1, turn

    @property
    def _maildir(self) -> Path:
        return self.folder / "mail"

    def _smtp_answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((HOST, self.smtp_port), 1) as probe:
            return probe.recv(3) == b"220"
        return False


def mail_text(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = mail.get_body(("plain", "html"))
    return part.get_content() if part else ""


@contextlib.contextmanager
def running_system(folder: Path, static: Path) -> Iterator[System]:
    """Give the product with a database just migrated and all its processes running."""
    with fresh_database() as (database, is_migrated):
        system = System(folder, static, database)
        try:
            if not is_migrated:
                system.manage("migrate", "--no-input", "--verbosity", "0")
            system.start_smtp()
            system.start_web()
            system.start_worker()
            yield system
        finally:
            end(system.processes)
            for name in ("web", "worker", "smtp"):
                if (folder / f"{name}.log").exists():
                    print(f"--- {name} ---\n{system.log(name)}")
