"""Tickets and a manager's rules in the admin."""

import itertools
import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import reverse

from catalog.models import Category
from customers.models import Segment
from sla.models import SlaPolicy
from tickets.choices import EventKind
from tickets.dry_run import try_policy, try_rule
from tickets.models import ClassifyingRule, Event, Guard, ReplyTemplate, Route, RoutingRule, Ticket
from tickets.services import create_ticket, take_step
from tickets.tests.machine_table import STATES, TABLE, is_allowed

pytestmark = pytest.mark.ground


def url(page: str, *args: Any) -> str:
    return reverse(f"admin:tickets_{page}", args=args)


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def people(agent, lead, manager, admin) -> dict[str, Any]:
    return {"agent": agent, "lead": lead, "manager": manager, "admin": admin}


@pytest.fixture
def filled(category, agent) -> dict[str, dict[str, Any]]:
    """What the page of each step holds when it is filled in."""
    return {
        "classify": {"category": category.pk, "priority": "high"},
        "assign": {"to": agent.pk},
        "hand_back": {"note": "不是我的领域"},
        "wait": {"reply": "请问订单号是多少？"},
        "resolve": {"reply": "已换新。"},
        "reopen": {"note": "又坏了"},
        "survey": {"outcome": "no_response"},
        "cancel": {"cancel_reason": "withdrawn"},
        "restore": {"note": "误删"},
    }  # fmt: skip


# --- Steps -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def browsers(people) -> dict[str, Client]:
    """Everybody's browser, signed in."""
    made = {who: Client() for who in people}
    for who, person in people.items():
        made[who].force_login(person)
    return made


@pytest.mark.parametrize("status", STATES)
def test_a_step_is_taken_exactly_where_and_by_whom_the_table_says(
    status, ticket_in, people, filled, browsers
):
    ticket = ticket_in(status)
    events = ticket.events.count()
    for step, (who, person) in itertools.product(TABLE, people.items()):
        page, client = url("ticket_step", ticket.pk, step), browsers[who]
        before = transaction.savepoint()
        got = client.get(page)
        posted = client.post(page, filled.get(step, {}))
        now = Ticket.objects.get(pk=ticket.pk)
        if who in ("agent", "lead"):
            assert (got.status_code, posted.status_code) == (302, 302), (step, who)
            assert "/admin/login/" in posted.url
            assert (now.status, now.events.count()) == (status, events)
        elif is_allowed(step, status, who):
            assert got.status_code == 200, (step, who)
            assert posted.status_code == 302, posted.context["reasons"] or posted.context["form"].errors
            assert now.status in TABLE[step][1], (step, who)
            event = now.events.filter(kind=EventKind.STEP).latest("id")
            assert (event.step, event.before, event.after, event.actor) == (step, status, now.status, person)
        else:
            assert got.context["reasons"], (step, who)
            assert posted.status_code == 422, (step, who)
            assert posted.context["reasons"]
            assert posted.context["reasons"][0] in posted.content.decode().replace("&#x27;", "'")
            assert (now.status, now.events.count()) == (status, events)
        transaction.savepoint_rollback(before)


@pytest.mark.parametrize("status", STATES)
def test_looking_changes_nothing(status, ticket_in, manager, client):
    ticket = ticket_in(status)
    row = Ticket.objects.filter(pk=ticket.pk).values().get()
    events = Event.objects.count()
    client.force_login(manager)
    for page in [url("ticket_change", ticket.pk), *(url("ticket_step", ticket.pk, step) for step in TABLE)]:
        assert client.get(page).status_code == 200
    assert Ticket.objects.filter(pk=ticket.pk).values().get() == row
    assert Event.objects.count() == events


def test_the_status_cannot_be_posted_as_a_field(ticket, manager, admin, client):
    for person in (manager, admin):
        client.force_login(person)
        response = client.post(url("ticket_change", ticket.pk), {"status": "resolved", "subject": "x"})
        assert response.status_code == 403
        client.post(
            url("ticket_changelist"), {"form-0-id": ticket.pk, "form-0-status": "resolved", "_save": "1"}
        )
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.status, now.subject) == ("received", ticket.subject)


