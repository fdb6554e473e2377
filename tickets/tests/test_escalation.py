"""Escalation: stages on the clock of a promise, each fired once with all that it does."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tickets import services
from tickets.models import EscalationStage, Event, Guard, Message, Promise, ReplyTemplate, StageFiring, Ticket

MINUTE = timedelta(minutes=1)


def resolution(ticket):
    return ticket.promises.get(kind="resolution", dropped_at__isnull=True)


def told(ticket):
    return sorted(ticket.messages.filter(purpose="staff").values_list("recipient", flat=True))


def last(ticket):
    return ticket.events.filter(kind="escalated").latest("id").data


def test_stages_come_in_the_order_of_the_clock_and_once_each(clock, stage, ticket_in, agent, lead):
    stage(at_minutes=30, tells_leads=True)
    stage(at_percent=-50, tells_assignee=True)
    stage(at_percent=0, tells_assignee=True, tells_leads=True)
    ticket = ticket_in("assigned")
    assert resolution(ticket).next_stage_at == ticket.created_at + 50 * MINUTE
    assert services.fire_due_stages() == 0
    fired = []
    for minutes in (50, 50, 30, 300):
        clock.shift(minutes * MINUTE)
        fired.append((services.fire_due_stages(), services.fire_due_stages()))
    assert fired == [(1, 0), (1, 0), (1, 0), (0, 0)]
    assert told(ticket) == sorted([agent.email, agent.email, lead.email, lead.email])
    assert StageFiring.objects.filter(promise=resolution(ticket)).count() == 3
    assert [event.data["at_percent"] for event in ticket.events.filter(kind="escalated")] == [-50, 0, None]
    assert resolution(ticket).next_stage_at is None


def test_what_a_late_worker_finds_fires_together(clock, stage, ticket_in):
    for percent in (-50, -25, 0):
        stage(at_percent=percent, tells_assignee=True)
    ticket = ticket_in("assigned")
    clock.shift(200 * MINUTE)
    assert services.fire_due_stages() == 3
    assert ticket.events.filter(kind="escalated").count() == 3


def test_a_stopped_clock_puts_the_stage_off(clock, stage, ticket_in, agent, customer):
    stage(at_percent=-50, tells_assignee=True)
    ticket = ticket_in("assigned")
    clock.shift(20 * MINUTE)
    services.take_step(ticket, "wait", actor=agent, reply="请问订单号？")
    assert resolution(ticket).next_stage_at is None
    clock.shift(300 * MINUTE)
    assert services.fire_due_stages() == 0
    services.add_customer_message(ticket, "A1", customer=customer)
    assert resolution(ticket).next_stage_at == ticket.created_at + 350 * MINUTE
    clock.shift(29 * MINUTE)
    assert services.fire_due_stages() == 0
    clock.shift(MINUTE)
    assert services.fire_due_stages() == 1


def test_what_is_met_or_closed_warns_nobody(clock, stage, ticket_in, agent, lead):
    stage(at_percent=-50, tells_assignee=True)
    done, gone = ticket_in("assigned"), ticket_in("assigned")
    services.take_step(done, "resolve", actor=agent, reply="好了")
    services.take_step(gone, "cancel", actor=lead, cancel_reason="withdrawn")
    clock.shift(200 * MINUTE)
    assert services.fire_due_stages() == 0
    assert not Promise.objects.filter(next_stage_at__isnull=False).exists()


def test_a_stage_before_the_start_never_fires(clock, stage, ticket_in):
    stage(at_minutes=-200, tells_assignee=True)
    ticket = ticket_in("assigned")
    clock.shift(500 * MINUTE)
    assert resolution(ticket).next_stage_at is None
    assert services.fire_due_stages() == 0


def test_the_team_a_person_and_a_watcher(clock, stage, ticket_in, agent, colleague, lead, manager, admin):
    stage(at_minutes=0, tells_team=True, tells_person=manager, watcher=admin)
    ticket = ticket_in("assigned")
    clock.shift(100 * MINUTE)
    services.fire_due_stages()
    assert told(ticket) == sorted([agent.email, colleague.email, lead.email, manager.email])
    assert list(ticket.watchers.all()) == [admin]
    mail = ticket.messages.get(recipient=manager.email)
    assert (mail.kind, mail.delivery) == ("note", "queued")
    assert ticket.number in mail.subject


def test_the_priority_is_raised_and_never_lowered(clock, policy, stage, ticket_in):
    stage(at_percent=-50, priority="high")
    stage(at_percent=0, priority="low")
    ticket = ticket_in("assigned")
    clock.shift(100 * MINUTE)
    services.fire_due_stages()
    assert Ticket.objects.get(pk=ticket.pk).priority == "high"
    assert [event.data.get("priority") for event in ticket.events.filter(kind="escalated")] == ["high", None]


def test_it_is_handed_back_or_given_to_somebody_else(clock, stage, ticket_in, agent, colleague):
    stage(at_percent=-50, reassign="other")
    stage(at_percent=0, reassign="queue")
    ticket = ticket_in("assigned")
    clock.shift(50 * MINUTE)
    # Nobody else is present: it is written down, and the ticket stays where it is.
    services.fire_due_stages()
    assert (last(ticket)["not_reassigned"], Ticket.objects.get(pk=ticket.pk).assignee) == ("other", agent)
    clock.shift(50 * MINUTE)
    services.fire_due_stages()
    assert (last(ticket)["reassigned"], Ticket.objects.get(pk=ticket.pk).status) == ("queue", "classified")


def test_somebody_else_who_is_there_gets_it(clock, stage, ticket_in, colleague):
    stage(at_percent=-50, reassign="other")
    ticket = ticket_in("assigned")
    colleague.is_present = True
    colleague.save()
    clock.shift(50 * MINUTE)
    services.fire_due_stages()
    assert Ticket.objects.get(pk=ticket.pk).assignee == colleague


def test_a_guard_that_refuses_leaves_the_ticket_with_its_team(
    clock, stage, ticket_in, team, other_team, person
):
    person("agent", "Wu Lei", other_team, is_present=True)
    ticket = ticket_in("assigned")
    Guard.objects.create(name="Product", step="assign", required_fields=["product"])
    stage(at_percent=-50, reassign="team", to_team=other_team)
    services.plan_stages(EscalationStage.objects.get().policy)
    clock.shift(50 * MINUTE)
    assert services.fire_due_stages() == 1
    assert last(ticket)["not_reassigned"] == "team"
    assert Ticket.objects.get(pk=ticket.pk).team == team


def test_the_customer_is_told_in_his_language(clock, stage, ticket_in):
    template = ReplyTemplate.objects.create(name="Progress")
    template.texts.create(language="zh-hans", body="{customer}，您的工单 {number} 仍在处理。")
    stage(at_percent=-50, progress_note=template)
    ticket = ticket_in("assigned")
    clock.shift(50 * MINUTE)
    services.fire_due_stages()
    note = ticket.messages.get(purpose="progress")
    assert (note.kind, note.delivery, note.recipient) == ("automatic", "queued", "chenxiao@example.com")
    assert note.body == f"陈晓，您的工单 {ticket.number} 仍在处理。"


def test_a_manager_who_adds_a_stage_warns_of_what_runs_already(clock, client, manager, policy, ticket_in):
    ticket = ticket_in("assigned")
    assert resolution(ticket).next_stage_at is None
    EscalationStage.objects.create(policy=policy, at_percent=-50, tells_assignee=True)
    services.plan_stages(policy)
    assert resolution(ticket).next_stage_at == ticket.created_at + 50 * MINUTE


def test_a_stage_says_when_and_does_something(policy):
    for fields in (
        {},
        {"at_percent": 0, "at_minutes": 0},
        {"at_percent": 0},
        {"at_minutes": 0, "reassign": "team"},
    ):
        with pytest.raises(Exception, match=r"Say|Choose") as refusal:
            EscalationStage(policy=policy, **fields).full_clean()
        assert refusal.type.__name__ == "ValidationError"


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_the_history_says_what_a_stage_did(clock, stage, ticket_in, agent, client, language):
    stage(at_percent=-50, tells_assignee=True, priority="high")
    ticket = ticket_in("assigned")
    clock.shift(50 * MINUTE)
    services.fire_due_stages()
    agent.language = language
    agent.save()
    client.force_login(agent)
    page = client.get(reverse("tickets:history", args=[ticket.pk])).text
    assert {
        "en": "with 50 % of the time left",
        "zh-hans": "剩余 50 % 时间时",
        "zh-hant": "剩餘 50 % 時間時",
    }[language] in page


@pytest.mark.parametrize("count", [1, 30])
def test_the_look_for_due_stages_costs_one_query(count, clock, stage, ticket_in, django_assert_num_queries):
    stage(at_percent=-50, tells_assignee=True)
    for _number in range(count):
        ticket_in("assigned")
    with django_assert_num_queries(1):
        assert services.fire_due_stages() == 0
    assert Event.objects.filter(kind="escalated").count() == 0
    assert Message.objects.filter(purpose="staff").count() == 0


def test_a_stage_that_was_moved_after_it_fired_fires_no_second_time_and_holds_nothing_up(
    clock, stage, ticket_in
):
    moved = stage(at_percent=-50, tells_assignee=True)
    ticket, other = ticket_in("assigned"), ticket_in("assigned")
    clock.shift(50 * MINUTE)
    assert services.fire_due_stages() == 2
    moved.at_percent = -25
    moved.save()
    stage(at_percent=0, tells_assignee=True)
    services.plan_stages(moved.policy)
    clock.shift(50 * MINUTE)
    assert services.fire_due_stages() == 2
    for one in (ticket, other):
        assert [event.data["at_percent"] for event in one.events.filter(kind="escalated")] == [-50, 0]
