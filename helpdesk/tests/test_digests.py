"""What somebody has not read comes in one mail, once."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from helpdesk.digests import mail_digests
from tickets.models import Notice, Ticket
from tickets.services import add_customer_message, add_note


@pytest.fixture
def told(ticket_in, agent, colleague, customer) -> Ticket:
    """The agent wants customers' answers by mail, and not in the page; and is mentioned, which he reads there."""
    agent.mailed_notices, agent.unwanted_notices = ["answered", "mentioned"], ["answered"]
    agent.save()
    ticket = ticket_in("assigned")
    for number in range(2):
        add_customer_message(Ticket.objects.get(pk=ticket.pk), f"第 {number} 次", customer=customer)
    add_note(ticket, "@Li Wei 请看", actor=colleague)
    Notice.objects.filter(kind="mentioned").update(read_at=timezone.now())
    return ticket


def test_what_was_not_read_is_mailed_once(told, agent):
    assert mail_digests() == 0  # it gathers for a while
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        assert mail_digests() == 1
        assert mail_digests() == 0
    (digest,) = mail.outbox
    assert (digest.to, digest.body.count(told.number)) == ([agent.email], 2)
    assert reverse("tickets:ticket", args=[told.pk]) in digest.body


def test_one_that_cannot_be_sent_goes_out_later(told, settings, caplog):
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        settings.EMAIL_BACKEND = "nowhere.Backend"
        assert mail_digests() == 0
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert mail_digests() == 1
    assert "_mail failed" in caplog.text
