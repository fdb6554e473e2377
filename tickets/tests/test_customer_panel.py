"""The customer beside a ticket: whether he is at risk, notes about him, and two profiles made one."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from tickets.desk.risk import risk_reasons
from tickets.models import Promise
from tickets.services import create_ticket


@pytest.fixture
def desk(client, agent):
    """The agent's browser."""
    client.force_login(agent)
    return client


def test_who_is_at_risk_and_why(ticket_in, customer, desk):
    tickets = [ticket_in("assigned") for _number in range(2)]
    now = timezone.now()
    assert risk_reasons(customer) == []
    Promise.objects.filter(ticket__in=tickets, kind="resolution").update(broken_at=now - timedelta(days=89))
    assert risk_reasons(customer) == ["2 promises broken within 90 days"]
    Promise.objects.update(broken_at=None)
    Promise.objects.filter(ticket=tickets[0]).update(broken_at=now - timedelta(days=91))
    assert risk_reasons(customer) == []
    create_ticket(customer=customer, subject="又来了", body="第三次了")
    assert risk_reasons(customer) == ["3 tickets open at once"]
    aside = desk.get(reverse("tickets:aside", args=[tickets[0].pk])).content.decode()
    assert "At risk" in aside
    assert "3 tickets open at once" in aside


def test_a_note_is_written_beside_the_ticket(ticket, desk, customer, agent):
    url = reverse("tickets:note-customer", args=[ticket.pk])
    desk.post(url, {"text": " 周末才有空 "})
    desk.post(url, {"text": " "})
    assert [(note.text, note.author) for note in customer.notes.all()] == [("周末才有空", agent)]
    assert "周末才有空" in desk.get(reverse("tickets:aside", args=[ticket.pk])).content.decode()


def test_two_profiles_are_looked_at_and_made_one(ticket, desk, customer):
    other = Customer.objects.create(name="陈晓晓", language="zh-hans")
    other.identities.create(kind="email", value="xiao@example.net")
    theirs = create_ticket(customer=other, subject="水壶", body="漏水")
    url = reverse("tickets:merge-customer", args=[ticket.pk])
    found = desk.get(url, {"q": "xiao@"}).context["found"]
    assert [row["pk"] for row in found] == [other.pk]
    # Himself is not offered, nor whom nobody knows.
    assert desk.get(url, {"q": "chenxiao"}).context["found"] == []
    seen = desk.get(url, {"other": other.pk})
    assert [row["tickets"] for row in seen.context["pair"]] == [1, 1]
    assert desk.post(url, {"other": other.pk}).status_code == 422
    assert desk.post(url, {"other": customer.pk, "keep": customer.pk}).status_code == 422
    assert desk.post(url, {"other": other.pk, "keep": other.pk}).status_code == 302
    customer.refresh_from_db()
    assert customer.merged_into == other
    assert set(other.tickets.all()) == {ticket, theirs}
    assert other.identities.count() == 2
