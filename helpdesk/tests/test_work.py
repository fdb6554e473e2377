"""The worker as processes: several at once, ended politely, restarted."""

import os
import shutil
import signal
import subprocess
import sys
import time
from email import message_from_bytes
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from scripts.environment import ROOT
from scripts.private_postgres import free_port

pytestmark = pytest.mark.ground

PREPARE = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()
from customers.services import find_or_create_customer
from tickets.services import create_ticket
for number in range(%d):
    customer = find_or_create_customer(name="陈晓", kind="email", value=f"c{number}@example.com", language="zh-hans")
    create_ticket(customer=customer, subject="屏幕碎了", body="摔了")
"""


class Inbox:
    """Takes every mail."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def handle_DATA(self, server, session, envelope) -> str:
        self.ids.append(message_from_bytes(envelope.content)["Message-ID"])
        return "250 OK"


@pytest.fixture
def inbox():
    box = Inbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()


@pytest.fixture
def environment(tmp_path: Path, inbox, settings):
    if settings.MIGRATED_DATABASE.scheme == "sqlite":
        shutil.copy(settings.MIGRATED_DATABASE.path, tmp_path / "db.sqlite3")
    values = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "EMAIL_URL": f"smtp://127.0.0.1:{inbox.port}",
        "PYTHONPATH": str(ROOT),
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=values, check=True)
    return values


def start(environment, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "manage.py", "work"], cwd=ROOT, env=environment, stdout=out, stderr=out
        )


def wait_until(look, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_three_workers_send_each_mail_once_and_end_when_asked(environment, inbox, tmp_path):
    count = 30
    subprocess.run([sys.executable, "-c", PREPARE % count], cwd=ROOT, env=environment, check=True)
    logs = [tmp_path / f"worker{number}.log" for number in range(3)]
    workers = [start(environment, log) for log in logs]
    try:
        wait_until(lambda: len(inbox.ids) >= count)
        # Long enough for a second look at everything.
        time.sleep(4)
        assert all(worker.poll() is None for worker in workers), [log.read_text() for log in logs]
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        # Workers stand back for everybody else (nice 10), so beside other tests their end may take a while.
        assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert len(inbox.ids) == len(set(inbox.ids)) == count
    for log in logs:
        assert "Traceback" not in log.read_text()
        assert "locked" not in log.read_text()
