"""Finding tickets by what was said on them, and by what is known about them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from catalog.models import Tag
from common.search import matching
from customers.models import Customer
from tickets.desk.search import read_query
from tickets.desk.search.operators import OPERATORS, UnknownValue, operator_called, read_day
from tickets.models import Message, Ticket
from tickets.rulebook import current_rulebook
from tickets.services import (
    add_note,
    create_ticket,
    recent_searches,
    remember_search,
    set_tags,
    switch_watching,
    take_step,
)

NOW = datetime(2026, 3, 31, 4, 30, tzinfo=UTC)


def test_a_search_works_inside_a_subquery(db):
    """Tickets are found through their messages: there Django names the table by an alias, unquoted."""
    found = Ticket.objects.filter(pk__in=matching(Message.objects.all(), "屏幕 碎了").values("ticket"))
    assert list(found) == []


@pytest.fixture
def shop(ticket_in, agent, colleague, customer, category):
    """A few tickets that differ in what one can search for."""
    tag = Tag.objects.create(code="recall", name="Recall", name_zh_hans="召回", name_zh_hant="召回")
    other = Customer.objects.create(name="Ann Lee", language="en")
    other.identities.create(kind="email", value="ann@example.net")
    with time_machine.travel(timezone.now() - timedelta(days=30), tick=False):
        old = create_ticket(
            customer=other, subject="Kettle leaks", body="Error code: E03, kettle leaks water"
        )
    mine, waiting = ticket_in("assigned", priority="urgent"), ticket_in("waiting")
    theirs = take_step(ticket_in("classified"), "assign", actor=colleague, assignee=colleague)
    set_tags(mine, [tag], actor=agent)
    add_note(mine, "客户很急，水壶漏水", actor=agent)
    switch_watching(theirs, actor=agent)
    return {"old": old, "mine": mine, "waiting": waiting, "theirs": theirs}


ASKED = [
    ("assignee:me", "mine waiting"),
    ("负责人:我", "mine waiting"),
    ("負責人：我", "mine waiting"),
    ("assignee:none", "old"),
    ("assignee:zhang", "theirs"),
    ("-assignee:me", "old theirs"),
    ("is:waiting", "waiting"),
    ("状态:等待客户", "waiting"),
    ("狀態:等待", "waiting"),
    ("is:unassigned", "old"),
    ("is:watched", "theirs"),
    ("is:open -is:waiting", "old mine theirs"),
    ("tag:recall", "mine"),
    ("标签:召回", "mine"),
    ("標籤:召回", "mine"),
    ("-tag:召回 is:assigned", "theirs"),
    ("team:phone", "mine waiting theirs"),
    ("团队:无", "old"),
    ("category:broken-screen", "mine waiting theirs"),
    ("分类:屏幕", "mine waiting theirs"),
    ("channel:web", "old mine waiting theirs"),
    ("priority:normal", "mine waiting theirs"),
    ("from:ann", "old"),
    ("from:ann@example.net", "old"),
    ('客户:"陈晓"', "mine waiting theirs"),
    ("before:7d", "old"),
    ("after:7天", "mine waiting theirs"),
    ("早于:昨天", "old"),
    ("水壶", "mine"),
    ("水壶漏水 assignee:me", "mine"),
    ("kettle -leaks", ""),
    ('"kettle leaks"', "old"),
    ('"leaks kettle"', ""),
    ("“手机摔了”", "waiting mine theirs"),
    ("屏幕 -水壶", "waiting theirs"),
    ("手机 is:waiting -from:ann", "waiting"),
    # Colons of the text itself are no operators.
    ("code: E03", "old"),
    ("代码：E03", ""),
    ("Error code: leaks", "old"),
    ("http://nothing.example/", ""),
    ("HD-{old}", "old"),
]


def test_each_query_finds_what_it_asks_for(shop, agent):
    """One table for all operators, in three languages, with quotation marks and without."""
    rulebook, wrong = current_rulebook(), []
    for text, names in ASKED:
        text = text.format(**{name: f"{ticket.pk:06d}" for name, ticket in shop.items()})
        asked = read_query(text, agent, rulebook)
        found = set(asked.narrow(Ticket.objects.visible_to(agent)).values_list("pk", flat=True))
        if asked.problems or found != {shop[name].pk for name in names.split()}:
            wrong.append(
                (text, names, [name for name, one in shop.items() if one.pk in found], asked.problems)
            )
    assert not wrong


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("assigne:me", "assignee:"),
        ("is:lost", "waiting"),
        ("tag:nothing", "Recall"),
        ("channel:pigeon", "WeChat"),
        ("tag: 水壶", "tag:"),
        ("before:soon", "2026-03-31"),
        ("before:2026-02-30", "2026-03-31"),
        ("from:nobody-is-called-so", "a part of a name"),
    ],
)
def test_what_is_not_understood_finds_nothing_and_says_what_would_work(shop, agent, client, text, told):
    client.force_login(agent)
    page = client.get(reverse("tickets:queue"), {"q": text}).content.decode()
    offered = client.get(reverse("tickets:find"), {"q": text}).content.decode()
    for html in (page, offered):
        assert told.lower() in html.split('role="alert"')[1].split("</")[0].lower()
        assert not any(one.number in html for one in shop.values())


@pytest.mark.ground
def test_each_operator_knows_the_name_it_is_called_by_in_every_language():
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            for operator in OPERATORS:
                assert operator_called(str(operator.label)) is operator, (code, operator.name)


@pytest.mark.ground
@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-05", "2026-03-05"), ("2026/3/5", "2026-03-05"), ("2026年3月5日", "2026-03-05"),
        ("today", "2026-03-31"), ("昨天", "2026-03-30"), ("7d", "2026-03-24"), ("2周前", "2026-03-17"),
        ("1个月", "2026-03-01"), ("tomorrow", None), ("99999d", None), ("2026-13-01", None),
    ],
)  # fmt: skip
def test_days_are_written_in_many_ways(text, day):
    if day is None:
        with pytest.raises(UnknownValue):
            read_day(text, NOW)
    else:
        assert read_day(text, NOW).date().isoformat() == day


def test_offers_come_as_one_types_and_cost_the_same_at_any_length(
    shop, agent, client, customer, django_assert_max_num_queries
):
    client.force_login(agent)

    def offered(text):
        return client.get(reverse("tickets:find"), {"q": text})

    page = offered("水壶")
    assert [row["number"] for row in page.context["tickets"]] == [shop["mine"].number]
    assert [row["name"] for row in offered("ann").context["customers"]] == ["Ann Lee"]
    # A number stands above all that merely holds it; the last part may be completed, by name or by value.
    assert offered(shop["old"].number).context["tickets"][0]["number"] == shop["old"].number
    assert [row["fill"] for row in offered("水壶 -ass").context["completions"]] == ["水壶 -assignee:"]
    assert {row["label"] for row in offered("is:un").context["completions"]} == {
        "is:unassigned",
        "is:unanswered",
    }
    assert "is:unassigned" in {row["label"] for row in offered("is:").context["completions"]}
    for count in (0, 12):
        for number in range(count):
            create_ticket(customer=customer, subject=f"水壶 {number}", body="漏水", acknowledge=False)
        with django_assert_max_num_queries(12):
            offered("水壶")


def test_a_stranger_is_offered_nothing_of_it(shop, agent_of_another_team, client):
    client.force_login(agent_of_another_team)
    found = client.get(reverse("tickets:find"), {"q": "水壶"}).context
    assert found["tickets"] == []


def test_recent_searches_are_ones_own_ten_and_can_be_forgotten(agent, colleague, client):
    client.force_login(agent)
    url = reverse("tickets:recent-searches")
    for number in range(12):
        client.post(url, {"q": f"水壶 {number}"})
    client.post(url, {"q": "水壶 5"})
    assert recent_searches(agent) == ["水壶 5", *(f"水壶 {n}" for n in range(11, 2, -1) if n != 5), "水壶 2"]
    remember_search(colleague, "x")
    client.post(url, {"q": " "})
    assert recent_searches(agent) == []
    assert recent_searches(colleague) == ["x"]
