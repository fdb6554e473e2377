"""The mail server and the forms that these tests speak of."""

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from django.utils import timezone

from catalog.models import Category
from scripts.private_postgres import free_port
from tickets.models import Message


@dataclass
class Postbox:
    """A real SMTP server in a thread: what it received, and what it says to whom."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    # Of each mail: who the envelope says it is from, and to whom it goes; and its bytes.
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    # What it says to an envelope without a sender.
    nobody_answer: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    data_answer: str = ""
    # Set: the server has a mail whole, and keeps its sender waiting for the answer.
    keeps_waiting: bool = False
    has_one: threading.Event = field(default_factory=threading.Event)
    # When it said last that it has a mail.
    answered_at: float = 0.0
    controller: Controller | None = None
    # Set: who has no such access token sends nothing. What was said to sign in is kept.
    token: str = ""
    signed_in: list[str] = field(default_factory=list)

    async def auth_XOAUTH2(self, server: Any, words: list[str]) -> AuthResult:
        said = base64.b64decode(words[1]).decode()
        self.signed_in.append(said)
        if said == f"user=help\1auth=Bearer {self.token}\1\1":
            return AuthResult(success=True, auth_data="help")
        await server.challenge_auth(b'{"status": "401"}')
        return AuthResult(success=False, handled=False)

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.nobody_answer and address in ("", "<>"):
            return self.nobody_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.keeps_waiting:
            self.has_one.set()
            await asyncio.sleep(60)
        if self.data_answer:
            return self.data_answer
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        self.contents.append(envelope.content)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.answered_at = time.monotonic()
        return "250 taken"

    def open(self) -> None:
        """Begin to answer."""
        sign_in = {"auth_required": True, "auth_require_tls": False} if self.token else {}
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, **sign_in)
        self.controller.start()

    def close(self) -> None:
        """Answer no more."""
        if self.controller:
            self.controller.stop()
            self.controller = None


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    box = Postbox(free_port())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.DEFAULT_FROM_EMAIL = "Star service <help@example.com>"
    settings.PUBLIC_URL = "https://help.example.com"
    box.open()
    yield box
    box.close()


class TokenServer(ThreadingHTTPServer):
    """Gives access tokens for the refresh token “old”, each with a new refresh token, if it is to give such ones."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _TokenAnswer)
        self.asked: list[dict[str, list[str]]] = []
        self.gives_new_refresh_tokens = True
        self.url = f"http://127.0.0.1:{self.server_port}/token"


class _TokenAnswer(BaseHTTPRequestHandler):
    server: TokenServer

    def do_POST(self) -> None:
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(asked)
        is_known = asked.get("refresh_token") == ["old"]
        answer: dict[str, Any] = {"access_token": f"key {len(self.server.asked)}", "expires_in": 3600}
        if self.server.gives_new_refresh_tokens:
            answer["refresh_token"] = "new"
        self.send_response(200 if is_known else 400)
        self.end_headers()
        self.wfile.write(json.dumps(answer if is_known else {"error": "invalid_grant"}).encode())

    def log_message(self, *words: Any) -> None:
        """Say nothing."""


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    """A real server of access tokens."""
    server = TokenServer()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def wait() -> Callable[..., None]:
    """Lets time pass for queued messages, by moving their next attempt back."""

    def pass_time(**length: float) -> None:
        for message in Message.objects.filter(delivery="queued"):
            earlier = message.next_attempt_at - timedelta(**length)
            Message.objects.filter(pk=message.pk).update(next_attempt_at=earlier)

    return pass_time


@pytest.fixture
def question(category: Category) -> Callable[..., dict[str, Any]]:
    """A filled-in form."""

    def fill(**changes: Any) -> dict[str, Any]:
        return {
            "category": category.code,
            "subject": "屏幕碎了",
            "text": "手机摔了一下，屏幕碎了，可以保修吗？",
            "name": "陈晓",
            "email": "chenxiao@example.com",
            "phone": "",
            "order_number": "",
            "website": "",
            "time_zone": "Asia/Shanghai",
            "submission_key": "a-key-of-a-form-shown",
            **changes,
        }

    return fill


@pytest.fixture
def now() -> Any:
    return timezone.now()


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    return free_port()