def test_the_page_offers_possible_steps_and_greys_the_others_with_the_reason(ticket_in, manager, client):
    ticket = ticket_in("assigned")
    client.force_login(manager)
    page = text_of(client.get(url("ticket_change", ticket.pk)))
    assert f'href="{url("ticket_step", ticket.pk, "hand_back")}"' in page
    assert f'href="{url("ticket_step", ticket.pk, "reopen")}"' not in page
    assert "the step “Reopen” needs a ticket that is Resolved or Surveyed." in page


def test_what_was_typed_stays_when_a_step_is_refused(ticket_in, manager, category, client):
    ticket = ticket_in("assigned")
    Guard.objects.create(name="Product", step="resolve", category=category, required_fields=["product"])
    client.force_login(manager)
    response = client.post(url("ticket_step", ticket.pk, "resolve"), {"reply": "屏幕已更换，请查收。"})
    assert response.status_code == 422
    assert "Fill in “product” first." in text_of(response)
    assert "屏幕已更换，请查收。" in text_of(response)
    assert not ticket.messages.filter(kind="reply").exists()


def test_who_saw_an_older_state_is_told_and_can_send_again(ticket_in, manager, agent, client):
    ticket = ticket_in("assigned")
    seen = ticket.version
    take_step(ticket, "wait", actor=agent, reply="请问订单号是多少？")
    client.force_login(manager)
    typed = {"version": seen, "note": "转给别的同事"}
    response = client.post(url("ticket_step", ticket.pk, "hand_back"), typed)
    assert response.status_code == 409
    assert "it is now “Waiting for customer”" in text_of(response)
    assert "转给别的同事" in text_of(response)
    assert Ticket.objects.get(pk=ticket.pk).status == "waiting"
    typed["version"] = response.context["form"]["version"].value()
    assert client.post(url("ticket_step", ticket.pk, "hand_back"), typed).status_code == 302
    assert Ticket.objects.get(pk=ticket.pk).status == "classified"


def test_there_is_no_such_step_or_ticket(ticket, manager, client):
    client.force_login(manager)
    assert client.get(url("ticket_step", ticket.pk, "teleport")).status_code == 404
    assert client.get(url("ticket_step", 999, "classify")).status_code == 404
    assert client.get(url("ticket_change", 999)).status_code == 302


# --- Lists -----------------------------------------------------------------------------------------------------------


def test_lists_cost_the_same_queries_at_any_length(ticket_in, manager, client, django_assert_max_num_queries):
    client.force_login(manager)
    for more in (1, 39):
        for _number in range(more):
            ticket_in("assigned")
        for model in ("ticket", "message", "event", "promise"):
            client.get(url(f"{model}_changelist"))
            with django_assert_max_num_queries(10):
                response = client.get(url(f"{model}_changelist"))
            assert response.context["cl"].result_count >= more, model


def test_a_list_is_counted_only_so_far(ticket_in, manager, client, monkeypatch):
    monkeypatch.setattr("common.admin_parts.MOST_COUNTED", 3)
    for _number in range(5):
        ticket_in("received")
    client.force_login(manager)
    response = client.get(url("ticket_changelist"))
    assert response.context["cl"].result_count == 3
    assert "The first 3; filter or search for others." in text_of(response)


@pytest.mark.parametrize("typed", ["HD-{pk:06d}", "hd-{pk}", "{pk}", "碎了", "chenxiao@example.com", "陈晓"])
def test_tickets_are_found(typed, ticket, manager, client):
    create_ticket(
        customer=type(ticket.customer).objects.create(name="Somebody"),
        subject="Other",
        body="else",
        acknowledge=False,
    )
    client.force_login(manager)
    response = client.get(url("ticket_changelist"), {"q": typed.format(pk=ticket.pk)})
    assert [row.pk for row in response.context["cl"].result_list] == [ticket.pk]


def test_messages_are_found_by_words(ticket, manager, client):
    client.force_login(manager)
    response = client.get(url("message_changelist"), {"q": "保修"})
    assert [row.ticket_id for row in response.context["cl"].result_list] == [ticket.pk]


# --- Classifying rules -----------------------------------------------------------------------------------------------


@pytest.fixture
def rule(category) -> ClassifyingRule:
    return ClassifyingRule.objects.create(
        name="Screens", words="屏幕", category=category, priority="high", position=20
    )


