"""Machines that answer each other: few automatic mails, nothing lost, one warning."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from channels.models import Mailbox, MailState, ReceivedMail, Source
from channels.receiving.keeping import take_mail
from channels.receiving.taking_in import take_in_due
from tickets.choices import EventKind, MessageKind
from tickets.models import Event, Message, Ticket
from tickets.services import add_reply

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox.objects.create(name="售后", address="help@example.com")


def echo(mailbox: Mailbox, number: int) -> Ticket:
    """What a server without manners does with a mail: it sends the text back and drops every header."""
    raw = f"From: echo@example.net\nSubject: again\n\nround {number}\n".encode()
    mail = take_mail(raw, mailbox, Source.PIPE)
    take_in_due()
    mail.refresh_from_db()
    assert mail.state == MailState.TICKET
    return mail.message.ticket


def sent() -> int:
    return Message.objects.filter(kind=MessageKind.AUTOMATIC).exclude(delivery="none").count()


def test_a_week_with_an_echo_ends_after_five_mails_with_one_warning(mailbox, manager):
    with time_machine.travel(MONDAY, tick=False) as clock:
        # The echo answers what was sent at once, and somebody writes to it every six hours.
        for number in range(30):
            before = sent()
            echo(mailbox, number)
            clock.shift(timedelta(minutes=1) if sent() > before else timedelta(hours=6))
    assert sent() == 5
    assert Ticket.objects.count() == ReceivedMail.objects.count() >= 30
    assert Event.objects.filter(kind=EventKind.AUTOMATIC_STOPPED).count() == 1
    warning = Message.objects.get(purpose=Message.Purpose.STAFF, kind=MessageKind.NOTE)
    assert warning.recipient == manager.email
    assert "echo@example.net" in warning.body


def test_a_reply_of_a_colleague_lets_automatic_mails_go_out_again(mailbox, admin):
    with time_machine.travel(MONDAY, tick=False) as clock:
        for number in range(4):
            ticket = echo(mailbox, number)
        assert sent() == 3
        add_reply(ticket, "您好", actor=admin)
        clock.shift(timedelta(minutes=1))
        echo(mailbox, 9)
        assert sent() == 4


def test_whoever_uses_the_form_is_told_each_time(client, category, question):
    for number in range(7):
        client.post("/ask/", question(submission_key=f"a-key-of-a-form-shown-{number}"))
    assert sent() == Ticket.objects.count() == 7
