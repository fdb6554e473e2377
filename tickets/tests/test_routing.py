"""Where new tickets go: routing rules, tiers, and who of the team gets them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.models import Category, Product
from customers.models import Segment
from staff.models import Membership, Skill
from tickets.models import ClassifyingRule, Route, RoutingRule, Ticket
from tickets.routing.dry_run import summary, try_routing
from tickets.routing.rules import hidden_rules
from tickets.rulebook import current_rulebook
from tickets.services import (
    StepRefused,
    assign_to_team,
    assign_waiting_tickets,
    change_ticket,
    create_ticket,
    take_step,
)


@pytest.fixture
def premium_team(other_team):
    other_team.tier = "premium"
    other_team.save()
    return other_team


@pytest.fixture
def classifies(category):
    """Everything is classified at once, as the team's category."""
    return ClassifyingRule.objects.create(name="Screens", words="屏幕", category=category)


@pytest.fixture
def vip(customer):
    customer.segment = Segment.objects.get(code="vip")
    customer.save()
    return customer


@pytest.fixture
def ask(customer, classifies):
    def make(**fields):
        return create_ticket(**{"customer": customer, "subject": "屏幕碎了", "body": "手机摔了", **fields})

    return make


def anew(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def step_of(ticket: Ticket, name: str):
    return ticket.events.filter(step=name).latest("id")


def test_without_rules_the_routes_decide(ask, team):
    ticket = ask()
    assert (ticket.team, ticket.tier, ticket.routing_rule) == (team, "professional", None)


def test_the_first_rule_that_matches_decides(ask, other_team):
    RoutingRule.objects.create(name="Not in use", position=1, words="屏幕", is_active=False)
    RoutingRule.objects.create(name="By phone", position=2, channel="phone", team=None, tier="premium")
    rule = RoutingRule.objects.create(name="Screens", position=3, words="屏幕", team=other_team)
    RoutingRule.objects.create(name="Later", position=4, words="屏幕", tier="premium")
    ticket = ask()
    assert (ticket.team, ticket.tier, ticket.routing_rule) == (other_team, "professional", rule)
    assert step_of(ticket, "classify").data["routing_rule"] == rule.pk


@pytest.mark.parametrize(
    "condition",
    [
        "category",
        "parent",
        "product",
        "language",
        "channel",
        "segment",
        "words",
        "other product",
        "other words",
    ],
)
def test_a_rule_looks_at_each_condition(condition, ask, category, customer, other_team):
    product, other = (Product.objects.create(code=code, name=code) for code in ("X1", "X2"))
    category.parent = Category.objects.create(name="Devices", code="devices")
    category.save()
    asks = {
        "category": {"for_category": category}, "parent": {"for_category": category.parent},
        "product": {"product": product}, "language": {"language": "zh-hans"}, "channel": {"channel": "web"},
        "segment": {"segment": customer.segment}, "words": {"words": "摔*"}, "other product": {"product": other},
        "other words": {"words": "电池"},
    }[condition]  # fmt: skip
    RoutingRule.objects.create(name="Rule", team=other_team, **asks)
    assert (ask(product=product).team == other_team) is not condition.startswith("other")


def test_vip_customers_reach_the_premium_team(ask, vip, category, premium_team):
    Route.objects.create(category=category, team=premium_team, position=5)
    ticket = ask()
    assert (ticket.team, ticket.tier) == (premium_team, "premium")


def test_the_premium_team_may_serve_further_up_the_tree(ask, vip, category, premium_team, person):
    category.parent = Category.objects.create(name="Devices", code="devices")
    category.save()
    Route.objects.create(category=category.parent, team=premium_team)
    expert = person("agent", "Zhou Jie", premium_team, is_present=True)
    assert ask().assignee == expert


def test_a_vip_without_premium_team_stays_with_the_team_and_jumps_the_queue(ask, vip, team):
    ticket = ask()
    assert (ticket.team, ticket.tier) == (team, "premium")
    assert ticket.queue_at == ticket.created_at


def test_classifying_again_routes_again(ask, agent, other_team):
    ticket = ask()
    other = Category.objects.create(name="Batteries", code="batteries")
    rule = RoutingRule.objects.create(name="Batteries", for_category=other, team=other_team)
    ticket = take_step(ticket, "classify", actor=agent, category=other, priority="normal")
    assert (ticket.team, ticket.routing_rule) == (other_team, rule)


def test_only_the_able_get_what_needs_a_skill(ask, agent, colleague, person, team):
    skill = Skill.objects.create(code="screens", name="Screens")
    rule = RoutingRule.objects.create(name="Screens", words="屏幕")
    rule.skills.add(skill)
    for one in (agent, colleague):
        one.is_present = True
        one.save()
    assert ask().assignee is None
    colleague.skills.add(skill)
    ticket = ask()
    assert ticket.assignee == colleague
    why = step_of(ticket, "assign").data["why"]
    assert why == {
        "by": "least_load", "load": 0, "capacity": None, "weight": 1, "others": [[agent.pk, "lacks_skill", 0]],
    }  # fmt: skip


def test_nobody_gets_more_than_he_can_bear_and_the_rest_waits_for_room(ask, agent, customer):
    agent.is_present, agent.capacity = True, 2
    agent.save()
    tickets = [ask() for _ in range(3)]
    assert [ticket.assignee for ticket in tickets] == [agent, agent, None]
    Ticket.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    assert assign_waiting_tickets() == 0
    take_step(tickets[0], "resolve", actor=agent, reply="已为您换新屏幕。")
    assert assign_waiting_tickets() == 1
    assert anew(tickets[2]).assignee == agent


def test_a_person_may_still_give_somebody_more(ask, agent, lead):
    agent.is_present, agent.capacity = True, 1
    agent.save()
    ask()
    assert take_step(ask(), "assign", actor=lead, assignee=agent).assignee == agent


def test_what_is_given_to_a_team_without_anybody_there_waits_for_somebody(
    ask, agent, lead, other_team, person
):
    agent.is_present = True
    agent.save()
    ticket = ask()
    Route.objects.create(category=ticket.category, team=other_team, position=5)
    ticket = assign_to_team(ticket, other_team, actor=lead)
    assert (ticket.status, ticket.assignee) == ("classified", None)
    Ticket.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    newcomer = person("agent", "Zhou Jie", other_team, is_present=True)
    assert assign_waiting_tickets() == 1
    assert anew(ticket).assignee == newcomer


def test_a_hopeless_ticket_does_not_hold_up_the_others(ask, agent, team, classifies):
    rule = RoutingRule.objects.create(name="Rare", words="罕见")
    rule.skills.add(Skill.objects.create(code="rare", name="Rare"))
    for _ in range(3):
        ask(body="屏幕罕见")
    ordinary = ask()
    Ticket.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    agent.is_present = True
    agent.save()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert assign_waiting_tickets() == 1
    # The three ask for the same: one was tried.
    tried = [query for query in queries if "tickets_ticket" in query["sql"] and "GROUP BY" in query["sql"]]
    assert len(tried) == 2
    assert anew(ordinary).assignee == agent


def test_premium_tickets_are_given_out_first(ask, agent, vip):
    regular = Segment.objects.get(code="regular")
    vip.segment = regular
    vip.save()
    earlier = ask()
    vip.segment = Segment.objects.get(code="vip")
    vip.save()
    later = ask()
    Ticket.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    agent.is_present, agent.capacity = True, 1
    agent.save()
    assert assign_waiting_tickets() == 1
    assert [anew(one).assignee for one in (earlier, later)] == [None, agent]


def test_a_lead_marks_a_major_event_and_it_reaches_the_premium_team(
    client, ask, lead, category, premium_team, person
):
    ticket = ask()
    Route.objects.create(category=category, team=premium_team, position=5)
    expert = person("agent", "Zhou Jie", premium_team, is_present=True)
    assert ticket.queue_at == ticket.due_at > ticket.created_at
    client.force_login(lead)
    page = reverse("tickets:edit-ticket", args=[ticket.pk, "facts"])
    assert 'name="is_major"' in client.get(page).text
    client.post(
        page, {"version": ticket.version, "priority": "high", "language": "zh-hans", "is_major": "on"}
    )
    ticket = anew(ticket)
    assert (ticket.is_major, ticket.tier, ticket.team, ticket.assignee) == (
        True,
        "premium",
        premium_team,
        expert,
    )
    assert ticket.queue_at == ticket.created_at
    assert ticket.events.get(kind="changed").data["fields"]["is_major"] == [False, True]


def test_who_has_it_keeps_a_major_event(ask, agent, lead, category, premium_team):
    agent.is_present = True
    agent.save()
    Route.objects.create(category=category, team=premium_team, position=5)
    ticket = change_ticket(ask(), actor=lead, is_major=True)
    assert (ticket.tier, ticket.assignee) == ("premium", agent)
    ticket = change_ticket(ticket, actor=lead, is_major=False)
    assert (ticket.tier, ticket.queue_at) == ("professional", ticket.due_at)


def test_an_agent_does_not_mark_major_events(client, ask, agent):
    ticket = ask()
    with pytest.raises(StepRefused, match="lead"):
        change_ticket(ticket, actor=agent, is_major=True)
    client.force_login(agent)
    page = reverse("tickets:edit-ticket", args=[ticket.pk, "facts"])
    assert 'name="is_major"' not in client.get(page).text
    client.post(
        page, {"version": ticket.version, "priority": "high", "language": "zh-hans", "is_major": "on"}
    )
    assert (anew(ticket).priority, anew(ticket).is_major) == ("high", False)


def test_a_premium_ticket_stands_before_others_but_not_while_it_waits(client, ask, agent, lead):
    first, second = ask(), ask()
    change_ticket(second, actor=lead, is_major=True)
    client.force_login(agent)
    order = [row["id"] for row in client.get(reverse("tickets:queue", args=["unassigned"])).context["rows"]]
    assert order == [second.pk, first.pk]
    take_step(second, "assign", actor=agent, assignee=agent)
    waits = take_step(second, "wait", actor=agent, reply="请问订单号是多少？")
    assert waits.queue_at == waits.due_at
    order = [row["id"] for row in client.get(reverse("tickets:queue", args=["team"])).context["rows"]]
    assert order == [first.pk, second.pk]


@pytest.mark.parametrize("count", [1, 20])
def test_leads_see_warnings_by_team_for_one_query_more(count, client, ask, agent, manager, other_team):
    tickets = [ask() for _ in range(count)]
    Ticket.objects.update(due_at=timezone.now() - timedelta(hours=1))
    Ticket.objects.filter(pk=tickets[0].pk).update(team=other_team)
    path = reverse("tickets:queue", args=["broken"])
    shown = {}
    for user in (agent, manager):
        client.force_login(user)
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(path)
        shown[user] = (len(queries), [(one["name"], one["count"]) for one in response.context["teams"]])
    assert shown[agent][1] == []
    expected = [(other_team.name, "1")] if count == 1 else [("Phone repairs", "19"), (other_team.name, "1")]
    assert shown[manager][1] == expected
    page = client.get(path, {"team": other_team.pk})
    assert [row["id"] for row in page.context["rows"]] == [tickets[0].pk]
    # The choice of another team stays where it is.
    assert [one["name"] for one in page.context["teams"]] == [name for name, _count in expected]
    client.force_login(manager)
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("tickets:queue", args=["mine"]))
    assert shown[manager][0] == len(queries) + 1


