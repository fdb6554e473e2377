"""The mail server and the forms that these tests speak of."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
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
    controller: Controller | None = None

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
        return "250 taken"

    def open(self) -> None:
        """Begin to answer."""
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
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