def typed_rule(**changes: Any) -> dict[str, Any]:
    """What the rule's form sends."""
    return {"name": "Refunds", "position": 50, "is_active": "on", "where": "both", "words": "", **changes}


def everything() -> list[Any]:
    models = (ClassifyingRule, ClassifyingRule.tags.through, Ticket, Event)
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_dry_run_of_the_saved_rule_shows_what_would_happen(rule, ticket, manager, client):
    client.force_login(manager)
    page = text_of(client.get(url("classifyingrule_try", rule.pk)))
    assert "1 of the last 200 tickets would match; this rule would decide 1 of them." in page
    assert ticket.number in page
    assert "Broken screen · High · Phone repairs" in page
    assert "1 of the last 200" in text_of(client.get(url("classifyingrule_change", rule.pk)))


def test_a_dry_run_of_what_is_typed_saves_nothing(rule, ticket, manager, category, client):
    client.force_login(manager)
    before = everything()
    typed = typed_rule(words="退款\n碎", category=category.pk)
    page = text_of(client.post(url("classifyingrule_try_new"), typed))
    assert "1 of the last 200 tickets would match; this rule would decide 0 of them." in page
    assert "the earlier rule “Screens”" in page
    typed |= {"name": "Screens", "position": 5, "priority": "urgent"}
    page = text_of(client.post(url("classifyingrule_try", rule.pk), typed, headers={"HX-Request": "true"}))
    assert "<html" not in page
    assert "this rule would decide 1 of them" in page
    assert "Broken screen · Urgent" in page
    typed["words"] = "没有这样的词"
    assert "0 of the last 200" in text_of(client.post(url("classifyingrule_try", rule.pk), typed))
    assert everything() == before


def test_what_cannot_be_tried_says_why(rule, manager, client):
    client.force_login(manager)
    page = text_of(client.post(url("classifyingrule_try_new"), typed_rule()))
    assert "Give at least one condition: words, category, channel, language or segment." in page


def test_a_rule_not_in_use_is_tried_as_if_it_were(rule, ticket, manager, client):
    ClassifyingRule.objects.update(is_active=False)
    client.force_login(manager)
    page = text_of(client.get(url("classifyingrule_try", rule.pk)))
    assert "It is not in use; this is what it would do if it were." in page
    assert "this rule would decide 1 of them" in page


def test_the_dry_run_and_the_intake_agree(rule, customer, category, manager):
    other = ClassifyingRule.objects.create(
        name="All Chinese", language="zh-hans", category=category, position=30
    )
    for subject in ("屏幕碎了", "退款", "屏幕花了"):
        create_ticket(customer=customer, subject=subject, body="怎么办", acknowledge=False)
    for tried in (rule, other):
        decided = {one.ticket.pk for one in try_rule(tried, Ticket.objects.all()) if one.earlier is None}
        events = Event.objects.filter(step="classify")
        assert decided == {event.ticket_id for event in events if event.data["rule"] == tried.pk}


def test_a_dry_run_shows_the_team_that_a_routing_rule_gives(
    rule, customer, category, other_team, manager, client
):
    create_ticket(customer=customer, subject="屏幕碎了", body="怎么办", acknowledge=False)
    routing = RoutingRule.objects.create(name="Screens abroad", for_category=category, team=other_team)
    client.force_login(manager)
    page = text_of(client.get(url("classifyingrule_try", rule.pk)))
    assert "Broken screen · High · Kitchen appliances" in page
    assert "by the routing rule “Screens abroad”" in page
    later = create_ticket(customer=customer, subject="屏幕花了", body="怎么办", acknowledge=False)
    tried = try_rule(rule, Ticket.objects.all())
    assert {(one.team, one.routing_rule) for one in tried} == {(other_team, routing)}
    assert (later.team, later.routing_rule) == (other_team, routing)


def test_who_may_not_change_rules_tries_none(rule, lead, agent, client):
    for person in (agent, lead):
        client.force_login(person)
        assert client.post(url("classifyingrule_try_new"), typed_rule()).status_code == 302
        assert client.get(url("classifyingrule_try", rule.pk)).status_code == 302


