"""The admin's pages about routing rules: shaping them, and seeing what they would do."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags

from tickets.models import ClassifyingRule, RoutingRule, Ticket
from tickets.rulebook import current_rulebook
from tickets.services import create_ticket


@pytest.fixture
def desk(client: Client, manager) -> Client:
    client.force_login(manager)
    return client


@pytest.fixture
def tickets(customer, category) -> list[Ticket]:
    ClassifyingRule.objects.create(name="Screens", words="屏幕", category=category)
    return [
        create_ticket(customer=customer, subject="屏幕碎了", body=body) for body in ("摔了", "摔了", "电池")
    ]


def url(name: str, *args: object) -> str:
    return reverse(f"admin:tickets_routingrule_{name}", args=args)


def text_of(response) -> str:
    assert response.status_code == 200
    return " ".join(strip_tags(response.text).split())


def test_below_the_rules_stands_what_they_do(desk, tickets, team, other_team):
    RoutingRule.objects.create(name="Wide", position=1, words="屏幕", team=other_team)
    RoutingRule.objects.create(name="Narrow", position=2, words="屏幕", language="zh-hans", team=team)
    page = text_of(desk.get(url("changelist")))
    assert "Of the last 3 tickets, 0 go by the routes" in page
    assert "Narrow 0 3 Never decides: the earlier rule “Wide” matches all that it matches." in page
    assert f"{other_team} 3 0 3 0 0 over capacity" in page


def test_a_draft_is_tried_and_not_saved(desk, tickets, other_team):
    typed = {"name": "Batteries", "position": "1", "is_active": "on", "words": "电池", "where": "both"}
    page = text_of(desk.post(url("try_new"), {**typed, "team": other_team.pk, "tier": "premium"}))
    assert "1 of the last 200 tickets would match; this rule would decide 1 of them." in page
    assert f"{other_team} · Premium" in page
    assert not RoutingRule.objects.exists()
    assert set(Ticket.objects.values_list("tier", flat=True)) == {"professional"}


def test_a_rule_without_conditions_is_refused(desk):
    typed = {"name": "All", "position": "1", "is_active": "on", "where": "both", "tier": "premium"}
    assert "Give at least one condition" in text_of(desk.post(url("add"), typed))


def test_a_change_of_skills_counts_at_once(desk, tickets, other_team, category):
    """The rulebook is read anew when only the needed skills of a rule changed."""
    rule = RoutingRule.objects.create(name="Screens", words="屏幕")
    assert current_rulebook().routing_rules[rule.pk].skill_ids == frozenset()
    skill = rule.skills.create(code="screens", name="Screens")
    assert current_rulebook().routing_rules[rule.pk].skill_ids == {skill.pk}


def test_the_first_page_names_a_rule_that_never_decides(desk, other_team):
    RoutingRule.objects.create(name="Wide", position=1, words="屏幕", team=other_team)
    hidden = RoutingRule.objects.create(
        name="Narrow", position=2, words="屏幕", channel="phone", team=other_team
    )
    response = desk.get(reverse("admin:index"))
    assert "“Narrow” never decides: “Wide” comes before it" in text_of(response)
    assert url("change", hidden.pk) in response.text
