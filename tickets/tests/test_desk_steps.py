"""Taking steps at the desk: buttons, forms, reasons, merging and giving to a team."""

import pytest
from django.urls import reverse

from catalog.models import Category
from tickets.models import Guard, Route, Ticket
from tickets.services import (
    StaleTicket,
    StepRefused,
    add_note,
    assign_to_team,
    create_ticket,
    merge_tickets,
    take_step,
)
from tickets.workflow import STEPS

pytestmark = pytest.mark.ground


@pytest.fixture
def desk(client, agent):
    """The agent's browser."""
    client.force_login(agent)
    return client


@pytest.fixture
def leads_desk(client, lead):
    """The lead's browser."""
    client.force_login(lead)
    return client


def take(browser, ticket, step: str, **fields):
    return browser.post(reverse("tickets:take-step", args=[ticket.pk]), {"step": step, **fields})


def now(ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def step_list(browser, ticket) -> dict[str, list[str]]:
    steps = browser.get(reverse("tickets:ticket", args=[ticket.pk])).context["steps"]
    return {step["name"]: step["reasons"] for step in steps}


WAYS = [
    ("received", "classify", {"category": "CATEGORY", "priority": "high"}, "classified"),
    ("classified", "assign", {"to": "me"}, "assigned"),
    ("assigned", "hand_back", {"note": "明天休假"}, "classified"),
    ("waiting", "resume", {}, "assigned"),
    ("waiting", "resolve", {}, "resolved"),
    ("resolved", "reopen", {"note": "又坏了"}, "assigned"),
    ("surveyed", "reopen", {"note": "又坏了"}, "assigned"),
    ("assigned", "cancel", {"cancel_reason": "withdrawn"}, "cancelled"),
]


@pytest.mark.parametrize(("status", "step", "fields", "after"), WAYS)
def test_an_agent_takes_the_steps(status, step, fields, after, desk, ticket_in, category):
    ticket = ticket_in(status)
    fields = {name: category.pk if value == "CATEGORY" else value for name, value in fields.items()}
    answer = take(desk, ticket, step, version=ticket.version, **fields)
    assert (answer.status_code, answer.headers.get("Location")) == (302, ticket.get_absolute_url())
    assert now(ticket).status == after
    assert now(ticket).events.filter(step=step, actor__display_name="Li Wei").exists()


def test_a_lead_restores_what_was_cancelled_and_an_agent_does_not(client, lead, agent, ticket_in):
    ticket = ticket_in("cancelled")
    client.force_login(agent)
    assert "restore" not in step_list(client, ticket)
    assert take(client, ticket, "restore", note="war kein Spam").status_code == 422
    client.force_login(lead)
    assert take(client, ticket, "restore", note="不是垃圾信息").status_code == 302
    assert now(ticket).status == "received"


@pytest.mark.parametrize("status", ["received", "classified", "assigned", "waiting", "resolved", "cancelled"])
def test_every_step_that_is_not_possible_says_why(status, leads_desk, ticket_in):
    ticket = ticket_in(status)
    text = leads_desk.get(ticket.get_absolute_url()).content.decode()
    for name, reasons in step_list(leads_desk, ticket).items():
        if status not in STEPS[name].sources:
            assert reasons, name
        if reasons:
            assert f'aria-describedby="why-{name}"' in text
            assert f'id="why-{name}" role="tooltip"' in text


def test_a_reason_says_what_would_make_it_possible(desk, ticket_in):
    reasons = step_list(desk, ticket_in("assigned"))
    assert reasons["wait"] == [
        "Ask the customer something in a public reply first; then the ticket can wait for the answer."
    ]
    assert reasons["resume"] == [
        "The ticket is Assigned; the step “Resume” needs a ticket that is Waiting for customer."
    ]
    assert reasons["assign"] == []


@pytest.mark.parametrize("step", STEPS)
def test_every_step_has_its_form(step, leads_desk, ticket_in):
    place = reverse("tickets:step", args=[ticket_in("assigned").pk, step])
    page = leads_desk.get(place).content.decode()
    part = leads_desk.get(place, headers={"HX-Request": "true"}).content.decode()
    assert "<html" in page
    assert "<html" not in part
    assert f'name="step" value="{step}"' in part


@pytest.mark.parametrize(
    ("status", "step", "fields", "words"),
    [
        ("received", "classify", {"priority": "high"}, "This field is required."),
        ("received", "classify", {"category": "999", "priority": "high"}, "Select a valid choice."),
        ("classified", "assign", {}, "This field is required."),
        ("classified", "assign", {"to": "999"}, "Select a valid choice."),
        ("assigned", "hand_back", {"note": "  "}, "This field is required."),
        ("assigned", "cancel", {}, "This field is required."),
        ("assigned", "cancel", {"cancel_reason": "merged"}, "There is no other ticket with this number."),
        (
            "assigned",
            "cancel",
            {"cancel_reason": "merged", "merge_number": "HD-9²"},
            "There is no other ticket",
        ),
        ("received", "resolve", {}, "needs a ticket that is Classified or Assigned or Waiting for customer"),
        ("assigned", "wait", {"note": "先等等"}, "Ask the customer something"),
        ("assigned", "survey", {}, "You may not take the step"),
    ],
)
def test_what_cannot_be_taken_says_why_and_keeps_what_was_typed(status, step, fields, words, desk, ticket_in):
    ticket = ticket_in(status)
    answer = take(desk, ticket, step, **fields)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert words in text
    for value in fields.values():
        assert value.strip() in text
    assert now(ticket).status == status


def test_an_unknown_step_is_not_found(desk, ticket_in):
    ticket = ticket_in("assigned")
    assert take(desk, ticket, "explode").status_code == 404
    assert desk.get(f"/desk/tickets/{ticket.pk}/step/explode/").status_code == 404


def test_a_step_over_a_newer_state_answers_409_and_keeps_the_reason(desk, colleague, ticket_in):
    ticket = ticket_in("assigned")
    fields = {"version": ticket.version, "seen": ticket.events.last().pk, "note": "我明天不在，请帮忙"}
    add_note(ticket, "我来看看", actor=colleague)
    answer = take(desk, ticket, "hand_back", **fields)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "我明天不在，请帮忙" in text
    assert "Zhang Min" in text
    assert now(ticket).status == "assigned"
    again = {**fields, "version": answer.context["version"], "seen": answer.context["seen"]}
    assert take(desk, ticket, "hand_back", **again).status_code == 302


def test_the_second_of_two_who_take_it_is_told(desk, client, colleague, agent, ticket_in):
    ticket = ticket_in("classified")
    fields = {"to": "me", "version": ticket.version, "seen": ticket.events.last().pk}
    assert take(desk, ticket, "assign", **fields).status_code == 302
    client.force_login(colleague)
    assert take(client, ticket, "assign", **fields).status_code == 409
    assert now(ticket).assignee == agent


def test_a_guards_note_is_asked_for_in_the_form(desk, ticket_in):
    Guard.objects.create(name="Say why", step="resume", note_required=True)
    ticket = ticket_in("waiting")
    assert take(desk, ticket, "resume").status_code == 422
    assert take(desk, ticket, "resume", note="客户来电").status_code == 302


def test_a_guards_note_may_be_the_reply_that_goes_with_the_step(desk, ticket_in):
    Guard.objects.create(name="Say why", step="resolve", note_required=True)
    ticket = ticket_in("assigned")
    fields = {"kind": "reply", "body": "已经换新", "step": "resolve", "version": ticket.version}
    assert desk.post(reverse("tickets:write", args=[ticket.pk]), fields).status_code == 302
    assert now(ticket).status == "resolved"


def test_assign_to_me_is_one_press(desk, agent, ticket_in):
    assert 'id="assign-to-me"' in desk.get(ticket_in("classified").get_absolute_url()).content.decode()
    assert 'id="assign-to-me"' not in desk.get(ticket_in("assigned").get_absolute_url()).content.decode()


def test_a_ticket_is_taken_out_of_a_list(desk, agent, colleague, person, other_team, ticket_in):
    ticket = ticket_in("classified")
    place = reverse("tickets:take", args=[ticket.pk])
    assert "is yours now" in desk.post(place, {"version": ticket.version}).content.decode()
    taken = now(ticket)
    assert (taken.assignee, taken.status) == (agent, "assigned")
    assert "is yours already" in desk.post(place).content.decode()
    assert now(ticket).version == taken.version
    late = ticket_in("classified")
    take_step(late, "assign", actor=colleague, assignee=colleague)
    place = reverse("tickets:take", args=[late.pk])
    assert (
        "has changed since you saw the list" in desk.post(place, {"version": late.version}).content.decode()
    )
    assert now(late).assignee == colleague


def test_what_cannot_be_taken_out_of_a_list_says_why(desk, ticket_in):
    for status in ("received", "resolved"):
        answer = desk.post(reverse("tickets:take", args=[ticket_in(status).pk]))
        assert "needs a ticket that is" in answer.content.decode(), status


def test_a_colleague_is_chosen_from_the_teams_that_serve_it(
    desk, colleague, agent_of_another_team, ticket_in
):
    ticket = ticket_in("assigned")
    form = desk.get(reverse("tickets:step", args=[ticket.pk, "assign"])).content.decode()
    assert "Zhang Min" in form
    assert "Wang Fang" not in form
    take(desk, ticket, "assign", to=str(colleague.pk))
    assert now(ticket).assignee == colleague


# --- To a team -----------------------------------------------------------------------------------------------------


def test_a_team_with_somebody_present_gets_it_at_once(desk, other_team, person, category, ticket_in):
    Route.objects.create(category=category, team=other_team, position=1)
    present = person("agent", "Zhou Jie", other_team, is_present=True)
    ticket = ticket_in("assigned")
    take(desk, ticket, "assign", to=f"team-{other_team.pk}")
    assert (now(ticket).assignee, now(ticket).team, now(ticket).status) == (present, other_team, "assigned")


def test_a_team_of_which_nobody_is_present_finds_it_in_its_queue(desk, other_team, category, ticket_in):
    Route.objects.create(category=category, team=other_team, position=1)
    ticket = ticket_in("assigned")
    take(desk, ticket, "assign", to=f"team-{other_team.pk}", note="要厨电的同事看")
    assert (now(ticket).assignee, now(ticket).team, now(ticket).status) == (None, other_team, "classified")
    assert now(ticket).events.filter(step="hand_back", data__note="要厨电的同事看").exists()


def test_a_team_that_does_not_serve_the_category_is_refused(agent, other_team, ticket_in):
    with pytest.raises(StepRefused, match="does not serve this category"):
        assign_to_team(ticket_in("assigned"), other_team, actor=agent)


def test_giving_to_a_team_notices_a_newer_state(agent, colleague, team, ticket_in):
    ticket = ticket_in("assigned")
    add_note(ticket, "x", actor=colleague)
    with pytest.raises(StaleTicket):
        assign_to_team(ticket, team, actor=agent, expected_version=ticket.version)


# --- Merging -------------------------------------------------------------------------------------------------------


def test_merging_cancels_one_and_says_so_on_both(desk, ticket_in):
    first, second = ticket_in("assigned"), ticket_in("assigned")
    answer = take(desk, second, "cancel", cancel_reason="merged", merge_number=first.number, note="同一件事")
    assert answer.status_code == 302
    merged = now(second)
    assert (merged.status, merged.cancel_reason, merged.merged_into) == ("cancelled", "merged", first)
    event = first.events.get(kind="merged")
    assert (event.data["other"], event.data["note"]) == (second.pk, "同一件事")
    assert first.number in desk.get(second.get_absolute_url()).content.decode()


def test_nothing_is_merged_into_a_cancelled_ticket(agent, ticket_in):
    with pytest.raises(StepRefused, match="is cancelled"):
        merge_tickets(ticket_in("assigned"), ticket_in("cancelled"), actor=agent)


def test_what_one_may_not_see_cannot_be_named(desk, customer, other_team, ticket_in):
    foreign = create_ticket(customer=customer, subject="x", body="y", team=other_team)
    answer = take(desk, ticket_in("assigned"), "cancel", cancel_reason="merged", merge_number=foreign.number)
    assert answer.status_code == 422


def test_classifying_offers_the_tree_and_gives_the_team(desk, category, team, ticket_in):
    below = Category.objects.create(name="Cracked glass", code="cracked", parent=category)
    ticket = ticket_in("received")
    form = desk.get(reverse("tickets:step", args=[ticket.pk, "classify"])).content.decode()
    assert "\u3000Cracked glass" in form
    take(desk, ticket, "classify", category=below.pk, priority="urgent")
    assert (now(ticket).category, now(ticket).priority, now(ticket).team) == (below, "urgent", team)


# --- In the dialog -------------------------------------------------------------------------------------------------


def in_dialog(browser, ticket, step: str, **fields):
    return browser.post(
        reverse("tickets:take-step", args=[ticket.pk]),
        {"step": step, **fields},
        headers={"HX-Request": "true"},
    )


def test_what_is_wrong_with_a_step_is_said_in_its_dialog(desk, agent, ticket_in):
    ticket = ticket_in("assigned")
    for fields, status in (({"note": ""}, 422), ({"note": "请假", "version": 1, "seen": 1}, 409)):
        answer = in_dialog(desk, ticket, "hand_back", **fields)
        text = answer.content.decode()
        assert answer.status_code == status
        assert 'hx-target="#dialog-body"' in text
        assert "data-focus-me" in text
        assert "<html" not in text
    # Without JavaScript it is a page, and no form of it goes to a dialog.
    text = take(desk, ticket, "hand_back", note="").content.decode()
    assert "<html" in text
    assert "hx-post" not in text


def test_a_step_taken_in_the_dialog_leads_to_the_whole_page(desk, ticket_in):
    ticket = ticket_in("assigned")
    answer = in_dialog(desk, ticket, "hand_back", note="请假")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, ticket.get_absolute_url())
    assert now(ticket).status == "classified"


@pytest.mark.parametrize(("subject", "status"), [("", 422), ("内屏碎了", 200)])
def test_what_is_changed_in_place_is_answered_in_place(subject, status, desk, ticket_in):
    ticket = ticket_in("assigned")
    place = reverse("tickets:edit-ticket", args=[ticket.pk, "subject"])
    fields = {"subject": subject, "version": ticket.version}
    answer = desk.post(place, fields, headers={"HX-Request": "true"})
    assert answer.status_code == status
    assert answer.headers.get("HX-Redirect") == (ticket.get_absolute_url() if subject else None)
    assert "<html" not in answer.content.decode()
