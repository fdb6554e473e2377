"""How many mails a second come in by the pipe and by IMAP, and become tickets; a small sample."""

import imaplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.mails import MAILBOX, generated_mail
from channels.models import Mailbox
from channels.receiving.fetching import claimed, fetch
from channels.receiving.taking_in import take_in_due
from scripts.private_postgres import free_port

ROOT = Path(__file__).resolve().parent.parent
PIPED, FETCHED = 5, 200


def report_receiving() -> None:
    """Let some mails come by each way, make tickets of them, and print how fast that was."""
    mailbox, _is_new = Mailbox.objects.get_or_create(name="售后", address=MAILBOX, language="zh-hans")
    started = time.perf_counter()
    for number in range(PIPED):
        command = [sys.executable, "manage.py", "receive_mail", "--mailbox", MAILBOX]
        subprocess.run(command, input=generated_mail(number, "pipe"), cwd=ROOT, check=True)
    _print("mails by the pipe", PIPED, started, "one process for each")
    with imap_server() as port:
        _fill(port)
        mailbox.imap_host, mailbox.imap_port, mailbox.imap_security = "127.0.0.1", port, "none"
        mailbox.imap_user, mailbox.imap_folder = "bench", "Bench"
        mailbox.keep_secret("imap_password", "open")
        mailbox.save()
        started = time.perf_counter()
        kept = sum(fetch(one) for one in claimed())
        _print("mails by IMAP", kept, started, "pymap, which keeps them in memory")
    Mailbox.objects.filter(pk=mailbox.pk).update(imap_host="")
    started, taken = time.perf_counter(), 0
    while done := take_in_due():
        taken += done
    _print("tickets of mails", taken, started, "one worker")


@contextmanager
def imap_server() -> Iterator[int]:
    """A real IMAP server in a process of its own."""
    port = free_port()
    start = [sys.executable, "-c", "import sys; from pymap.main import main; sys.exit(main())"]
    manner = ["--host", "127.0.0.1", "--port", str(port), "--no-tls"]
    data = ["dict", "--demo-data", "--demo-user", "bench", "--demo-password", "open"]
    server = subprocess.Popen([*start, *manner, *data], stderr=subprocess.DEVNULL)
    try:
        for _try in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        server.kill()
        server.wait(5)


def _fill(port: int) -> None:
    client = imaplib.IMAP4("127.0.0.1", port)
    client.login("bench", "open")
    client.create("Bench")
    for number in range(FETCHED):
        client.append("Bench", "", None, generated_mail(number, "imap"))
    client.logout()


def _print(name: str, number: int, started: float, how: str) -> None:
    seconds = time.perf_counter() - started
    print(f"{name:20} {number / seconds:6.1f} a second   {number} in {seconds:.1f} s; {how}", flush=True)
