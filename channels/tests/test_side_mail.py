"""Side conversations by mail: a thread of their own, whose answers never reach the customer."""

import pytest

from channels.delivery import deliver_due
from channels.email.tokens import reply_address, side_address
from channels.models import Mailbox, ReceivedMail, Signature
from channels.receiving.keeping import take_mail
from channels.receiving.taking_in import take_in_due
from common.links import link_path
from tickets.models.conversation import IN_CONVERSATION
from tickets.services import add_reply, start_side_conversation, write_to_side

pytestmark = pytest.mark.django_db


@pytest.fixture
def side(postbox, ticket_in, agent, team):
    Mailbox.objects.create(name="Phones", address="phones@example.com", team=team, takes_plus=True)
    Signature.objects.create(language="zh-hans", text="{agent}敬上")
    ticket = ticket_in("assigned")
    add_reply(ticket, "我们去问一下。", actor=agent)
    side = start_side_conversation(
        ticket, "主板有货吗？", actor=agent, address="parts@example.net", subject="主板"
    )
    deliver_due()
    return side


def answer(box, mail, *, to, sender="parts@example.net", text="有货，三天到。"):
    headers = [
        f"From: {sender}", f"To: {to}", "Subject: Re: x", "Message-ID: <answer-1@example.net>",
        f"In-Reply-To: {mail['Message-ID']}",
    ]  # fmt: skip
    take_mail(("\r\n".join([*headers, "", text])).encode(), mailbox=box, source="pipe")
    take_in_due(20)
    return ReceivedMail.objects.latest("id")


def test_it_is_a_thread_of_its_own_and_holds_no_link_of_the_customer(side, postbox, agent):
    mail = postbox.mails[-1]
    text = mail.get_body(("plain",)).get_content()
    assert mail["To"] == "parts@example.net"
    assert mail["In-Reply-To"] is None
    assert mail["Auto-Submitted"] is None
    assert str(mail["From"]).startswith("Li Wei")
    assert "Li Wei敬上" in text
    assert "/t/" not in postbox.contents[-1].decode(errors="replace")
    assert mail["Reply-To"] == side_address("phones@example.com", side)
    write_to_side(side, "还在等。", actor=agent)
    add_reply(side.ticket, "还在问。", actor=agent)
    deliver_due()
    again, reply = postbox.mails[-2:]
    assert again["References"] == mail["Message-ID"]
    assert mail["Message-ID"] not in reply["References"]
    assert reply["Reply-To"] == reply_address("phones@example.com", side.ticket)


def test_the_agent_who_asked_is_told_of_the_answer(side, postbox, agent, lead):
    mail = answer(Mailbox.objects.get(), postbox.mails[-1], to=side_address("phones@example.com", side))
    deliver_due()
    told = postbox.mails[-1]
    assert told["To"] == agent.email
    assert "有货，三天到。" in told.get_body(("plain",)).get_content()
    # The desk shows the answer itself, and not what was mailed about it.
    shown = side.ticket.messages.filter(IN_CONVERSATION, kind="note")
    assert mail.message in shown
    assert not shown.filter(purpose="staff").exists()


@pytest.mark.parametrize("by", ["token", "thread"])
def test_the_answer_comes_to_the_side_and_not_to_the_customer(by, side, postbox, client):
    mail = postbox.mails[-1]
    to = str(mail["Reply-To"]) if by == "token" else "phones@example.com"
    received = answer(Mailbox.objects.get(), mail, to=to)
    message = received.message
    assert (message.side, message.purpose, message.kind) == (side, "side", "note")
    side.refresh_from_db()
    assert not side.awaits_answer
    assert "三天到" not in client.get(link_path("ticket", side.ticket.link_nonce)).text


def test_a_stranger_does_not_come_into_it_by_the_thread_alone(side, postbox):
    received = answer(
        Mailbox.objects.get(), postbox.mails[-1], to="phones@example.com", sender="other@example.org"
    )
    assert received.message.side is None
    assert received.message.ticket != side.ticket


def test_a_forged_token_leads_nowhere(side, postbox):
    to = f"phones+s{side.pk}-{'a' * 24}@example.com"
    received = answer(Mailbox.objects.get(), {"Message-ID": "<x@y>"}, to=to, sender="other@example.org")
    assert received.message.ticket != side.ticket


def test_a_reply_goes_on_with_what_the_customer_wrote(side, postbox, agent):
    first = postbox.mails[-2]
    received = answer(
        Mailbox.objects.get(), first, to=str(first["Reply-To"]), sender="chenxiao@example.com", text="好的"
    )
    assert received.message.kind == "customer"
    answer(Mailbox.objects.get(), postbox.mails[-1], to=str(postbox.mails[-1]["Reply-To"]), text="有货")
    add_reply(side.ticket, "有货了。", actor=agent)
    deliver_due()
    mail = postbox.mails[-1]
    assert mail["In-Reply-To"] == "<answer-1@example.net>"
    ids = mail["References"].split()
    assert ids[-2:] == [first["Message-ID"], "<answer-1@example.net>"]


def test_nothing_but_an_identifier_gets_into_our_headers(side, agent, postbox):
    first = postbox.mails[-2]
    received = answer(Mailbox.objects.get(), first, to=str(first["Reply-To"]), sender="chenxiao@example.com")
    ReceivedMail.objects.filter(pk=received.pk).update(identifier="<a@b>\r\nBcc: x@example.com")
    add_reply(side.ticket, "好。", actor=agent)
    deliver_due()
    assert postbox.mails[-1]["In-Reply-To"] == first["Message-ID"]
    assert postbox.mails[-1]["Bcc"] is None
