"""The customer's page of his ticket: what it shows, what he can do there, and to whom it opens."""

from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from common.links import derive_token, link_path
from common.uploads import check_upload
from tickets.models import Message, Ticket
from tickets.services import (
    add_customer_message,
    add_note,
    add_reply,
    create_ticket,
    new_attachments,
    say_automatically,
    take_step,
)

pytestmark = [pytest.mark.django_db, pytest.mark.ground]
ENGLISH = {"headers": {"accept-language": "en"}}


def path_of(ticket, more=""):
    return link_path("ticket", ticket.link_nonce) + more


@pytest.fixture
def page_of(client):
    """The page of a ticket in English, which the visitor chose himself."""
    client.cookies["django_language"] = "en"
    return lambda ticket: client.get(path_of(ticket)).text


@pytest.fixture
def write(client):
    """The customer writes on the ticket's page."""
    client.cookies["django_language"] = "en"

    def post(ticket, text="还有一个问题", key="a-key-of-a-reply-form", **fields):
        return client.post(path_of(ticket, "reply/"), {"text": text, "submission_key": key, **fields})

    return post


def reopen(client, ticket, **fields):
    client.cookies["django_language"] = "en"
    return client.post(path_of(ticket, "reopen/"), {"submission_key": "a-key-of-a-reopen-form", **fields})


def test_a_progress_note_is_read_as_a_message_of_the_team(ticket_in, page_of):
    ticket = ticket_in("assigned")
    say_automatically(ticket, "We are still at it.", purpose="progress", recipient="chenxiao@example.com")
    said = page_of(ticket).split("We are still at it.")[0].rsplit("<li", 1)[1]
    assert "said-agent" in said
    assert "<details" not in said
    assert "Automatic message" not in said


@pytest.mark.parametrize(
    ("status", "label", "sentence"),
    [
        ("received", "Received", "We have your message"),
        ("classified", "Looked through", "Your message is with the right team"),
        ("assigned", "In work", "Somebody is working on it."),
        ("waiting", "Waiting for you", "We asked you something."),
        ("resolved", "Solved", "We believe that it is solved."),
        ("surveyed", "Finished", "This ticket is finished."),
        ("cancelled", "Closed", "This ticket was closed as you asked."),
    ],
)
def test_every_state_is_said_in_the_customers_words(status, label, sentence, ticket_in, page_of):
    page = page_of(ticket_in(status))
    current = page.split('aria-current="step"')[1].split("</li>")[0]
    assert label in current
    assert sentence in page


def test_it_speaks_the_language_the_customer_asked_in(client, ticket_in):
    ticket = ticket_in("assigned")
    assert "处理中" in client.get(path_of(ticket), **ENGLISH).text
    client.cookies["django_language"] = "en"
    response = client.get(path_of(ticket))
    assert "In work" in response.text
    assert response.headers["Content-Language"] == "en"


def test_internal_notes_never_show(ticket_in, agent, lead, page_of):
    ticket = ticket_in("assigned")
    note = add_note(
        ticket, "SECRET about the customer", actor=agent,
        attachments=new_attachments([check_upload(SimpleUploadedFile("secret.txt", b"x"))]),
    )  # fmt: skip
    from tickets.services import tell_colleague

    tell_colleague(ticket, "SECRET among colleagues", recipient=lead.email, language="en")
    assert note.pk
    assert "SECRET" not in page_of(ticket)
    assert "secret.txt" not in page_of(ticket)


def test_texts_are_shown_as_text(ticket_in, agent, page_of):
    ticket = ticket_in("assigned")
    add_reply(ticket, "<script>alert(1)</script> https://example.com/a。再见", actor=agent)
    page = page_of(ticket)
    assert "<script>alert(1)" not in page
    assert '<a href="https://example.com/a"' in page


def test_link_places_work_only_in_automatic_messages_and_only_for_their_own(
    ticket_in, customer, agent, page_of
):
    ticket = ticket_in("assigned")
    other = create_ticket(customer=customer, subject="Other", body="Other")
    forged = f"{{{{link:ticket:{other.link_nonce}}}}}"
    add_reply(ticket, f"reply {forged}", actor=agent)
    add_customer_message(ticket, f"customer {forged}", customer=customer)
    say_automatically(ticket, f"automatic {forged}", purpose="resolved", recipient="a@example.com")
    page = page_of(ticket)
    assert path_of(other) not in page
    assert page.count("{{link:ticket:") == 2
    assert "(this page)" in page  # in the acknowledgement


