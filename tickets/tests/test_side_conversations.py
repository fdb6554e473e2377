"""A third party is asked beside the conversation: its own thread, never the customer's, and clocks that may rest."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from common.links import link_path
from common.uploads import check_upload
from sla.models import SlaPolicy
from sla.services import record_version
from tickets.models import Promise, SideConversation, Ticket
from tickets.replay.reading import read_stories
from tickets.services import (
    add_customer_message,
    add_side_answer,
    close_side_conversation,
    new_attachments,
    start_side_conversation,
    take_step,
    write_to_side,
)


@pytest.fixture
def resting(db):
    """Every policy lets the clocks rest while somebody else is asked."""
    for policy in SlaPolicy.objects.all():
        policy.pauses_for_side = True
        policy.save()
        record_version(policy, reason="x")


@pytest.fixture
def ask(ticket_in, agent):
    def start(ticket=None, **fields):
        return start_side_conversation(
            ticket or ticket_in("assigned"), "请问主板还有货吗？", actor=agent, address="parts@example.net",
            subject="主板", **fields,
        )  # fmt: skip

    return start


def paused(ticket):
    return [
        promise.is_paused
        for promise in Promise.objects.filter(ticket=ticket.pk, met_at=None, dropped_at=None)
    ]


def test_the_third_party_is_written_to_and_the_customer_sees_nothing(ask, client):
    side = ask()
    (message,) = side.messages.all()
    assert (message.kind, message.purpose, message.delivery) == ("note", "side", "queued")
    assert (message.recipient, message.subject) == ("parts@example.net", "主板")
    assert side.ticket.first_response_at is None
    assert "主板" not in client.get(link_path("ticket", side.ticket.link_nonce)).text
    event = side.ticket.events.get(kind="side")
    assert event.data["what"] == "asked"


def test_clocks_run_on_unless_the_policy_lets_them_rest(ask):
    assert not any(paused(ask().ticket))


def test_clocks_rest_until_the_answer_comes(resting, ask, agent):
    side = ask()
    ticket = side.ticket
    assert all(paused(ticket))
    other = ask(ticket)
    add_side_answer(side, "有货。", sender="parts@example.net")
    assert all(paused(ticket))  # the other one is still awaited
    close_side_conversation(other, actor=agent)
    assert not any(paused(ticket))
    write_to_side(side, "谢谢，请寄一块。", actor=agent)
    assert all(paused(ticket))
    side.refresh_from_db()
    assert side.awaits_answer


def test_a_promise_made_meanwhile_rests_too(resting, ask, agent, customer):
    side = ask()
    take_step(side.ticket, "wait", actor=agent, reply="请问？")
    add_customer_message(side.ticket, "好", customer=customer)
    assert all(paused(side.ticket))


def test_a_story_told_again_knows_of_it(resting, ask):
    side = ask()
    add_side_answer(side, "有货。")
    (told,) = read_stories([side.ticket_id], ["side"], timezone.now())
    assert [moment.what for moment in told.story.moments][-2:] == ["side_asked", "side_settled"]


def test_the_same_answer_twice_is_one(ask):
    side = ask()
    first, second = (add_side_answer(side, "有货。", source_key="mail:1") for _time in range(2))
    assert first == second
    assert side.messages.count() == 2


# --- At the desk -----------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, agent, ticket_in, customer):
    ticket = ticket_in("assigned")
    upload = check_upload(SimpleUploadedFile("屏幕.txt", b"broken"))
    add_customer_message(ticket, "屏幕\n还是碎的", customer=customer, attachments=new_attachments([upload]))
    client.force_login(agent)
    return ticket


def test_forwarding_quotes_the_customer_and_takes_his_files_along(desk, client):
    url = reverse("tickets:forward", args=[desk.pk])
    page = client.get(url).text
    assert "&gt; 屏幕\n&gt; 还是碎的" in page
    kept = desk.attachments.get()
    data = {"address": "parts@example.net", "subject": "主板", "body": "有货吗？", "old_files": [kept.pk]}
    answer = client.post(url, data, follow=True)
    side = SideConversation.objects.get()
    (copy,) = side.messages.get().attachments.all()
    assert copy.file.name != kept.file.name
    assert copy.file.read() == b"broken"
    assert "The mail to parts@example.net goes out." in answer.text
    assert "Side conversation" in answer.text
    aside = client.get(reverse("tickets:aside", args=[desk.pk])).text
    assert "Awaits an answer" in aside


def test_a_wrong_address_sends_nothing(desk, client):
    url = reverse("tickets:forward", args=[desk.pk])
    answer = client.post(url, {"address": "parts@", "subject": "x", "body": "y"})
    assert answer.status_code == 422
    assert not SideConversation.objects.exists()


def test_it_goes_on_and_is_closed_from_the_ticket(desk, client, agent):
    side = start_side_conversation(desk, "x", actor=agent, address="parts@example.net", subject="x")
    again = reverse("tickets:write-side", args=[desk.pk, side.pk])
    assert client.get(again).status_code == 200
    client.post(again, {"body": "还在等"})
    assert side.messages.count() == 2
    client.post(reverse("tickets:close-side", args=[desk.pk, side.pk]))
    side.refresh_from_db()
    assert side.closed_at is not None
    history = client.get(reverse("tickets:history", args=[desk.pk])).text
    assert "Side conversation with parts@example.net closed" in history


def test_another_tickets_side_conversation_is_not_there(desk, client, ask):
    other = ask()
    assert client.get(reverse("tickets:write-side", args=[desk.pk, other.pk])).status_code == 404


def test_a_mail_about_something_else_is_a_ticket_of_ones_own(desk, client, agent):
    url = reverse("tickets:send-new", args=[desk.pk])
    assert client.get(url).status_code == 200
    answer = client.post(url, {"subject": "取件时间", "body": "您的手机可以取了。"})
    made = Ticket.objects.exclude(pk=desk.pk).get()
    assert answer.url == made.get_absolute_url()
    assert (made.follows, made.customer, made.assignee, made.status) == (
        desk,
        desk.customer,
        agent,
        "assigned",
    )
    assert made.first_response_at is not None
    assert not made.promises.filter(kind="first_response").exists()
    (message,) = made.messages.all()
    assert (message.kind, message.delivery, message.author) == ("reply", "queued", agent)
    assert message.recipient == "chenxiao@example.com"


def test_without_an_address_it_says_what_to_do_instead(desk, client):
    desk.customer.identities.all().delete()
    answer = client.post(reverse("tickets:send-new", args=[desk.pk]), {"subject": "x", "body": "y"})
    assert answer.status_code == 422
    assert "write the call down as a new ticket" in answer.text
    assert Ticket.objects.count() == 1
