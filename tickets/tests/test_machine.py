"""The machine as a table: every step, from every state, by everybody, and past the machine by raw SQL."""

import importlib
import itertools
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tickets.choices import EventKind, Status
from tickets.models import Event, Ticket
from tickets.models.event import WrittenOnceError
from tickets.services import StepRefused, take_step
from tickets.tests.machine_table import ACTORS, MOVES, STATES, TABLE, is_allowed
from tickets.workflow import MOVES as MACHINE_MOVES
from tickets.workflow import STEPS

pytestmark = pytest.mark.every_case


def refusal_of(sql: str) -> str:
    """Run the SQL, undo it, and return what the database said against it."""
    before = transaction.savepoint()
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    except IntegrityError as error:
        return str(error)
    finally:
        transaction.savepoint_rollback(before)
    return ""


@pytest.fixture
def actors(agent, lead, manager, admin, customer, agent_of_another_team) -> dict[str, Any]:
    return {
        "agent": agent, "lead": lead, "manager": manager, "admin": admin, "customer": customer, "system": None,
        "agent_of_another_team": agent_of_another_team,
    }  # fmt: skip


@pytest.fixture
def filled(category, agent) -> dict[str, dict[str, Any]]:
    """What each step's form would hold when it is filled in."""
    return {
        "classify": {"category": category, "priority": "high"},
        "assign": {"assignee": agent},
        "hand_back": {"note": "不是我的领域"},
        "wait": {"reply": "请问订单号是多少？"},
        "resolve": {"reply": "已换新。"},
        "reopen": {"note": "又坏了"},
        "survey": {"outcome": "no_response"},
        "cancel": {"cancel_reason": "withdrawn"},
        "restore": {"note": "误删"},
    }  # fmt: skip


def test_the_machine_is_the_design():
    assert set(STEPS) == set(TABLE)
    for name, (sources, targets, _who) in TABLE.items():
        extra = {"classified"} if name == "resolve" else set()
        assert STEPS[name].sources == sources | extra, name
        assert STEPS[name].targets == targets, name
    assert MACHINE_MOVES == MOVES


def test_the_trigger_in_the_migration_is_the_machine():
    migration = importlib.import_module("tickets.migrations.0002_rules")
    assert set(migration.MOVES) == MACHINE_MOVES


@pytest.mark.parametrize("status", STATES)
def test_a_step_is_taken_exactly_where_and_by_whom_the_table_says(status, ticket_in, actors, filled):
    ticket = ticket_in(status)
    for step, who in itertools.product(TABLE, ACTORS):
        actor, details = actors[who], dict(filled.get(step, {}))
        if who in ("customer", "system"):
            details.pop("reply", None)
        events = ticket.events.count()
        if not is_allowed(step, status, who):
            with pytest.raises(StepRefused) as refusal:
                take_step(ticket, step, actor=actor, **details)
            assert refusal.value.reasons, (who, step)
            assert all(refusal.value.reasons), (who, step)
            assert Ticket.objects.get(pk=ticket.pk).status == status
            assert ticket.events.count() == events
            continue
        before = transaction.savepoint()
        taken = take_step(ticket, step, actor=actor, **details)
        assert taken.status in TABLE[step][1], (who, step)
        event = taken.events.filter(kind=EventKind.STEP).latest("id")
        assert (event.step, event.before, event.after) == (step, status, taken.status)
        assert event.actor == (None if who in ("customer", "system") else actor)
        assert event.customer == (actor if who == "customer" else None)
        transaction.savepoint_rollback(before)


def test_a_classified_ticket_is_resolved_only_by_confirming_an_automatic_answer(ticket_in, customer, agent):
    from knowledgebase.models import Article, Section

    ticket = ticket_in("classified")
    with pytest.raises(StepRefused):
        take_step(ticket, "resolve", actor=customer)
    article = Article.objects.create(
        section=Section.objects.create(name="Screens", slug="screens"), slug="screen"
    )
    ticket.article_links.create(article=article, use="automatic")
    with pytest.raises(StepRefused):
        take_step(ticket, "resolve", actor=agent, reply="好了")
    assert take_step(ticket, "resolve", actor=customer).status == "resolved"


