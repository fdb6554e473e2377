"""Copies of a reply: open ones in the header, blind ones nowhere but on the envelope, and a result for each."""

import pytest

from channels.delivery import MOST_ATTEMPTS, deliver_due
from tickets.services import StepRefused, add_reply, try_delivery_again

pytestmark = pytest.mark.django_db
OWN, OPEN, BLIND = "chenxiao@example.com", "wife@example.com", "boss@example.com"


@pytest.fixture
def reply(postbox, ticket_in, agent):
    """A reply with an open and a blind copy, as it waits to go out."""
    ticket = ticket_in("assigned")
    deliver_due()
    postbox.mails.clear()
    postbox.envelopes.clear()
    return add_reply(ticket, "您好。", actor=agent, cc=[OPEN, OWN.upper()], bcc=[BLIND, OPEN])


def states(message):
    message.refresh_from_db()
    return message.delivery, {copy["address"]: copy["delivery"] for copy in message.also_to}


def failures(message):
    return [event.data.get("recipient", "") for event in message.ticket.events.filter(kind="delivery_failed")]


def test_everybody_gets_the_one_mail_and_nobody_sees_the_blind_copy(reply, postbox):
    assert deliver_due() == 1
    assert postbox.envelopes == [("help@example.com", [OWN, OPEN, BLIND])]
    (mail,) = postbox.mails
    assert (mail["To"], mail["Cc"], mail["Bcc"]) == (OWN, OPEN, None)
    assert BLIND.encode() not in postbox.contents[-1]
    assert states(reply) == ("sent", {OPEN: "sent", BLIND: "sent"})


def test_only_who_was_put_off_gets_it_at_the_next_attempt_under_the_same_id(reply, postbox, wait):
    postbox.answers[BLIND] = "451 Greylisted"
    assert deliver_due() == 1
    assert states(reply) == ("queued", {OPEN: "sent", BLIND: "queued"})
    assert reply.also_to[1]["error"] == "451 Greylisted"
    assert deliver_due() == 0
    postbox.answers.clear()
    wait(hours=1)
    assert deliver_due() == 1
    assert [to for _from, to in postbox.envelopes] == [[OWN, OPEN], [BLIND]]
    assert postbox.mails[0]["Message-ID"] == postbox.mails[1]["Message-ID"]
    assert states(reply) == ("sent", {OPEN: "sent", BLIND: "sent"})
    assert failures(reply) == []


def test_a_copy_that_is_refused_for_good_shows_and_can_be_tried_again(reply, postbox, agent):
    postbox.answers[OPEN] = "550 No such user"
    deliver_due()
    assert states(reply) == ("failed", {OPEN: "failed", BLIND: "sent"})
    assert reply.delivery_error == ""
    assert reply.delivered_at is not None
    assert failures(reply) == [OPEN]
    postbox.answers.clear()
    assert try_delivery_again(reply, actor=agent)
    assert deliver_due() == 1
    assert postbox.envelopes[-1][1] == [OPEN]
    assert states(reply) == ("sent", {OPEN: "sent", BLIND: "sent"})


def test_the_customer_may_be_refused_while_copies_arrive(reply, postbox, agent):
    postbox.answers[OWN] = "550 No such user"
    deliver_due()
    assert states(reply) == ("failed", {OPEN: "sent", BLIND: "sent"})
    assert reply.delivery_error == "550 No such user"
    assert failures(reply) == [""]
    postbox.answers.clear()
    try_delivery_again(reply, actor=agent)
    deliver_due()
    assert postbox.envelopes[-1][1] == [OWN]
    assert states(reply)[0] == "sent"


def test_when_all_are_refused_each_has_its_own_answer(reply, postbox, wait):
    postbox.answers |= {OWN: "550 No such user", OPEN: "451 later", BLIND: "550 Gone"}
    assert deliver_due() == 0
    assert states(reply) == ("queued", {OPEN: "queued", BLIND: "failed"})
    for _attempt in range(MOST_ATTEMPTS):
        wait(hours=5)
        deliver_due()
    assert states(reply) == ("failed", {OPEN: "failed", BLIND: "failed"})
    assert sorted(failures(reply)) == ["", BLIND, OPEN]


def test_a_mail_that_nobody_takes_fails_for_all(reply, postbox):
    postbox.data_answer = "554 Spam"
    deliver_due()
    assert states(reply) == ("failed", {OPEN: "failed", BLIND: "failed"})
    assert sorted(failures(reply)) == ["", BLIND, OPEN]


def test_without_an_address_of_the_customer_no_copy_goes_out(ticket_in, agent):
    ticket = ticket_in("assigned")
    ticket.customer.identities.all().delete()
    with pytest.raises(StepRefused) as refusal:
        add_reply(ticket, "您好。", actor=agent, cc=[OPEN])
    assert "no e-mail address" in refusal.value.reason
    assert not ticket.messages.filter(kind="reply").exists()
