"""The three ways in, each with a real server or a real process: a pipe, LMTP, IMAP."""

import asyncio
import contextlib
import imaplib
import io
import os
import smtplib
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from channels.email.servers import MailServerError, access_token, forget_token, try_way_in
from channels.models import FetchState, Mailbox, MailState, ReceivedMail
from channels.receiving.fetching import MOST_TRIES, claimed, fetch, keep_fetching
from channels.receiving.handing_over import make_server
from channels.receiving.taking_in import take_in_due
from channels.receiving.waiting import Watch
from scripts.private_postgres import free_port
from tickets.models import Ticket

MAIL = "From: 陈晓 <chen@example.net>\r\nTo: help@example.com\r\nSubject: {}\r\n\r\n你好\r\n"


def mail(subject: str) -> bytes:
    return MAIL.format(subject).encode()


@pytest.fixture
def mailbox(db) -> Mailbox:
    return Mailbox.objects.create(name="售后", address="help@example.com")


def pipe(monkeypatch: Any, content: bytes, *arguments: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    call_command("receive_mail", *arguments, stderr=io.StringIO())


def test_a_mail_through_the_pipe_is_kept(monkeypatch, mailbox):
    pipe(monkeypatch, mail("a"), "--mailbox", "help+x@example.com")
    pipe(monkeypatch, mail("b"))
    assert ReceivedMail.objects.filter(mailbox=mailbox, source="pipe").count() == 2
    assert ReceivedMail.objects.earliest("id").recipient == "help+x@example.com"


def test_what_the_pipe_cannot_keep_stays_with_the_mail_server(monkeypatch, mailbox):
    for arguments in (["--mailbox", "nobody@example.com"], []):
        Mailbox.objects.get_or_create(name="x", address="sales@example.com")
        with pytest.raises(SystemExit) as end:
            pipe(monkeypatch, mail("a"), *arguments)
        assert end.value.code == os.EX_TEMPFAIL
    assert not ReceivedMail.objects.exists()


@pytest.fixture
def door() -> Iterator[Callable[..., int]]:
    """Opens our own server for the mail server beside it, and gives its port."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers = []

    def start(*, is_lmtp: bool) -> int:
        made = loop.create_server(lambda: make_server(is_lmtp=is_lmtp), "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(made, loop).result(5)
        servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    yield start
    for server in servers:
        loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_lmtp_answers_for_each_recipient_when_the_mail_is_kept(mailbox, door):
    Mailbox.objects.create(name="x", address="sales@example.com")
    with smtplib.LMTP("127.0.0.1", door(is_lmtp=True)) as client:
        to = ["help+t1-a@example.com", "nobody@example.com", "sales@example.com"]
        long_line = mail("a") + b"x" * 200_000 + b"\r\n.\r\n"
        client.ehlo_or_helo_if_needed()
        client.mail("chen@example.net")
        assert [client.rcpt(address)[0] for address in to] == [250, 550, 250]
        # Python's client reads one answer; the second is for the second recipient.
        assert client.data(long_line)[0] == client.getreply()[0] == 250
    assert sorted(ReceivedMail.objects.values_list("recipient", flat=True)) == [to[0], to[2]]
    assert bytes(ReceivedMail.objects.first().content.raw) == long_line


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_smtp_on_the_own_machine_keeps_mail_too(mailbox, door):
    with smtplib.SMTP("127.0.0.1", door(is_lmtp=False)) as client:
        client.sendmail("chen@example.net", ["HELP@example.com"], mail("a"))
    assert ReceivedMail.objects.get().source == "lmtp"


def test_the_door_opens_on_this_machine_only():
    with pytest.raises(CommandError, match="this machine only"):
        call_command("serve_lmtp", "--host", "0.0.0.0")


@pytest.fixture(scope="session")
def imap_port() -> Iterator[int]:
    """A real IMAP server in a process of its own."""
    port = free_port()
    start = [sys.executable, "-c", "import sys; from pymap.main import main; sys.exit(main())"]
    manner = ["--host", "127.0.0.1", "--port", str(port), "--no-tls"]
    data = ["dict", "--demo-data", "--demo-user", "help", "--demo-password", "open"]
    server = subprocess.Popen([*start, *manner, *data], stderr=subprocess.DEVNULL)
    for _try in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield port
    server.kill()
    server.wait(5)


class Folder:
    """A folder on the server, as another mail program has it open."""

    def __init__(self, port: int, name: str) -> None:
        self.client, self.name = imaplib.IMAP4("127.0.0.1", port), name
        self.client.login("help", "open")
        self.client.create(name)

    def put(self, *subjects: str, flags: str = "") -> None:
        for subject in subjects:
            self.client.append(self.name, flags, None, mail(subject))

    def make_anew(self) -> None:
        self.client.delete(self.name)
        self.client.create(self.name)


@pytest.fixture
def folder(imap_port, mailbox) -> Iterator[Folder]:
    made = Folder(imap_port, f"T{uuid.uuid4().hex[:8]}")
    mailbox.imap_host, mailbox.imap_port, mailbox.imap_security = "127.0.0.1", imap_port, "none"
    mailbox.imap_user, mailbox.imap_folder = "help", made.name
    mailbox.keep_secret("imap_password", "open")
    mailbox.save()
    yield made
    made.client.logout()


@pytest.fixture
def look(mailbox) -> Callable[[], list[str]]:
    """Fetches once, takes the mails in, and gives the subjects of all tickets."""

    def fetch_once() -> list[str]:
        FetchState.objects.update(next_fetch_at=timezone.now())
        assert claimed() == [mailbox]
        mailbox.refresh_from_db()
        fetch(mailbox)
        take_in_due()
        return sorted(Ticket.objects.values_list("subject", flat=True))

    return fetch_once


def test_only_unread_mail_begins_and_then_all_that_comes(folder, look):
    folder.put("alt", flags="(\\Seen)")
    folder.put("eins")
    assert look() == ["eins"]
    folder.put("zwei", flags="(\\Seen)")
    assert look() == ["eins", "zwei"]
    assert look() == ["eins", "zwei"]
    assert folder.client.status(folder.name, "(UNSEEN)")[1][0].endswith(b"(UNSEEN 1)")


def test_uids_that_begin_anew_make_nothing_twice_and_lose_nothing(folder, look):
    folder.put("eins")
    look()
    folder.make_anew()
    folder.put("eins", "zwei")
    assert look() == ["eins", "zwei"]


def test_a_turn_belongs_to_one_worker(folder, look):
    look()
    FetchState.objects.update(next_fetch_at=timezone.now())
    assert [len(claimed()), len(claimed())] == [1, 0]


class Proxy:
    """Stands before the server, and hangs up when a client asks for a certain mail."""

    def __init__(self, port: int) -> None:
        self.poison, self._target = b"", port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._door.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                threading.Thread(target=self._pass, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, is_asking: bool) -> None:
        with contextlib.suppress(OSError):
            while (data := source.recv(65_536)) and not (is_asking and self.poison and self.poison in data):
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self._door.close()


def test_one_poisoned_mail_stops_no_other(folder, look, mailbox, imap_port):
    look()
    folder.put("eins", "gift", "drei")
    proxy = Proxy(imap_port)
    Mailbox.objects.update(imap_port=proxy.port)
    proxy.poison = b"FETCH 102 "
    assert look() == ["eins"]
    state = FetchState.objects.get()
    assert (state.stuck_uid, state.stuck_count, bool(state.error)) == (102, 1, True)
    FetchState.objects.update(stuck_count=MOST_TRIES)
    assert look() == ["drei", "eins"]
    state = FetchState.objects.get()
    assert (state.passed_over, state.error) == ([102], "")
    # It holds up nothing when it is tried again, once an hour.
    folder.put("vier")
    FetchState.objects.update(fetched_at=timezone.now() - timedelta(hours=1))
    assert look() == ["drei", "eins", "vier"]
    proxy.poison = b""
    FetchState.objects.update(fetched_at=timezone.now() - timedelta(hours=1))
    assert look() == ["drei", "eins", "gift", "vier"]
    state = FetchState.objects.get()
    assert (state.passed_over, state.error) == ([], "")
    proxy.close()


def test_a_break_in_the_first_look_begins_it_again(folder, look, imap_port):
    folder.put("eins", "zwei")
    proxy = Proxy(imap_port)
    Mailbox.objects.update(imap_port=proxy.port)
    proxy.poison = b"FETCH 102 "
    assert look() == ["eins"]
    proxy.poison = b""
    assert look() == ["eins", "zwei"]
    proxy.close()


def test_a_wrong_password_and_a_missing_folder_say_what_to_do(folder, mailbox):
    assert try_way_in(mailbox) == 0
    mailbox.imap_folder = "nowhere"
    with pytest.raises(MailServerError, match="Look at user, password and folder"):
        try_way_in(mailbox)
    mailbox.keep_secret("imap_password", "wrong")
    with pytest.raises(MailServerError, match="does not let the mailbox in"):
        try_way_in(mailbox)


def test_a_server_that_is_away_is_asked_again_after_a_rest(mailbox, closed_port):
    mailbox.imap_host, mailbox.imap_port, mailbox.imap_security = "127.0.0.1", closed_port, "none"
    mailbox.save()
    [taken] = claimed()
    assert fetch(taken) == 0
    state = FetchState.objects.get()
    assert "does not answer" in state.error
    assert state.next_fetch_at > timezone.now()
    assert not ReceivedMail.objects.filter(state=MailState.RECEIVED).exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_mail_is_fetched_as_soon_as_the_server_says_that_it_came(folder, mailbox):
    Mailbox.objects.update(poll_seconds=3600)
    stop = threading.Event()
    worker = threading.Thread(target=keep_fetching, args=(stop,), daemon=True)
    worker.start()
    waits = FetchState.objects.filter(watched_until__isnull=False, is_woken=False, claimed_until=None)
    try:
        until(lambda: FetchState.objects.filter(fetched_at__isnull=False).exists())
        until(lambda: waits.exists() and FetchState.objects.get().uid_validity)
        time.sleep(1.5)
        for number, subject in enumerate(["eins", "zwei"], 1):
            folder.put(subject)
            until(lambda count=number: ReceivedMail.objects.count() == count)
        # One waits for all workers, and not for a mailbox out of use.
        Watch(stop).begin()
        assert sum(thread.name.startswith("idle-") for thread in threading.enumerate()) == 1
    finally:
        stop.set()
        worker.join(10)
    assert FetchState.objects.get().watched_until <= timezone.now()


def until(is_so: Callable[[], Any]) -> None:
    """Wait until something is so, for some seconds."""
    ends_at = time.monotonic() + 15
    while not is_so():
        assert time.monotonic() < ends_at, "It never came."
        time.sleep(0.05)


def test_an_access_token_is_fetched_once_and_a_new_refresh_token_kept(mailbox, tokens):
    mailbox.oauth_token_url = tokens.url
    mailbox.oauth_client_id, mailbox.imap_sign_in = "desk", "oauth2"
    mailbox.keep_secret("oauth_refresh_token", "old")
    mailbox.save()
    assert access_token(mailbox) == "key 1"
    assert tokens.asked[-1]["client_id"] == ["desk"]
    mailbox.refresh_from_db()
    assert mailbox.secret("oauth_refresh_token") == "new"
    # It is good for an hour.
    assert access_token(mailbox) == "key 1"
    assert len(tokens.asked) == 1
    forget_token(mailbox)
    with pytest.raises(MailServerError, match="invalid_grant"):
        access_token(mailbox)