def test_positions_are_changed_in_the_list(rule, manager, client):
    client.force_login(manager)
    typed = {
        "form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": rule.pk, "form-0-position": 7,
        "form-0-is_active": "on", "_save": "Save",
    }  # fmt: skip
    assert client.post(url("classifyingrule_changelist"), typed).status_code == 302
    rule.refresh_from_db()
    assert rule.position == 7


# --- SLA policies ----------------------------------------------------------------------------------------------------


def test_a_policy_says_what_it_promises_and_what_it_catches(ticket_in, manager, client):
    ticket = ticket_in("assigned")
    client.force_login(manager)
    policy = SlaPolicy.objects.get(name="Normal")
    page = text_of(client.get(reverse("admin:sla_slapolicy_change", args=[policy.pk])))
    assert "First response in 8 h (working time)" in page
    assert "1 of the last 200 tickets fits its conditions; it would serve 1 of them" in page
    assert ticket.number in page


def test_an_earlier_policy_serves_first(ticket_in, manager, client):
    ticket_in("assigned")
    client.force_login(manager)
    policy = SlaPolicy.objects.get(name="Normal")
    SlaPolicy.objects.create(name="First", position=1, calendar=policy.calendar, first_response_minutes=5)
    page = text_of(client.get(reverse("admin:sla_slapolicy_try", args=[policy.pk])))
    assert "it would serve 0 of them" in page
    assert "the earlier policy “First”" in page


def test_a_typed_policy_is_tried_and_not_saved(ticket_in, manager, client):
    ticket_in("assigned")
    client.force_login(manager)
    policy = SlaPolicy.objects.get(name="Normal")
    vip = Segment.objects.get(code="vip")
    typed = {
        "name": "VIP", "position": 1, "is_active": "on", "calendar": policy.calendar_id, "segments": [vip.pk],
        "first_response_minutes": 30, "first_response_counts": "clock", "next_response_counts": "clock",
        "resolution_counts": "clock", "progress_counts": "clock", "on_reopen": "anew",
    }  # fmt: skip
    page = text_of(client.post(reverse("admin:sla_slapolicy_try_new"), typed))
    assert "0 of the last 200 tickets fit its conditions" in page
    typed |= {"segments": [], "priorities": ["normal", "low"]}
    page = text_of(client.post(reverse("admin:sla_slapolicy_try_new"), typed))
    assert "it would serve 1 of them" in page
    assert not SlaPolicy.objects.filter(name="VIP").exists()


def test_the_policy_that_serves_is_the_one_the_promise_names(ticket_in):
    ticket = ticket_in("assigned")
    serving = {
        policy.pk
        for policy in SlaPolicy.objects.all()
        for one in try_policy(
            policy, Ticket.objects.all(), categories=policy.categories.all(), segments=policy.segments.all()
        )
        if one.earlier is None
    }
    assert serving == {promise.policy_id for promise in ticket.promises.filter(dropped_at=None)}


# --- Guards, routes, reply templates ---------------------------------------------------------------------------------


def test_a_guard_is_made_of_check_boxes_and_read_as_a_sentence(manager, category, client):
    category.fields.create(key="serial-number", name="Serial number")
    client.force_login(manager)
    typed = {
        "name": "Serial", "is_active": "on", "step": "resolve", "category": category.pk,
        "required_fields": ["product", "serial-number"], "required_role": Group.objects.get(name="lead").pk,
        "note_required": "on",
    }  # fmt: skip
    assert client.post(url("guard_add"), typed).status_code == 302
    guard = Guard.objects.get()
    assert guard.required_fields == ["product", "serial-number"]
    page = text_of(client.get(url("guard_change", guard.pk)))
    assert "“Resolve” on tickets of “Broken screen” and everything below it:" in page
    for part in ("“product”, “Serial number”", "only by the role “Team lead”", "only with a note or a reply"):
        assert part in page


def test_a_guard_is_read_in_each_readers_language(manager, category, client):
    category.fields.create(key="serial-number", name="Serial number", name_zh_hans="序列号")
    guard = Guard.objects.create(name="Serial", step="resolve", required_fields=["serial-number"])
    client.force_login(manager)
    for language, word in (("zh-hans", "序列号"), ("en", "Serial number")):
        manager.language = language
        manager.save()
        for page in (url("guard_changelist"), url("guard_change", guard.pk)):
            assert f"“{word}”" in text_of(client.get(page)), (language, page)


