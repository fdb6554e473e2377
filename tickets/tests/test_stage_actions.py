"""What a stage does: whom it tells and how often, what it changes, and what happens when it may not."""

from datetime import timedelta

import pytest
from django.urls import reverse

from sla.models import SlaPolicy
from sla.services import record_version
from staff.models import Membership
from tickets import services
from tickets.models import EscalationStage, Guard, ReplyTemplate, Route, Ticket

MINUTE = timedelta(minutes=1)


def fire(clock, minutes):
    clock.shift(minutes * MINUTE)
    return services.fire_due_stages()


def last(ticket):
    return ticket.events.filter(kind="escalated").latest("id").data


def now(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def told(ticket):
    return sorted(ticket.messages.filter(purpose="staff").values_list("recipient", flat=True))


# One faulty ticket


def test_a_faulty_ticket_holds_up_no_other_and_fires_when_it_is_mended(
    clock, stage, ticket_in, refused, monkeypatch, caplog
):
    monkeypatch.setattr("tickets.services.escalating.BATCH", 1)
    stage(at_percent=-50, tells_assignee=True)
    first, second, third = (ticket_in("assigned") for _number in range(3))
    refused(first)
    clock.shift(50 * MINUTE)
    assert [services.fire_due_stages() for _sweep in range(3)] == [1, 1, 0]
    assert [ticket.events.filter(kind="escalated").count() for ticket in (first, second, third)] == [0, 1, 1]
    assert not first.messages.filter(purpose="staff").exists()
    assert "faulty ticket" in caplog.text
    refused.mend()
    assert services.fire_due_stages() == 1
    assert first.events.filter(kind="escalated").count() == 1


def test_a_faulty_ticket_keeps_no_other_promise_from_being_marked_broken(
    clock, policy, ticket_in, refused, monkeypatch
):
    monkeypatch.setattr("tickets.services.sweeps.BATCH", 1)
    first, second = ticket_in("assigned"), ticket_in("assigned")
    refused(first)
    clock.shift(101 * MINUTE)
    assert [services.mark_broken_promises() for _sweep in range(2)] == [1, 0]
    assert first.promises.get(kind="resolution").broken_at is None
    assert second.promises.get(kind="resolution").broken_at is not None
    refused.mend()
    assert services.mark_broken_promises() == 1


def test_a_faulty_ticket_keeps_no_other_from_being_given_out(clock, policy, ticket_in, refused, colleague):
    first, second = ticket_in("classified"), ticket_in("classified")
    refused(first)
    colleague.is_present = True
    colleague.save()
    clock.shift(MINUTE)
    assert services.assign_waiting_tickets() == 1
    assert (now(first).assignee, now(second).assignee) == (None, colleague)


# To another team


@pytest.fixture
def other_serves(category, other_team):
    Route.objects.create(category=category, team=other_team, position=1)


def test_another_team_gets_it_as_it_would_from_a_person(
    clock, stage, ticket_in, other_team, other_serves, agent_of_another_team
):
    agent_of_another_team.is_present = True
    agent_of_another_team.save()
    stage(at_percent=-50, reassign="team", to_team=other_team)
    ticket = ticket_in("assigned")
    assert fire(clock, 50) == 1
    assert (now(ticket).team, now(ticket).assignee) == (other_team, agent_of_another_team)
    assert last(ticket)["reassigned"] == "team"


def test_it_waits_in_the_other_teams_queue_while_nobody_is_there(
    clock, stage, ticket_in, other_team, other_serves, agent_of_another_team
):
    stage(at_percent=-50, reassign="team", to_team=other_team)
    ticket = ticket_in("assigned")
    assert fire(clock, 50) == 1
    held = now(ticket)
    assert (held.team, held.assignee, held.status) == (other_team, None, "classified")
    assert last(ticket)["reassigned"] == "team"
    agent_of_another_team.is_present = True
    agent_of_another_team.save()
    clock.shift(MINUTE)
    assert services.assign_waiting_tickets() == 1
    assert now(ticket).assignee == agent_of_another_team


@pytest.mark.parametrize("step", ["hand_back", "classify"])
def test_what_is_refused_halfway_leaves_the_ticket_and_says_why(
    step, clock, stage, ticket_in, agent, lead, team, other_team, other_serves
):
    Guard.objects.create(name="Product", step=step, required_fields=["product"])
    stage(at_percent=-50, reassign="team", to_team=other_team, tells_leads=True, priority="high")
    agent.language = "en"
    agent.save()
    Guard.objects.update(is_active=False)
    ticket = ticket_in("assigned")
    Guard.objects.update(is_active=True)
    before = ticket.events.filter(kind="step").count()
    assert fire(clock, 50) == 1
    held = now(ticket)
    assert (held.team, held.assignee, held.status, held.priority) == (team, agent, "assigned", "high")
    assert ticket.events.filter(kind="step").count() == before
    assert last(ticket)["not_reassigned"] == "team"
    assert last(ticket)["reasons"] == ["Fill in “product” first."]
    assert told(ticket) == [lead.email]


def test_a_team_that_does_not_serve_the_category_is_refused_as_a_person_would_be(
    clock, stage, ticket_in, team, other_team, lead, agent, client
):
    stage(at_percent=-50, reassign="team", to_team=other_team)
    ticket = ticket_in("assigned")
    with pytest.raises(services.StepRefused) as refusal:
        services.assign_to_team(ticket, other_team, actor=lead)
    agent.language = "en"
    agent.save()
    assert fire(clock, 50) == 1
    assert now(ticket).team == team
    assert last(ticket)["reasons"] == refusal.value.reasons
    client.force_login(agent)
    page = client.get(reverse("tickets:history", args=[ticket.pk])).text
    assert "it stays where it is: “Kitchen appliances” does not serve this category." in page


def test_a_team_that_is_not_in_use_and_the_own_team_are_refused(clock, stage, ticket_in, team, other_team):
    stage(at_percent=-50, reassign="team", to_team=other_team)
    stage(at_percent=-25, reassign="team", to_team=team)
    other_team.is_active = False
    other_team.save()
    ticket = ticket_in("assigned")
    fire(clock, 50)
    assert "Kitchen appliances" in last(ticket)["reasons"][0]
    fire(clock, 25)
    assert "Phone repairs" in last(ticket)["reasons"][0]
    assert now(ticket).team == team


# Telling


def test_a_stage_writes_one_note_and_one_event_however_many_it_tells(
    clock, stage, ticket_in, agent, colleague, lead, client
):
    stage(at_percent=-50, tells_team=True)
    ticket = ticket_in("assigned")
    events = ticket.events.count()
    fire(clock, 50)
    assert told(ticket) == sorted([agent.email, colleague.email, lead.email])
    kinds = list(ticket.events.order_by("id").values_list("kind", flat=True))[events:]
    assert sorted(kinds) == ["escalated", "message"]
    client.force_login(agent)
    page = client.get(ticket.get_absolute_url()).text
    assert page.count("message automatic") == 2  # this note and the acknowledgement


def test_a_copy_that_did_not_arrive_is_shown(clock, stage, ticket_in, agent, lead, client):
    stage(at_percent=-50, tells_team=True)
    ticket = ticket_in("assigned")
    fire(clock, 50)
    services.record_delivery_failure(ticket.messages.get(recipient=lead.email), "550 No such user")
    client.force_login(agent)
    assert lead.email in client.get(ticket.get_absolute_url()).text


def test_without_a_lead_the_managers_are_told(clock, stage, ticket_in, manager, lead, team):
    stage(at_percent=-50, tells_leads=True)
    ticket = ticket_in("assigned")
    Membership.objects.filter(user=lead).delete()
    fire(clock, 50)
    assert told(ticket) == [manager.email]


def test_an_empty_team_leaves_it_to_the_managers(clock, stage, customer, manager):
    stage(at_percent=-50, tells_team=True)
    ticket = services.create_ticket(customer=customer, subject="屏幕", body="碎了")
    fire(clock, 50)
    assert told(ticket) == [manager.email]


def test_who_is_writing_is_not_held_up_by_a_stage_that_only_tells(clock, stage, ticket_in, agent, manager):
    template = ReplyTemplate.objects.create(name="Progress")
    template.texts.create(language="zh-hans", body="工单 {number} 仍在处理。")
    stage(at_percent=0, tells_assignee=True, tells_leads=True, watcher=manager, progress_note=template)
    ticket = ticket_in("assigned")
    fire(clock, 101)
    services.mark_broken_promises()
    assert resolution(ticket).broken_at is not None
    services.add_reply(ticket, "马上好。", actor=agent, expected_version=ticket.version)


def test_who_is_writing_learns_of_a_stage_that_changed_the_ticket(clock, stage, ticket_in, agent):
    stage(at_percent=-50, priority="high")
    ticket = ticket_in("assigned")
    fire(clock, 50)
    with pytest.raises(services.StaleTicket):
        services.add_reply(ticket, "马上好。", actor=agent, expected_version=ticket.version)


def resolution(ticket):
    return ticket.promises.get(kind="resolution", dropped_at__isnull=True)


# After the priority was raised


@pytest.fixture
def quicker(policy):
    """What is urgent is resolved in fifty minutes, with a chain of its own."""
    made = SlaPolicy.objects.get(name="Urgent")
    made.is_active = True
    made.first_response_minutes = made.next_response_minutes = None
    made.resolution_minutes, made.resolution_counts = 50, "clock"
    made.save()
    record_version(made, reason="test")
    for fields in ({"at_percent": -50}, {"at_percent": -25}, {"at_minutes": 0}, {"at_minutes": 60}):
        EscalationStage.objects.create(policy=made, tells_leads=True, **fields)
    return made


def fired(ticket):
    return [
        (event.data["at_percent"], event.data["at_minutes"])
        for event in ticket.events.filter(kind="escalated")
    ]


def test_of_what_the_new_promise_has_passed_only_the_latest_stage_fires(clock, quicker, ticket_in, agent):
    ticket = ticket_in("assigned")
    clock.shift(60 * MINUTE)
    services.change_ticket(ticket, actor=agent, priority="urgent")
    assert services.fire_due_stages() == 1
    assert fired(ticket) == [(None, 0)]
    assert fire(clock, 49) == 0
    assert fire(clock, 1) == 1
    assert fired(ticket) == [(None, 0), (None, 60)]


def test_what_was_told_at_the_same_moment_of_the_old_promise_is_not_told_again(
    clock, quicker, stage, ticket_in
):
    stage(at_percent=0, tells_leads=True)
    stage(at_minutes=5, priority="urgent")
    ticket = ticket_in("assigned")
    assert fire(clock, 100) == 1
    # Raised after 105 minutes, when the quicker promise is 55 minutes late: its “due” is what it passed last.
    assert fire(clock, 5) == 1
    assert services.fire_due_stages() == 0
    assert now(ticket).priority == "urgent"
    assert fire(clock, 5) == 1
    assert fired(ticket) == [(0, None), (None, 5), (None, 60)]


def test_nothing_passed_means_that_all_stages_are_still_to_come(clock, quicker, ticket_in, agent):
    ticket = ticket_in("assigned")
    services.change_ticket(ticket, actor=agent, priority="urgent")
    assert [fire(clock, minutes) for minutes in (25, 25, 60)] == [1, 2, 1]


def test_a_promise_that_stands_when_it_is_replaced_fires_one_stage_when_it_goes_on(
    clock, quicker, ticket_in, agent, customer
):
    ticket = ticket_in("assigned")
    clock.shift(60 * MINUTE)
    services.take_step(ticket, "wait", actor=agent, reply="请问订单号？")
    services.change_ticket(now(ticket), actor=agent, priority="urgent")
    assert services.fire_due_stages() == 0
    services.add_customer_message(ticket, "A1", customer=customer)
    assert services.fire_due_stages() == 1
    assert fired(ticket) == [(None, 0)]