def test_people_on_call_come_first_for_premium_tickets(ask, vip, agent, colleague):
    for one in (agent, colleague):
        one.is_present = True
        one.save()
    Membership.objects.filter(user=colleague).update(is_on_call=True)
    assert [ask().assignee for _ in range(2)] == [colleague, colleague]


def test_turns_go_round(ask, agent, colleague, team):
    team.strategy = "round_robin"
    team.save()
    for one in (agent, colleague):
        one.is_present = True
        one.save()
    assert [ask().assignee for _ in range(4)] == [agent, colleague, agent, colleague]


def test_the_last_agent_of_the_customer_gets_him_again(ask, agent, colleague, team):
    team.strategy = "last_agent"
    team.save()
    for one in (agent, colleague):
        one.is_present = True
        one.save()
    first = ask()
    assert ask().assignee == first.assignee


def test_the_history_says_why(client, ask, agent, colleague, lead):
    for one in (agent, colleague):
        one.is_present = True
        one.save()
    colleague.capacity = 0
    colleague.save()
    ticket = ask()
    client.force_login(agent)
    page = client.get(reverse("tickets:history", args=[ticket.pk])).text
    assert "chosen by “Least load”: load 0" in page
    assert f"full: {colleague} (0)" in page
    assert f"off duty: {lead}" in page


