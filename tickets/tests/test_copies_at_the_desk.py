"""Cc and Bcc of a reply: typed in any manner, checked, and shown with what became of each."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from tickets.desk.addresses import AddressesField
from tickets.models import Message
from tickets.services import add_reply


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", []),
        ("a@example.com", ["a@example.com"]),
        ("a@example.com, b@example.com；c@example.com", ["a@example.com", "b@example.com", "c@example.com"]),
        ("a@example.com b@example.com\nA@Example.com", ["a@example.com", "b@example.com"]),
        ("王芳 <wang@example.com>，\"Li, Wei\" <li@example.com>", ["wang@example.com", "li@example.com"]),
        ("张三 <zhang@例子.中国>", ["zhang@例子.中国"]),
    ],
)  # fmt: skip
def test_addresses_are_read_as_people_type_them(typed, found):
    assert AddressesField().clean(typed) == found


@pytest.mark.parametrize(
    "typed", ["nobody", "a@example.com, @", "a@b c@example.com x", "a@example.com\r\nBcc: x"]
)
def test_what_is_no_address_is_refused(typed):
    with pytest.raises(ValidationError):
        AddressesField().clean(typed)


def test_not_more_people_than_a_reply_is_for():
    with pytest.raises(ValidationError):
        AddressesField().clean(",".join(f"a{number}@example.com" for number in range(21)))


@pytest.fixture
def send(client, agent, ticket_in):
    ticket = ticket_in("assigned")
    client.force_login(agent)

    def post(**fields):
        data = {"kind": "reply", "body": "您好。", "step": "", "version": ticket.version, **fields}
        return ticket, client.post(reverse("tickets:write", args=[ticket.pk]), data)

    return post


def test_a_reply_keeps_its_copies(send):
    ticket, answer = send(cc="wife@example.com", bcc="boss@example.com")
    assert answer.status_code == 302
    copies = ticket.messages.get(kind="reply").also_to
    assert [(copy["as"], copy["address"]) for copy in copies] == [
        ("cc", "wife@example.com"), ("bcc", "boss@example.com"),
    ]  # fmt: skip


def test_a_wrong_address_sends_nothing_and_stands_in_its_field_again(send):
    ticket, answer = send(cc="wife@", bcc="boss@example.com")
    assert answer.status_code == 422
    assert "is no e-mail address" in answer.text
    assert 'value="wife@"' in answer.text
    assert not ticket.messages.filter(kind="reply").exists()


def test_a_note_has_no_copies(send):
    ticket, answer = send(kind="note", cc="wife@example.com")
    assert answer.status_code == 302
    assert ticket.messages.get(kind="note").also_to == []


def test_the_page_says_who_got_it_and_who_did_not(client, agent, ticket_in):
    ticket = ticket_in("assigned")
    reply = add_reply(ticket, "您好。", actor=agent, cc=["wife@example.com"], bcc=["boss@example.com"])
    Message.objects.filter(pk=reply.pk).update(
        delivery="failed",
        also_to=[
            {"as": "cc", "address": "wife@example.com", "delivery": "failed", "error": "550 Unknown"},
            {"as": "bcc", "address": "boss@example.com", "delivery": "sent", "error": ""},
        ],
    )
    client.force_login(agent)
    page = client.get(reverse("tickets:ticket", args=[ticket.pk])).text
    assert "“Reply” did not reach wife@example.com" in page
    assert "550 Unknown" in page
    assert "did not reach chenxiao@example.com" not in page
    assert "Bcc boss@example.com" in page
    # After a bounce of the copy alone the reply itself has arrived.
    Message.objects.filter(pk=reply.pk).update(delivered_at=reply.created_at)
    page = client.get(reverse("tickets:ticket", args=[ticket.pk])).text
    assert re.search(r'delivery-sent.*Cc wife@example.com <span class="delivery-failed">', page, re.DOTALL)


def test_the_customers_page_never_names_the_copies(client, agent, ticket_in):
    from common.links import link_path

    ticket = ticket_in("assigned")
    add_reply(ticket, "您好。", actor=agent, cc=["wife@example.com"], bcc=["boss@example.com"])
    page = client.get(link_path("ticket", ticket.link_nonce)).text
    assert "您好。" in page
    assert "boss@example.com" not in page
