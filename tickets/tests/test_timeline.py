"""Everything about a ticket is one timeline: it loads in pieces, and each message and event has its place."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tickets.models import Message
from tickets.services import change_ticket


@pytest.fixture
def desk(client, agent):
    client.force_login(agent)
    return client


@pytest.mark.parametrize("count", [12, 300])
def test_a_long_ticket_loads_in_pieces_for_the_same_queries(
    count, desk, agent, ticket_in, django_assert_num_queries
):
    ticket = ticket_in("assigned")
    now = timezone.now()
    Message.objects.bulk_create(
        Message(
            ticket=ticket, kind="note", body="x", author=agent, created_at=now + timedelta(seconds=number)
        )
        for number in range(count)
    )
    change_ticket(ticket, actor=agent, priority="high")
    oldest = ticket.messages.earliest("id").pk
    place, earlier, events = (
        reverse(f"tickets:{name}", args=[ticket.pk]) for name in ("ticket", "earlier", "events")
    )
    desk.get(place)
    with django_assert_num_queries(11):  # as tickets/tests/test_ticket_page.py counts them
        page = desk.get(place).context
    newest = page["messages_shown"][0]["id"]
    assert len(page["messages_shown"]) == min(count + 2, 30)
    # Session, user, two of permissions, ticket, stamp, messages, events, and the names in them.
    with django_assert_num_queries(8):
        folds = desk.get(events, {"since": oldest}).context["folds"]
    # What made the ticket follows the first messages, which came with it; it was changed later.
    assert folds[0]["message"] == ticket.messages.get(purpose="acknowledgement").pk
    assert [line["step"] for line in folds[0]["lines"]][:1] == [""]
    assert sum(fold["count"] for fold in folds) == 4
    assert f'id="e{ticket.events.latest("id").pk}"' in desk.get(events, {"since": oldest}).text
    if count < 30:
        assert not page["has_earlier"]
        return
    with django_assert_num_queries(6):
        piece = desk.get(earlier, {"before": newest}).context
    assert (len(piece["messages_shown"]), piece["has_earlier"]) == (100, True)
    # A link to a message of long ago brings all that lies between.
    piece = desk.get(earlier, {"before": newest, "since": oldest}).context
    assert (len(piece["messages_shown"]), piece["has_earlier"]) == (count + 2 - 30, False)
    assert desk.get(events, {"since": newest}).context["folds"] == []