def test_a_rule_that_an_earlier_one_covers_is_named(category, other_team):
    child = Category.objects.create(name="Cracks", code="cracks", parent=category)
    rules = [
        RoutingRule.objects.create(position=position, team=other_team, **fields)
        for position, fields in enumerate([
            {"name": "wide", "for_category": category},
            {"name": "below", "for_category": child, "language": "en"},
            {"name": "words", "words": "Refund\nreturn"},
            {"name": "fewer words", "words": "refund", "where": "subject"},
            {"name": "other words", "words": "refund\nrepair"},
            {"name": "any language", "channel": "phone", "language": "en"},
            {"name": "one language", "channel": "phone"},
        ])
    ]  # fmt: skip
    found = hidden_rules(rules, current_rulebook())
    assert [(hidden.name, earlier.name) for hidden, earlier in found] == [
        ("below", "wide"), ("fewer words", "words"),
    ]  # fmt: skip


def test_a_dry_run_counts_what_each_rule_and_team_would_get(ask, agent, team, other_team, category):
    agent.is_present, agent.capacity = True, 2
    agent.save()
    for _ in range(3):
        ask()
    ask(body="电池鼓包", subject="屏幕和电池")
    RoutingRule.objects.create(name="Batteries", position=1, words="电池", team=other_team)
    drafted = RoutingRule(name="Screens", position=2, words="屏幕", team=team)
    tries = try_routing(drafted, Ticket.objects.all())
    assert sorted(str(one.earlier) for one in tries) == ["Batteries", "None", "None", "None"]
    found = summary(Ticket.objects.all(), drafted=drafted)
    assert [(one.rule.name, one.decided, one.lost) for one in found.rules] == [
        ("Batteries", 1, 0), ("Screens", 3, 1),
    ]  # fmt: skip
    assert [(one.team, one.count, one.on_duty, one.capacity, one.is_overloaded) for one in found.teams] == [
        (team, 3, 1, 2, True), (other_team, 1, 0, 0, True),
    ]  # fmt: skip
    assert not RoutingRule.objects.filter(name="Screens").exists()
