"""The machine as a table, by programs: every step, from every state, with everybody's token."""

import itertools

import pytest
from django.db import transaction

from tickets.models import Ticket
from tickets.tests.machine_table import STATES, TABLE, is_allowed

pytestmark = pytest.mark.ground

# Only members of staff have tokens.
WHO = ("agent", "lead", "manager", "admin", "agent_of_another_team")


@pytest.fixture
def programs(program, agent, lead, manager, admin, agent_of_another_team):
    people = dict(zip(WHO, (agent, lead, manager, admin, agent_of_another_team), strict=True))
    return {who: program(person) for who, person in people.items()}


@pytest.fixture
def filled(category, agent):
    """What each step needs, as a program sends it."""
    return {
        "classify": {"category": category.pk, "priority": "high"},
        "assign": {"assignee": agent.pk},
        "hand_back": {"note": "不是我的领域"},
        "wait": {"reply": "请问订单号是多少？"},
        "resolve": {"reply": "已换新。"},
        "reopen": {"note": "又坏了"},
        "cancel": {"cancel_reason": "withdrawn"},
        "restore": {"note": "误删"},
    }


@pytest.mark.parametrize("status", STATES)
def test_a_program_takes_a_step_exactly_where_the_table_says(status, ticket_in, programs, filled):
    ticket = ticket_in(status)
    version = Ticket.objects.get(pk=ticket.pk).version
    for step, (who, client) in itertools.product(TABLE, programs.items()):
        before = transaction.savepoint()
        sent = {"step": step, "version": version, **filled.get(step, {})}
        response = client.post(f"/api/v1/tickets/{ticket.pk}/steps/", sent, format="json")
        answer, now = response.json(), Ticket.objects.get(pk=ticket.pk)
        if is_allowed(step, status, who):
            assert response.status_code == 200, (step, who, answer)
            assert answer["status"] == now.status
            assert now.status in TABLE[step][1]
            assert now.events.filter(step=step).latest("id").actor is not None
        else:
            sees_it = who != "agent_of_another_team" or ticket.team_id is None
            assert response.status_code == (409 if sees_it else 404), (step, who, answer)
            assert (answer["code"] == "step_refused" and all(answer["reasons"])) if sees_it else True
            assert (now.status, now.version) == (status, version)
        transaction.savepoint_rollback(before)


@pytest.mark.parametrize("status", STATES)
def test_what_is_said_to_be_possible_is_possible(status, ticket_in, programs, filled):
    """The list of steps and the steps themselves agree, for everybody who sees the ticket."""
    ticket = ticket_in(status)
    for who, client in programs.items():
        response = client.get(f"/api/v1/tickets/{ticket.pk}/steps/")
        listed = {step["name"]: step for step in response.json().get("steps", ())}
        for step in TABLE:
            # A reply that the step sends along is not there yet when one asks what is possible.
            if step in ("wait", "resolve"):
                continue
            is_listed = step in listed and listed[step]["is_possible"]
            assert is_listed == is_allowed(step, status, who), (who, step)
            assert is_listed or step not in listed or all(listed[step]["reasons"])
