"""Automation rules: a table of cases, circles, long texts, the log, and what they cost when none is in use."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Segment
from tickets import services
from tickets.choices import EventKind
from tickets.models import AutomationPosition, AutomationRule, AutomationRun, Event
from tickets.services import add_reply, run_for_events, run_for_time
from tickets.tests.automation_cases import (
    CASES,
    CREATED,
    NOTE,
    WROTE,
    Desk,
    came,
    notes,
    replies,
    tagged,
    writes,
)


@pytest.fixture
def desk(ticket_in, customer, category, agent, lead, manager, team, other_team):
    with time_machine.travel("2026-03-02T02:00:00Z", tick=False) as clock:
        yield Desk(
            clock=clock, ticket_in=ticket_in, customer=customer, category=category, agent=agent, lead=lead, team=team,
            manager=manager, other_team=other_team, regular=Segment.objects.get(code="regular"),
            vip=Segment.objects.get(code="vip"),
        )  # fmt: skip


# Half a minute; what SQLite does differently the other tests of rules would show.
@pytest.mark.postgres
def test_the_table(desk):
    assert len(CASES) >= 60
    wrong = []
    for number, (fields, act, check) in enumerate(CASES):
        began = timezone.now()
        with transaction.atomic():
            rule = desk.rule(**fields)
            rule.full_clean()
            ticket = act(desk)
            for _twice in range(2):
                run_for_events()
                run_for_time()
            if not check(desk, ticket) or AutomationRun.objects.count() > 1:
                wrong.append((number, fields, list(AutomationRun.objects.values("outcome", "reasons"))))
            transaction.set_rollback(True)
        desk.clock.move_to(began)
    assert wrong == []


def test_no_rule_in_use_costs_a_write_nothing_and_the_sweep_one_query(desk, django_assert_num_queries):
    ticket = desk.ticket("assigned")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            replies(desk, ticket)
        return len(queries)

    replies(desk, ticket)
    without = cost()
    rule = desk.rule(**WROTE, **NOTE)
    AutomationRule.objects.filter(pk=rule.pk).update(is_active=False)
    replies(desk, ticket)
    assert cost() == without
    run_for_events()
    with django_assert_num_queries(2):
        assert run_for_events() + run_for_time() == 0
    AutomationRule.objects.filter(pk=rule.pk).update(is_active=True)
    assert cost() == without


def test_rules_that_go_round_in_circles_end_and_are_logged(desk):
    # One that triggers itself, and two that trigger each other.
    itself = desk.rule(name="itself", when="noted", note="again")
    there = desk.rule(name="there", when="tag_added", on_tag="red", add_tags="blue", remove_tags="red")
    back = desk.rule(name="back", when="tag_added", on_tag="blue", add_tags="red", remove_tags="blue")
    ticket = desk.ticket("assigned")
    notes(desk, ticket)
    tagged("red")(desk, ticket)
    for _sweep in range(3):
        run_for_events()
    outcomes = {
        rule.name: list(rule.runs.order_by("id").values_list("outcome", flat=True))
        for rule in (itself, there, back)
    }
    assert outcomes["itself"] == ["done"] * 5 + ["stopped"]
    assert sorted(outcomes["there"] + outcomes["back"]) == ["done"] * 5 + ["stopped"]
    assert ticket.messages.filter(kind="note", body="again").count() == 5
    stopped = AutomationRun.objects.filter(outcome="stopped")
    assert {reason for run in stopped for reason in run.reasons} == {"too_deep"}
    # A circle with somebody outside, who answers each time: the budget of an hour.
    AutomationRun.objects.all().delete()
    echo = desk.rule(name="echo", when="customer_wrote", add_tags="red", note="ping")
    itself.is_active = False
    itself.save()
    for _round in range(12):
        writes(desk, ticket)
        run_for_events()
    assert list(echo.runs.values_list("outcome", flat=True)).count("done") == 10
    assert echo.runs.filter(outcome="stopped", reasons=["too_often"]).count() == 2
    desk.clock.shift(timedelta(hours=2))
    writes(desk, ticket)
    run_for_events()
    assert echo.runs.filter(outcome="done").count() == 11


@pytest.mark.timeout(20)
def test_long_texts_and_expressions_that_backtrack_end(desk):
    rules = [
        desk.rule(**CREATED, note="a", pattern=r"(a+)+$"),
        desk.rule(**CREATED, note="b", pattern=r"^(\w+\s?)*$"),
        desk.rule(**CREATED, note="c", words="*".join("ab" * 200)),
        desk.rule(**CREATED, note="d", pattern=r"(x+x+)+y"),
    ]
    ticket = came(body="a" * 999_999 + "!")(desk)
    began = timezone.now()
    run_for_events()
    runs = {run.rule_id: run.outcome for run in AutomationRun.objects.filter(ticket=ticket)}
    assert runs == {rules[0].pk: "done", rules[1].pk: "done"}
    assert timezone.now() == began
    for pattern, why in ((r"(a", "no expression"), (r"((a{1,900}){1,900})", "too complicated|no expression")):
        bad = AutomationRule(name="bad", when="created", note="x", pattern=pattern)
        with pytest.raises(Exception, match=why):
            bad.full_clean()


def test_what_fails_is_logged_and_holds_up_nothing(desk, refused):
    ticket, other = desk.ticket("assigned"), desk.ticket("assigned")
    first, second = desk.rule(**WROTE, **NOTE), desk.rule(**WROTE, add_tags="red")
    refused(ticket, table="tickets_message", rows=f"NEW.ticket_id = {ticket.pk} AND NEW.kind = 'note'")
    writes(desk, ticket)
    writes(desk, other)
    run_for_events()
    assert list(first.runs.order_by("ticket_id").values_list("outcome", flat=True)) == ["failed", "done"]
    assert second.runs.filter(outcome="done").count() == 2
    assert ticket.events.filter(kind=EventKind.AUTOMATION).count() == 1
    # The log of ninety days; what keeps a rule of time from running once more stays as long as it could.
    timed = desk.rule(when="silent", minutes=1, note="still silent")
    desk.clock.shift(timedelta(minutes=2))
    run_for_time()
    desk.clock.shift(timedelta(days=91))
    assert services.forget_old_runs() == 4
    assert timed.runs.count() == 2
    assert run_for_time() == 0


def test_the_position_looks_again_for_what_came_late_and_what_may_be_taken_back(desk, settings):
    rule = desk.rule(**WROTE, **NOTE)
    ticket = desk.ticket("assigned")
    writes(desk, ticket)
    run_for_events()
    # A rule waits until the reply has gone out, which it would keep from being taken back.
    answered = desk.rule(when="replied", add_tags="red")
    add_reply(ticket, "Gone in ten seconds.", actor=desk.agent, hold=timedelta(seconds=10))
    run_for_events()
    assert answered.runs.count() == 0
    desk.clock.shift(11)
    run_for_events()
    assert answered.runs.get().outcome == "done"
    position = AutomationPosition.objects.get()
    # As if an event with a smaller key were committed only now: it was missing when the rest was read.
    newest = Event.objects.latest("id").pk
    AutomationPosition.objects.update(event_id=newest + 3)
    Event.objects.bulk_create([Event(pk=newest + 5, ticket=ticket, kind=EventKind.CHANGED)])
    run_for_events()
    position.refresh_from_db()
    assert (position.event_id, list(position.left_over)) == (newest + 5, [str(newest + 4)])
    message = ticket.messages.filter(kind="customer").latest("id")
    data = {"message_kind": "customer", "message": message.pk}
    Event.objects.bulk_create([Event(pk=newest + 4, ticket=ticket, kind=EventKind.MESSAGE, data=data)])
    assert run_for_events() == 1
    assert rule.runs.filter(event_id=newest + 4).count() == 1
    assert AutomationPosition.objects.get().left_over == {}