@pytest.mark.parametrize("before", STATES)
def test_raw_sql_cannot_make_a_move_that_no_step_makes(before, ticket_in):
    """Everything else in the row is made to fit the new state, so that only the trigger can say no."""
    ticket = ticket_in(before)
    fitting = {
        "received": "", "classified": "", "assigned": "", "waiting": ", waiting_since_at = created_at",
        "resolved": ", resolved_at = created_at",
        "surveyed": ", resolved_at = created_at, surveyed_at = created_at, survey_outcome = 'not_asked'",
        "cancelled": ", cancelled_at = created_at, cancel_reason = 'spam'",
    }  # fmt: skip
    blank = {
        "waiting_since_at": "NULL", "resolved_at": "NULL", "surveyed_at": "NULL", "cancelled_at": "NULL",
        "survey_outcome": "''", "cancel_reason": "''",
    }  # fmt: skip
    always = {
        "category_id": "(SELECT id FROM catalog_category WHERE code = 'broken-screen')", "priority": "'low'",
        "classified_at": "created_at", "assigned_at": "created_at",
        "assignee_id": "(SELECT id FROM staff_user WHERE email = 'li.wei@example.com')",
    }  # fmt: skip
    for after in STATES:
        named = fitting[after]
        rest = "".join(f", {column} = {value}" for column, value in blank.items() if column not in named)
        rest += "".join(f", {column} = {value}" for column, value in always.items())
        # Nothing a caller sends stands in this text.
        sql = f"UPDATE tickets_ticket SET status = '{after}'{named}{rest} WHERE id = {ticket.pk}"
        refusal = refusal_of(sql)
        if after == before or (before, after) in MOVES:
            assert refusal == "", (before, after)
        else:
            assert "ticket_status_moves" in refusal, (before, after)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("status = 'nonsense'", "ticket_status_moves"),
        ("category_id = NULL", "a_classified_ticket_has_category_and_priority"),
        ("assignee_id = NULL", "an_assigned_ticket_has_an_assignee"),
        ("waiting_since_at = created_at", "a_waiting_ticket_and_no_other_says_since_when"),
        ("resolved_at = created_at", "a_resolved_ticket_and_no_other_says_when"),
        ("survey_outcome = 'answered'", "a_surveyed_ticket_and_no_other_has_an_outcome"),
        ("cancel_reason = 'spam'", "a_cancelled_ticket_and_no_other_has_a_reason"),
    ],
)
def test_the_database_ties_the_status_to_its_moments(change, rule, ticket_in):
    ticket = ticket_in("assigned")
    assert rule in refusal_of(f"UPDATE tickets_ticket SET {change} WHERE id = {ticket.pk}")


def test_events_are_written_once(ticket_in):
    event = ticket_in("assigned").events.latest("id")
    with pytest.raises(WrittenOnceError):
        event.save()
    with pytest.raises(WrittenOnceError):
        event.delete()
    with pytest.raises(WrittenOnceError):
        Event.objects.filter(pk=event.pk).update(step="x")
    with pytest.raises(WrittenOnceError):
        Event.objects.filter(pk=event.pk).delete()
    for sql in ("UPDATE tickets_event SET step = 'x'", "DELETE FROM tickets_event"):
        assert "an_event_is_written_once" in refusal_of(sql)


@pytest.mark.parametrize("status", STATES)
def test_history_replayed_through_the_machine_gives_the_present_state(status, ticket_in):
    ticket = ticket_in(status)
    state = Status.RECEIVED.value
    for event in ticket.events.filter(kind=EventKind.STEP):
        assert event.before == state
        assert state in STEPS[event.step].sources
        assert event.after in STEPS[event.step].targets
        state = event.after
    assert state == ticket.status == status


def test_every_pair_of_states_is_either_a_move_or_refused():
    pairs = {pair for pair in itertools.product(STATES, STATES) if pair[0] != pair[1]}
    assert pairs >= MOVES
    assert len(pairs - MOVES) == 42 - 19
