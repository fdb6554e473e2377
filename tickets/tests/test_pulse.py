"""The pulse of open pages: it says what has changed, costs next to nothing, and lets nobody see anything."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from staff.models import User
from tickets.desk.listing import STALE_AFTER, new_mark
from tickets.models import Notice, Presence
from tickets.services import add_customer_message, add_note


@pytest.fixture
def ticket(ticket_in):
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        return ticket_in("assigned")


@pytest.fixture
def desk(client, agent):
    client.force_login(agent)
    return client


def pulse(desk, **marks):
    """What has changed."""
    answer = desk.post(reverse("tickets:pulse"), marks)
    if answer.status_code == 204:
        assert answer.content == b""
        return []
    assert answer.status_code == 200
    return answer.json()["changed"]


def on(ticket, around: str = "", state: str = "reading", **more):
    return {"ticket": ticket.pk, "around": around, "state": state, **more}


def arrive(desk, ticket, state="reading", mark="") -> str:
    """Say that one is there, and return the mark of what goes on."""
    answer = desk.post(reverse("tickets:presence", args=[ticket.pk]), {"state": state, "mark": mark})
    return answer.headers.get("X-Mark", mark)


def test_the_lists_have_changed_when_any_ticket_has(desk, ticket, agent, customer):
    mark = new_mark()
    assert pulse(desk, lists=mark) == []
    add_customer_message(ticket, "还有", customer=customer)
    assert pulse(desk, lists=mark) == ["lists"]


def test_lists_that_are_too_old_to_show_their_ages_have_changed(desk, ticket):
    mark = new_mark()
    with time_machine.travel(timezone.now() + STALE_AFTER + timedelta(seconds=1)):
        assert pulse(desk, lists=mark) == ["lists"]
    assert pulse(desk, lists="nonsense") == ["lists"]
    assert pulse(desk) == []


def test_the_bell_has_changed_when_it_says_another_number(desk, ticket, agent, colleague):
    assert pulse(desk, bell="") == []
    assert pulse(desk, bell="3") == ["bell"]
    add_note(ticket, f"@{agent.display_name} 请看一下", actor=colleague)
    assert pulse(desk, bell="") == ["bell"]
    assert pulse(desk, bell="1") == []
    assert Notice.objects.get().user == agent
    event = ticket.events.latest("id")
    Notice.objects.bulk_create(
        Notice(user=agent, ticket=ticket, event=event, kind="answered") for _ in range(120)
    )
    assert pulse(desk, bell="99+") == []


def test_what_goes_on_on_a_ticket_has_changed(desk, ticket, client, agent, colleague, customer):
    # One has to arrive first.
    assert pulse(desk, **on(ticket)) == ["around"]
    mark = arrive(desk, ticket)
    assert pulse(desk, **on(ticket, mark)) == []
    client.force_login(colleague)
    theirs = arrive(client, ticket, "writing")
    client.force_login(agent)
    assert pulse(client, **on(ticket, mark)) == ["around"]
    mark = arrive(client, ticket, mark=mark)
    assert f"{colleague.pk}w" in mark
    assert pulse(client, **on(ticket, mark)) == []
    add_customer_message(ticket, "还有", customer=customer)
    assert pulse(client, **on(ticket, mark)) == ["around"]
    client.force_login(colleague)
    # What one writes oneself is not told.
    assert pulse(client, **on(ticket, theirs, "writing")) == ["around"]


def test_whoever_stays_is_noted_by_it(desk, ticket, agent):
    mark = arrive(desk, ticket)
    Presence.objects.update(seen_at=timezone.now() - timedelta(seconds=11))
    pulse(desk, **on(ticket, mark))
    assert Presence.objects.get().seen_at > timezone.now() - timedelta(seconds=5)
    pulse(desk, **on(ticket, mark, "writing"))
    assert Presence.objects.get().is_writing
    # Whoever was away for longer has to arrive again.
    Presence.objects.update(seen_at=timezone.now() - timedelta(seconds=21))
    assert pulse(desk, **on(ticket, mark)) == ["around"]


def test_it_lets_nobody_onto_a_ticket(client, ticket, agent_of_another_team):
    client.force_login(agent_of_another_team)
    assert pulse(client, **on(ticket)) == ["around"]
    assert client.post(reverse("tickets:presence", args=[ticket.pk]), {}).status_code == 404
    assert not Presence.objects.exists()


@pytest.mark.parametrize("others", [0, 8])
def test_it_costs_two_queries_and_no_body_when_nothing_has_changed(
    others, desk, client, ticket, agent, person, team, django_assert_num_queries
):
    for number in range(others):
        client.force_login(person("agent", f"Agent {number}", team))
        arrive(client, ticket)
    client.force_login(agent)
    mark = arrive(client, ticket)
    marks = on(ticket, mark, lists=new_mark(), bell="")
    with django_assert_num_queries(2):  # session, and all the rest
        assert pulse(client, **marks) == []
    Presence.objects.update(seen_at=timezone.now() - timedelta(seconds=11))
    with django_assert_num_queries(3):  # written down anew
        assert pulse(client, **marks) == []


def test_a_session_that_has_ended_is_refused(client, agent):
    assert client.post(reverse("tickets:pulse")).status_code == 403
    client.force_login(agent)
    assert pulse(client) == []
    agent.set_password("another long password")
    agent.save()
    assert client.post(reverse("tickets:pulse")).status_code == 403
    client.force_login(agent)
    assert pulse(client) == []
    User.objects.update(is_active=False)
    assert client.post(reverse("tickets:pulse")).status_code == 403


def test_a_foreign_page_cannot_ask(desk):
    for site, status in (("same-origin", 204), ("same-site", 403), ("cross-site", 403)):
        headers = {"Sec-Fetch-Site": site}
        assert desk.post(reverse("tickets:pulse"), headers=headers).status_code == status
