"""The machine as a table once more, through what the desk's pages send."""

import itertools

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from catalog.models import Category
from tickets.models import Route, Ticket
from tickets.tests.machine_table import STATES, TABLE, is_allowed

pytestmark = pytest.mark.ground

WHO = ("agent", "lead", "manager", "admin", "agent_of_another_team")


@pytest.fixture
def people(agent, lead, manager, admin, agent_of_another_team):
    return dict(zip(WHO, (agent, lead, manager, admin, agent_of_another_team), strict=True))


@pytest.fixture
def typed(category, agent):
    """What each step's form sends; `reply` goes by the box under the conversation instead."""
    return {
        "classify": {"category": str(category.pk), "priority": "high"},
        "assign": {"to": str(agent.pk)},
        "hand_back": {"note": "不是我的领域"},
        "reopen": {"note": "又坏了"},
        "cancel": {"cancel_reason": "withdrawn"},
        "restore": {"note": "误删"},
    }


def post(client, user, ticket, step, typed):
    if step in ("wait", "resolve"):
        form = {"kind": "reply", "body": "请问订单号是多少？", "step": step}
        return client.post(reverse("tickets:write", args=[ticket.pk]), form)
    form = {"step": step, **typed.get(step, {})}
    if step == "assign" and str(user.pk) == form["to"]:
        form["to"] = "me"
    return client.post(reverse("tickets:take-step", args=[ticket.pk]), form)


@pytest.fixture
def browsers(people):
    """Everybody's browser, signed in."""
    made = {who: Client() for who in people}
    for who, user in people.items():
        made[who].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return made


@pytest.mark.parametrize("status", STATES)
def test_the_desk_takes_a_step_exactly_where_the_table_says(status, ticket_in, people, typed, browsers):
    ticket = ticket_in(status)
    events = ticket.events.count()
    for step, (who, user) in itertools.product(TABLE, people.items()):
        before = transaction.savepoint()
        answer = post(browsers[who], user, ticket, step, typed)
        now = Ticket.objects.get(pk=ticket.pk)
        if is_allowed(step, status, who):
            assert answer.status_code == 302, (step, who, answer.content.decode()[-3000:])
            assert now.status in TABLE[step][1], (step, who)
        else:
            assert answer.status_code in (404, 422), (step, who)
            assert (answer.status_code == 404) == (not ticket.is_visible_to(user)), (step, who)
            assert (now.status, now.events.count()) == (status, events), (step, who)
        transaction.savepoint_rollback(before)


def test_who_gives_a_ticket_away_is_led_back_to_his_queue(ticket, agent, other_team, client):
    kitchen = Category.objects.create(name="Kitchen", code="kitchen")
    Route.objects.create(category=kitchen, team=other_team)
    client.force_login(agent, backend="django.contrib.auth.backends.ModelBackend")
    form = {"step": "classify", "category": str(kitchen.pk), "priority": "normal"}
    answer = client.post(reverse("tickets:take-step", args=[ticket.pk]), form, follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain[0][0] == reverse("tickets:queue")
    assert ticket.number in answer.content.decode()