def test_a_guard_that_guards_nothing_is_refused_and_nothing_is_lost(manager, client):
    client.force_login(manager)
    response = client.post(url("guard_add"), {"name": "Nothing much", "is_active": "on", "step": "resolve"})
    assert "Say what the step requires: fields, a role, a note or the checklists." in text_of(response)
    assert 'value="Nothing much"' in text_of(response)


def test_a_field_that_is_gone_stays_required_until_it_is_unticked(manager, client):
    guard = Guard.objects.create(name="Old", step="resolve", required_fields=["long-gone"])
    client.force_login(manager)
    typed = {"name": "Older", "step": "resolve", "required_fields": ["long-gone"]}
    assert client.post(url("guard_change", guard.pk), typed).status_code == 302
    guard.refresh_from_db()
    assert (guard.name, guard.required_fields) == ("Older", ["long-gone"])


def test_routes_show_every_category_and_who_serves_it(manager, category, other_team, client):
    Category.objects.create(name="Only the glass", code="glass", parent=category)
    lost = Category.objects.create(name="Nobody's", code="lost")
    client.force_login(manager)
    page = text_of(client.get(url("route_changelist")))
    assert "Phone repairs (as “Broken screen”)" in page
    assert page.count("nobody") >= 1
    form = client.get(url("route_add"), {"category": lost.pk})
    assert f'<option value="{lost.pk}" selected>' in form.content.decode()
    client.post(url("route_add"), {"category": lost.pk, "team": other_team.pk, "position": 0})
    assert Route.objects.filter(category=lost, team=other_team).exists()


@pytest.fixture
def template(db) -> ReplyTemplate:
    made = ReplyTemplate.objects.create(name="Ask for the order")
    made.texts.create(language="zh-hans", body="{customer}，请告诉我们 {number} 的订单号。{agent}")
    made.texts.create(language="en", body="Dear {customer}, which order is it? {unknown}")
    return made


def test_a_reply_template_is_shown_filled_in(template, ticket, manager, client):
    client.force_login(manager)
    page = text_of(client.get(url("replytemplate_preview", template.pk)))
    assert f"陈晓，请告诉我们 {ticket.number} 的订单号。Liu Yang" in page
    assert "Dear 陈晓, which order is it? {unknown}" in page
    page = text_of(client.get(url("replytemplate_preview", template.pk), {"ticket": "HD-999999"}))
    assert "There is no ticket with this number that you may see." in page


def test_an_unknown_placeholder_is_refused_and_nothing_is_lost(manager, client):
    client.force_login(manager)
    typed = {
        "name": "Hello", "position": 0, "texts-TOTAL_FORMS": 1, "texts-INITIAL_FORMS": 0, "texts-0-language": "en",
        "texts-0-body": "Dear {custmer}, thank you for waiting.",
    }  # fmt: skip
    response = client.post(url("replytemplate_add"), typed)
    assert "There is no placeholder {custmer}. Use: {customer}, {number}" in text_of(response)
    assert "thank you for waiting." in text_of(response)
    typed["texts-0-body"] = "Dear {customer}"
    assert client.post(url("replytemplate_add"), typed).status_code == 302
    assert ReplyTemplate.objects.get(position=0).texts.get().body == "Dear {customer}"


# --- Mistakes that others' pages refuse ------------------------------------------------------------------------------


def test_a_category_made_its_own_parent_is_refused_and_nothing_is_lost(manager, category, client):
    client.force_login(manager)
    child = Category.objects.create(name="Glass", code="glass", parent=category)
    page = reverse("admin:catalog_category_change", args=[category.pk])
    for parent in (category, child):
        typed = {
            "name": "Screens and glass", "code": category.code, "parent": parent.pk, "default_priority": "normal",
            "position": 0, "reopen_days": 14, "fields-TOTAL_FORMS": 0, "fields-INITIAL_FORMS": 0,
        }  # fmt: skip
        response = client.post(page, typed)
        assert "A category cannot be placed below itself. Choose a parent outside this branch." in text_of(
            response
        )
        assert 'value="Screens and glass"' in text_of(response)
    category.refresh_from_db()
    assert (category.parent, category.name) == (None, "Broken screen")