def test_an_open_survey_is_offered_as_a_button_and_a_closed_one_is_not(ticket_in, customer, page_of):
    ticket = ticket_in("resolved")
    # The survey's room is beside this one: no import.
    survey = apps.get_model("surveys", "Survey").objects.create(name="How was it?")
    invitation = ticket.invitations.create(
        customer=customer, survey=survey, language="en", link_nonce="nonce-of-survey", token_hash="x" * 64,
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    say_automatically(
        ticket, "Go {{link:survey:nonce-of-survey}}", purpose="survey", recipient="a@example.com"
    )
    link = link_path("survey", "nonce-of-survey")
    assert page_of(ticket).count(f'href="{link}"') == 2
    invitation.closed_at = timezone.now()
    invitation.save()
    assert link not in page_of(ticket)
    assert "(this survey has ended)" in page_of(ticket)


def test_an_answer_that_is_late_is_said_kindly(ticket, page_of):
    with time_machine.travel(timezone.now() + timedelta(days=10)):
        assert "Our answer takes longer than promised." in page_of(ticket)


def test_writing_on_adds_a_message_with_its_files(write, ticket_in, client):
    ticket = ticket_in("assigned")
    response = write(
        ticket, attachments=[SimpleUploadedFile("a.txt", b"1"), SimpleUploadedFile("b.txt", b"2")]
    )
    assert response.url == f"{path_of(ticket)}?sent=message#conversation"
    message = ticket.messages.filter(kind="customer").latest("id")
    assert message.body == "还有一个问题"
    assert message.attachments.count() == 2
    assert "Your message has arrived" in client.get(response.url).text


def test_written_twice_it_is_one_message(write, ticket_in):
    ticket = ticket_in("assigned")
    write(ticket)
    write(ticket)
    assert ticket.messages.filter(body="还有一个问题").count() == 1


def test_a_photo_alone_is_a_message(write, ticket_in):
    ticket = ticket_in("assigned")
    write(ticket, text="", attachments=SimpleUploadedFile("p.png", b"1"))
    assert ticket.messages.latest("id").body == "See the attached files."


def test_an_empty_message_is_refused(write, ticket_in):
    ticket = ticket_in("assigned")
    count = ticket.messages.count()
    assert "Write something, or attach a file." in write(ticket, text="  ").text
    assert ticket.messages.count() == count


def test_a_message_that_is_too_long_stays_in_the_form(write, ticket_in):
    text = "长" * 60_000
    response = write(ticket_in("assigned"), text=text)
    assert "up to 50,000 are possible" in response.text
    assert text in response.text


def test_an_answer_lets_a_waiting_ticket_go_on(write, ticket_in):
    ticket = ticket_in("waiting")
    write(ticket)
    assert Ticket.objects.get(pk=ticket.pk).status == "assigned"


def test_writing_on_a_resolved_ticket_opens_it_again(write, ticket_in, page_of):
    ticket = ticket_in("resolved")
    assert "What you write here opens the ticket again." in page_of(ticket)
    write(ticket)
    assert Ticket.objects.get(pk=ticket.pk).status == "assigned"


def test_after_the_window_a_new_linked_ticket_is_made(write, ticket_in, page_of, client):
    ticket = ticket_in("resolved")
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        page = page_of(ticket)
        assert "cannot be opened again" in page
        assert "reopen/" not in page
        response = write(ticket)
        follower = Ticket.objects.get(follows=ticket)
        assert response.url == f"{path_of(follower)}?sent=question"
        assert follower.customer == ticket.customer
        refused = reopen(client, ticket)
        assert "The time for reopening is over." in client.get(refused.url).text
        moved = reopen(client, ticket, reason="又坏了", submission_key="another-key-of-a-form")
    assert moved.url.endswith("?sent=question")
    assert Ticket.objects.get(pk=ticket.pk).status == "resolved"


def test_a_customer_resolves_his_open_ticket_with_one_press(client, ticket_in, page_of):
    ticket = ticket_in("assigned")
    assert "Yes, it is solved" in page_of(ticket)
    response = client.post(path_of(ticket, "confirm/"))
    assert response.url == path_of(ticket)
    assert Ticket.objects.get(pk=ticket.pk).status == "resolved"
    event = ticket.events.get(step="resolve")
    assert (event.actor, event.customer) == (None, ticket.customer)


def test_what_nobody_has_taken_cannot_be_confirmed_and_the_page_says_why(client, ticket_in, page_of):
    ticket = ticket_in("classified")
    assert "Yes, it is solved" not in page_of(ticket)
    response = client.post(path_of(ticket, "confirm/"))
    assert "can be resolved only by the customer confirming" in client.get(response.url).text
    assert Ticket.objects.get(pk=ticket.pk).status == "classified"


def test_confirming_a_resolved_ticket_is_kept_once(client, ticket_in, page_of):
    ticket = ticket_in("resolved")
    assert "Is it solved?" in page_of(ticket)
    for _press in range(2):
        client.post(path_of(ticket, "confirm/"))
    assert [event.data.get("what") for event in ticket.events.filter(kind="changed")] == ["confirmed"]
    assert "You confirmed that it is solved." in client.get(path_of(ticket)).content.decode()
    assert "Is it solved?" not in page_of(ticket)
    assert "Not solved after all?" in page_of(ticket)


def test_not_solved_opens_it_again_with_one_press_and_no_reason(client, ticket_in):
    ticket = ticket_in("resolved")
    response = reopen(client, ticket)
    assert Ticket.objects.get(pk=ticket.pk).status == "assigned"
    assert "The ticket is open again." in client.get(response.url).text


def test_a_reason_becomes_a_message(client, ticket_in):
    ticket = ticket_in("surveyed")
    reopen(client, ticket, reason="还是坏的")
    assert Ticket.objects.get(pk=ticket.pk).status == "assigned"
    assert ticket.messages.latest("id").body == "还是坏的"


def test_an_open_ticket_cannot_be_opened_again(client, ticket_in):
    response = reopen(client, ticket_in("assigned"))
    assert "It is open already." in client.get(response.url).text


def test_writing_on_a_cancelled_ticket_goes_on_in_a_new_one(write, ticket_in):
    ticket = ticket_in("cancelled")
    write(ticket)
    assert Ticket.objects.filter(follows=ticket).count() == 1


def test_a_joined_ticket_leads_to_the_other(ticket_in, lead, client, write):
    ticket, other = ticket_in("assigned"), ticket_in("assigned")
    take_step(ticket, "cancel", actor=lead, cancel_reason="merged", merged_into=other)
    assert client.get(path_of(ticket)).url == path_of(other)
    assert write(ticket).url == f"{path_of(other)}?sent=question"


@pytest.mark.parametrize("more", ["", "reply/", "confirm/", "reopen/"])
@pytest.mark.parametrize("token", ["x", "A" * 24, "%00", "工单", "a" * 3000])
def test_a_forged_link_opens_nothing_and_helps(token, more, client, ticket):
    send = client.post if more else client.get
    response = send(f"/t/{token}/{more}", {"text": "x"}, **ENGLISH)
    assert response.status_code == 404
    assert "No ticket has this link" in response.text
    assert Message.objects.filter(kind="customer").count() == 1


def test_the_token_of_another_purpose_opens_nothing(client, ticket):
    for purpose in ("survey", "attachment"):
        assert client.get(f"/t/{derive_token(purpose, ticket.link_nonce)}/").status_code == 404


@pytest.mark.parametrize("more", ["reply/", "confirm/", "reopen/"])
@pytest.mark.parametrize("status", ["assigned", "waiting", "resolved", "surveyed"])
def test_looking_never_changes_anything(more, status, client, ticket_in):
    ticket = ticket_in(status)
    count = ticket.events.count()
    assert client.get(path_of(ticket)).status_code == 200
    assert client.get(path_of(ticket, more)).status_code == 405
    after = Ticket.objects.get(pk=ticket.pk)
    assert (after.status, after.version, after.events.count()) == (status, ticket.version, count)


@pytest.mark.parametrize("path", ["", "wrong"])
def test_the_page_is_private(path, client, ticket):
    headers = client.get(path_of(ticket) if not path else "/t/wrong/").headers
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in headers["Cache-Control"]
    assert headers["Referrer-Policy"] == "same-origin"


@time_machine.travel("2026-06-01 08:00Z", tick=False)
def test_a_flood_of_messages_is_slowed_and_the_text_is_kept(client, ticket_in, settings):
    settings.FORM_LIMIT = 2
    client.cookies["django_language"] = "en"
    ticket = ticket_in("assigned")
    answers = [
        client.post(
            path_of(ticket, "reply/"),
            {"text": f"Message {number}", "submission_key": f"a-key-of-form-{number}"},
            REMOTE_ADDR="2001:db8::1",
        )
        for number in range(3)
    ]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert "Message 2</textarea>" in answers[2].text
    assert ticket.messages.filter(body__startswith="Message").count() == 2


@pytest.mark.parametrize("count", [3, 61])
def test_the_page_costs_the_same_queries_at_any_length(
    count, ticket_in, customer, agent, client, django_assert_num_queries
):
    ticket = ticket_in("assigned")
    for number in range(count):
        files = new_attachments([check_upload(SimpleUploadedFile("a.txt", b"1"))])
        if number % 2:
            add_reply(ticket, f"Answer {number}", actor=agent, attachments=files)
        else:
            add_customer_message(ticket, f"Question {number}", customer=customer, attachments=files)
    client.get(path_of(ticket))
    # The ticket; invitations; messages and attachments; rulebook; open children; the promised moment.
    with django_assert_num_queries(7):
        client.get(path_of(ticket))


def test_a_very_long_conversation_shows_its_newest_part(ticket_in, customer, page_of):
    ticket = ticket_in("assigned")
    rows = [
        Message(ticket=ticket, kind="customer", body=f"Question {number}.", customer=customer)
        for number in range(250)
    ]
    Message.objects.bulk_create(rows)
    page = page_of(ticket)
    assert "Question 249." in page
    assert "Question 10." not in page
    assert "Only the newest messages are shown." in page
