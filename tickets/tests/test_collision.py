"""Several people on one ticket: they see one another, and nothing is sent over what nobody has read."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from catalog.models import Tag
from staff.models import User
from tickets.models import Presence
from tickets.services import add_customer_message, change_ticket, set_tags


@pytest.fixture
def ticket(ticket_in):
    return ticket_in("assigned")


@pytest.fixture
def be_there(client, ticket):
    """Says who is there as somebody's page does, and returns the answer."""

    def post(user: User, state: str = "reading", mark: str = ""):
        client.force_login(user)
        return client.post(reverse("tickets:presence", args=[ticket.pk]), {"state": state, "mark": mark})

    return post


def test_people_on_a_ticket_see_one_another_come_write_and_go(be_there, agent, colleague, ticket, customer):
    first = be_there(agent)
    assert colleague.display_name not in first.text
    assert be_there(agent, mark=first["X-Mark"]).status_code == 204
    be_there(colleague, "writing")
    second = be_there(agent, mark=first["X-Mark"])
    assert "Zhang Min is writing" in second.text
    be_there(colleague)
    third = be_there(agent, mark=second["X-Mark"])
    assert "Zhang Min is looking" in third.text
    # What happens on the ticket changes the mark too, so that the page asks what it was.
    add_customer_message(ticket, "还有", customer=customer)
    fourth = be_there(agent, mark=third["X-Mark"])
    assert fourth["X-Mark"].split("-")[0] != third["X-Mark"].split("-")[0]
    be_there(colleague, "gone")
    assert "Zhang Min" not in be_there(agent, mark=fourth["X-Mark"]).text
    be_there(colleague)
    with time_machine.travel(timezone.now() + timedelta(seconds=21)):
        assert "Zhang Min" not in be_there(agent).text
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        be_there(agent)
        assert Presence.objects.count() == 1


def test_a_stranger_is_not_there(be_there, agent_of_another_team, agent, ticket):
    assert be_there(agent_of_another_team).status_code == 404
    assert not Presence.objects.exists()


@pytest.mark.parametrize("others", [0, 8])
def test_asking_who_is_there_costs_one_query_and_rarely_a_write(
    others, be_there, client, ticket, agent, person, team, django_assert_num_queries
):
    for number in range(others):
        be_there(person("agent", f"Agent {number}", team))
    mark = be_there(agent)["X-Mark"]
    place, data = reverse("tickets:presence", args=[ticket.pk]), {"state": "reading", "mark": mark}
    with django_assert_num_queries(3):  # session, user, and who is there
        assert client.post(place, data).status_code == 204
    Presence.objects.update(seen_at=timezone.now() - timedelta(seconds=11))
    with django_assert_num_queries(4):  # written down anew
        assert client.post(place, data).status_code == 204


# --- What nobody has read --------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, agent):
    client.force_login(agent)
    return client


def seen(ticket) -> dict[str, object]:
    return {"version": ticket.version, "seen": ticket.events.latest("id").pk}


def test_a_reply_over_an_unseen_message_asks_first_and_shows_both(desk, ticket, customer):
    state = seen(ticket)
    add_customer_message(ticket, "等等，我找到发票了", customer=customer)
    reply = {"kind": "reply", "body": "请提供发票。", **state}
    asked = desk.post(reverse("tickets:write", args=[ticket.pk]), reply)
    assert asked.status_code == 409
    assert [one["text"] for one in asked.context["unseen"]] == ["等等，我找到发票了"]
    assert "请提供发票。" in asked.text
    assert not ticket.messages.filter(kind="reply").exists()
    ticket.version = asked.context["ticket"].version
    again = desk.post(reverse("tickets:write", args=[ticket.pk]), reply | seen(ticket))
    assert again.status_code == 302
    assert ticket.messages.get(kind="reply").body == "请提供发票。"


def test_a_conflict_shows_both_sides_of_each_field(desk, ticket, colleague):
    state = seen(ticket)
    change_ticket(ticket, actor=colleague, priority="urgent", language="en")
    place = reverse("tickets:edit-ticket", args=[ticket.pk, "facts"])
    answer = desk.post(place, {"priority": "low", "language": "en", **state})
    assert answer.status_code == 409
    sides = [(side["theirs"], side["mine"]) for side in answer.context["sides"]]
    assert sides == [("Urgent", "Low")]
    tags = [Tag.objects.create(code=code, name=code) for code in ("recall", "spare")]
    set_tags(ticket, tags[:1], actor=colleague)
    answer = desk.post(
        reverse("tickets:edit-ticket", args=[ticket.pk, "tags"]), {"tags": [tags[1].pk], **state}
    )
    assert [(side["theirs"], side["mine"]) for side in answer.context["sides"]] == [("recall", "spare")]
    assert list(ticket.tags.all()) == tags[:1]
