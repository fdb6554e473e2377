"""Messages to one colleague that are due together go out in one mail, and fare together."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels.delivery import LEASE, MOST_ATTEMPTS, deliver_due
from channels.email.sending import message_id
from tickets import services
from tickets.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def warn(ticket_in, lead):
    """Tells a colleague, the lead unless another is named, something about a new ticket."""

    def tell(subject, to=lead, language="en"):
        ticket = ticket_in("assigned")
        Message.objects.filter(ticket=ticket, delivery="queued").update(delivery="sent", next_attempt_at=None)
        return services.tell_colleague(
            ticket, f"{subject} & all of it", recipient=to.email, language=language, subject=subject
        )

    return tell


def states(*messages):
    return [
        (message.delivery, message.attempts)
        for message in Message.objects.filter(pk__in=[one.pk for one in messages]).order_by("id")
    ]


def parts_of(mail):
    return [mail.get_body((kind,)).get_content() for kind in ("plain", "html")]


def test_what_is_due_together_for_one_colleague_is_one_mail(postbox, warn, agent):
    messages = [warn(subject) for subject in ("First", "Second", "Third")]
    warn("Other", to=agent)
    assert deliver_due() == 2
    mail, other = postbox.mails
    assert mail["To"] == "chen.jing@example.com"
    assert mail["Subject"] == f"[{messages[0].ticket.number}] First, and 2 more"
    assert mail["Message-ID"] == message_id(messages[0])
    plain, html = parts_of(mail)
    for message in messages:
        title = f"[{message.ticket.number}] {message.subject}"
        link = f"https://help.example.com{message.ticket.get_absolute_url()}"
        assert title in plain
        assert link in plain
        assert f"{message.subject} & all of it" in plain
        assert f'href="{link}"' in html
        assert f"{message.subject} &amp; all of it" in html
    assert "more" not in other["Subject"]
    assert states(*messages) == [("sent", 1)] * 3
    assert deliver_due() == 0


def test_each_language_has_its_own_mail(postbox, warn):
    warn("First")
    warn("第二", language="zh-hans")
    assert deliver_due() == 2


def test_mails_to_customers_are_never_gathered(postbox, ticket_in, agent):
    ticket = ticket_in("assigned")
    for number in range(2):
        services.add_reply(ticket, f"Answer {number}", actor=agent)
    assert deliver_due() == len(postbox.mails) == 3


def test_what_may_have_arrived_says_the_same_when_it_is_sent_again(postbox, warn, wait):
    first, second = warn("First"), warn("Second")
    # A worker takes both and is killed; nobody knows whether the mail went out.
    assert services.claim_message(first, lease=LEASE)
    third = warn("Third")
    wait(seconds=LEASE.total_seconds() + 1)
    assert deliver_due() == 2
    new, again = sorted(postbox.mails, key=lambda mail: "more" in mail["Subject"])
    assert again["Message-ID"] == message_id(first)
    assert "Second" in parts_of(again)[0]
    assert "Third" not in parts_of(again)[0]
    assert "Third" in new["Subject"]
    assert states(first, second, third) == [("sent", 2), ("sent", 2), ("sent", 1)]


def test_they_are_put_off_together_and_given_up_each_on_its_ticket(postbox, warn, wait, lead):
    postbox.answers[lead.email] = "451 later"
    messages = [warn("First"), warn("Second")]
    assert deliver_due() == 0
    assert states(*messages) == [("queued", 1)] * 2
    assert not services.due_messages().exists()
    for _attempt in range(MOST_ATTEMPTS - 1):
        wait(hours=5)
        deliver_due()
    assert states(*messages) == [("failed", MOST_ATTEMPTS)] * 2
    for message in messages:
        (event,) = message.ticket.events.filter(kind="delivery_failed")
        assert event.data == {"message": message.pk}
    del postbox.answers[lead.email]
    assert services.try_delivery_again(messages[1], actor=lead)
    assert deliver_due() == 1
    assert "Second" in postbox.mails[-1]["Subject"]
    assert states(*messages) == [("failed", MOST_ATTEMPTS), ("sent", 1)]


def test_while_the_server_is_away_more_are_gathered(postbox, warn, wait):
    first = warn("First")
    postbox.close()
    assert deliver_due() == 0
    assert states(first) == [("queued", 0)]
    postbox.open()
    warn("Second")
    wait(minutes=2)
    assert deliver_due() == 1
    assert postbox.mails[0]["Subject"].endswith("and 1 more")


def test_what_waits_for_others_goes_along_before_its_time(postbox, warn):
    first, second = warn("First"), warn("Second")
    Message.objects.filter(pk=first.pk).update(next_attempt_at=timezone.now() + timedelta(seconds=9))
    assert deliver_due() == 1
    assert states(first, second) == [("sent", 1)] * 2


@pytest.mark.postgres
def test_a_message_that_another_worker_delivered_meanwhile_is_not_sent(postbox, ticket):
    message = ticket.messages.get(purpose="acknowledgement")
    services.claim_message(message, lease=LEASE)
    Message.objects.filter(pk=message.pk).update(delivery="sent", next_attempt_at=None)
    again_at = timezone.now() + timedelta(minutes=1)
    with pytest.raises(services.NotOursError), services.delivered(message, again_at=again_at):
        pytest.fail("It was handed over.")


@pytest.mark.parametrize("count", [2, 60])
def test_a_gathered_mail_costs_the_same_queries_at_any_length(
    count, postbox, warn, django_assert_max_num_queries
):
    for number in range(count):
        warn(f"Number {number}")
    with django_assert_max_num_queries(16):
        assert deliver_due() == 1
