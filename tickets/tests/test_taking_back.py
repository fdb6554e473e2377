"""A reply can be taken back for ten seconds: ticket, clocks and customer are as if it had never been written."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.links import link_path
from tickets.models import Message, Promise, PromisePause, Ticket
from tickets.replay.reading import read_stories
from tickets.services import (
    StepRefused,
    add_customer_message,
    add_note,
    add_reply,
    claim_message,
    due_messages,
    take_back_reply,
)

HOLD = timedelta(seconds=10)
# What a new look at a ticket may say differently.
MOVING = {"version", "updated_at"}


def all_of(ticket):
    """Everything that is stored of the ticket, its promises and their pauses."""
    row = Ticket.objects.filter(pk=ticket.pk).values().get()
    promises = list(Promise.objects.filter(ticket=ticket.pk).order_by("id").values())
    pauses = list(PromisePause.objects.filter(promise__ticket=ticket.pk).order_by("id").values())
    return {name: value for name, value in row.items() if name not in MOVING}, promises, pauses


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("assigned", ""),
        ("assigned", "wait"),
        ("assigned", "resolve"),
        ("waiting", ""),
        ("waiting", "resolve"),
    ],
)
def test_all_is_as_if_it_had_never_been_written(status, step, ticket_in, agent):
    ticket = ticket_in(status)
    if status == "assigned":
        ticket.promises.filter(kind="progress").delete()
        policy = ticket.promises.get(kind="resolution").policy
        Promise.objects.create(
            ticket=ticket, kind="progress", policy=policy, target_minutes=60, counts="clock",
            started_at=ticket.created_at, running_since_at=ticket.created_at,
            due_at=ticket.created_at + timedelta(hours=1),
        )  # fmt: skip
        add_note(ticket, "x", actor=agent)
    before = all_of(ticket)
    reply = add_reply(ticket, "您好。", actor=agent, step=step, hold=HOLD)
    assert all_of(ticket) != before
    gone = take_back_reply(reply, actor=agent)
    assert all_of(ticket) == before
    assert gone.body == "您好。"
    assert not Message.objects.filter(pk=reply.pk).exists()
    event = ticket.events.latest("id")
    assert (event.kind, event.actor, event.after) == ("taken_back", agent, status)


def test_nothing_goes_out_and_the_customer_sees_nothing_while_it_is_held(ticket_in, agent, client):
    ticket = ticket_in("assigned")
    reply = add_reply(ticket, "SECRET until it goes out", actor=agent, hold=HOLD)
    assert reply not in due_messages()
    page = link_path("ticket", ticket.link_nonce)
    assert "SECRET" not in client.get(page).text
    past = timezone.now() - timedelta(seconds=1)
    Message.objects.filter(pk=reply.pk).update(held_until=past, next_attempt_at=past)
    assert "SECRET" in client.get(page).text
    assert reply in due_messages()
    with pytest.raises(StepRefused) as refusal:
        take_back_reply(reply, actor=agent)
    assert "gone out already" in refusal.value.reason


def test_what_a_worker_has_is_not_taken_back(ticket_in, agent):
    reply = add_reply(ticket_in("assigned"), "您好。", actor=agent, hold=HOLD)
    Message.objects.filter(pk=reply.pk).update(next_attempt_at=timezone.now())
    assert claim_message(reply, lease=timedelta(minutes=5))
    with pytest.raises(StepRefused):
        take_back_reply(reply, actor=agent)


def test_nobody_takes_back_what_another_wrote(ticket_in, agent, colleague):
    reply = add_reply(ticket_in("assigned"), "您好。", actor=agent, hold=HOLD)
    with pytest.raises(StepRefused):
        take_back_reply(reply, actor=colleague)


@pytest.mark.parametrize("by", ["customer", "colleague"])
def test_what_has_happened_since_is_not_undone(by, ticket_in, agent, colleague, customer):
    ticket = ticket_in("assigned")
    reply = add_reply(ticket, "您好。", actor=agent, hold=HOLD)
    if by == "customer":
        add_customer_message(ticket, "还有", customer=customer)
    else:
        add_note(ticket, "x", actor=colleague)
    with pytest.raises(StepRefused) as refusal:
        take_back_reply(reply, actor=agent)
    assert "Something has happened" in refusal.value.reason
    assert Message.objects.filter(pk=reply.pk).exists()


def test_a_story_told_again_leaves_it_out(ticket_in, agent):
    ticket = ticket_in("assigned")
    take_back_reply(add_reply(ticket, "您好。", actor=agent, step="resolve", hold=HOLD), actor=agent)
    (told,) = read_stories([ticket.pk], [], timezone.now())
    assert {moment.what for moment in told.story.moments} == {"created", "wrote", "classified"}


# --- At the desk -----------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, agent, ticket_in, settings):
    """The ticket and what one posts on its page."""
    settings.UNDO_SECONDS = 10
    ticket = ticket_in("assigned")
    client.force_login(agent)

    def post(name, *more, **data):
        return client.post(reverse(f"tickets:{name}", args=[ticket.pk, *more]), data, follow=True)

    return ticket, post


def test_undo_takes_the_reply_back_into_the_box(desk):
    ticket, post = desk
    page = post(
        "write", kind="reply", body="您好，<b>", step="resolve", version=ticket.version, cc="a@example.com"
    ).text
    reply = ticket.messages.get(kind="reply")
    assert reverse("tickets:take-back", args=[ticket.pk, reply.pk]) in page
    page = post("take-back", reply.pk)
    assert "Your reply is in the box again." in page.text
    assert "您好，&lt;b&gt;</textarea>" in page.text
    assert 'value="a@example.com"' in page.text
    assert f'name="version" value="{Ticket.objects.get(pk=ticket.pk).version}"' in page.text
    assert Ticket.objects.get(pk=ticket.pk).status == "assigned"


def test_too_late_says_so_and_what_to_do(desk):
    ticket, post = desk
    post("write", kind="reply", body="您好", step="", version=ticket.version)
    reply = ticket.messages.get(kind="reply")
    Message.objects.filter(pk=reply.pk).update(held_until=timezone.now())
    page = post("take-back", reply.pk).text
    assert "Write another one that puts it right." in page
    assert "data-undo=" not in page
    assert ticket.messages.filter(kind="reply").exists()


def test_looking_changes_nothing(desk, client):
    ticket, post = desk
    post("write", kind="reply", body="您好", step="", version=ticket.version)
    reply = ticket.messages.get(kind="reply")
    assert client.get(reverse("tickets:take-back", args=[ticket.pk, reply.pk])).status_code == 302
    assert ticket.messages.filter(kind="reply").exists()
