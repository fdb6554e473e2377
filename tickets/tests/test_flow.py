"""The flow page: the picture has what the machine has, and the figures are those of the events."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from tickets.desk.flow import BOXES, WAYS, picture
from tickets.desk.flow_sums import flow_sums
from tickets.services import create_ticket, take_step
from tickets.workflow import MOVES, STEPS


@pytest.fixture(autouse=True)
def _empty_cache(db):
    cache.clear()


@pytest.mark.ground
def test_the_picture_has_every_state_and_every_move_of_the_machine():
    assert {(way.source, way.target) for way in WAYS if way.source != way.target} == MOVES
    assert {way.step for way in WAYS} == set(STEPS)
    assert {(way.step, way.source) for way in WAYS if way.is_loop} == {
        ("classify", "classified"), ("assign", "assigned"), ("hand_back", "assigned"), ("hand_back", "waiting"),
        ("resume", "waiting"), ("reopen", "resolved"), ("reopen", "surveyed"), ("restore", "cancelled"),
    }  # fmt: skip
    shapes = picture(lambda _box: {}, lambda _way: {})
    for box in BOXES.values():
        assert 0 <= box.x <= box.x + box.width <= shapes["width"]
        assert 0 <= box.y <= box.y + box.height <= shapes["height"]
    lines = [way.line for way in WAYS]
    assert len(set(lines)) == len(lines)


def test_dwell_times_are_those_of_the_events(agent, category, customer, team, django_assert_max_num_queries):
    start = timezone.now() - timedelta(days=3)
    # How many hours each stays received, classified and assigned.
    for received, classified, assigned in ((1, 2, 10), (3, 4, 20), (5, 6, 60)):
        moment = start
        with time_machine.travel(moment, tick=False):
            ticket = create_ticket(customer=customer, subject="x", body="x", acknowledge=False)
        for hours, name, details in (
            (received, "classify", {"category": category, "priority": "low"}),
            (classified, "assign", {"assignee": agent}), (assigned / 2, "assign", {"assignee": agent}),
            (assigned / 2, "resolve", {"reply": "x"}),
        ):  # fmt: skip
            moment += timedelta(hours=hours)
            with time_machine.travel(moment, tick=False):
                ticket = take_step(ticket, name, actor=agent, **details)
    with django_assert_max_num_queries(9):  # permissions, teams, two sums, and the cache
        sums = flow_sums(agent, 7)
    hours = {
        state: (stay.count, stay.median / timedelta(hours=1), stay.ninetieth / timedelta(hours=1))
        for state, stay in sums.stays.items()
    }
    assert hours == {"received": (3, 3, 5), "classified": (3, 4, 6), "assigned": (3, 20, 60)}
    # Giving it to somebody again ends no stay.
    assert sums.steps["assign", "assigned", "assigned"].count == 3
    assert sums.steps["resolve", "assigned", "resolved"].median == timedelta(hours=20)
    assert sums.by_state == {"resolved": 3}
    with django_assert_max_num_queries(1):  # the cache
        assert flow_sums(agent, 7) == sums


def test_whose_tickets_are_counted(agent, agent_of_another_team, manager, ticket_in):
    ticket_in("assigned")
    found = [flow_sums(user, 30).by_state for user in (agent, agent_of_another_team, manager)]
    assert found == [{"assigned": 1}, {}, {"assigned": 1}]


def test_the_pages(client, agent, ticket_in, django_assert_max_num_queries):
    client.force_login(agent)
    ticket = ticket_in("assigned")
    url = reverse("tickets:flow", query={"days": 7})
    client.get(url)
    with django_assert_max_num_queries(8):
        page = client.get(url)
    assert "/desk/queue/all/?status=assigned" in page.text
    assert client.get(reverse("tickets:flow", query={"days": "x"})).context["days"] == 30
    own = reverse("tickets:ticket-flow", args=[ticket.pk])
    with django_assert_max_num_queries(12):
        page = client.get(own)
    assert "Ask the customer something in a public reply first" in page.text
    assert [line["status"] for line in page.context["lines"]] == ["classified", "assigned"]
    here = [one["box"].status.value for one in page.context["flow"]["boxes"] if one["is_here"]]
    assert here == ["assigned"]
