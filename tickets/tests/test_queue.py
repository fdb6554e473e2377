"""The desk's queues."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from catalog.models import Category, Tag
from customers.models import Customer, Order, Segment
from tickets.desk.listing import PAGE
from tickets.desk.queues import QUEUES
from tickets.models import Ticket
from tickets.services import add_note, create_ticket, set_tags, take_step


@pytest.fixture
def desk(client, agent):
    """The agent's browser."""
    client.force_login(agent)
    return client


def rows_of(response) -> list[int]:
    return [row["id"] for row in response.context["rows"]]


def queue(name: str, **query: str) -> str:
    return reverse("tickets:queue", args=[name], query=query or None)


@pytest.fixture
def open_tickets(customer, category, agent):
    """Makes open tickets of the agent, each due a little later than the one before."""

    def make(count: int) -> list[Ticket]:
        made = []
        start = timezone.now() - timedelta(minutes=count)
        for number in range(count):
            with time_machine.travel(start + timedelta(minutes=number), tick=False):
                ticket = create_ticket(
                    customer=customer, subject=f"第 {number} 张", body="屏幕碎了", acknowledge=False
                )
                ticket = take_step(ticket, "classify", actor=agent, category=category, priority="normal")
                made.append(take_step(ticket, "assign", actor=agent, assignee=agent))
        return made

    return make


@pytest.mark.parametrize("count", [1, PAGE])
def test_the_queue_costs_the_same_queries_at_any_length(count, desk, open_tickets, django_assert_num_queries):
    open_tickets(count)
    # session, user, permissions, teams, configuration stamp, tickets, counts
    desk.get(queue("mine"))
    with django_assert_num_queries(7):
        response = desk.get(queue("mine"))
    assert len(rows_of(response)) == count


def test_each_queue_holds_what_its_name_says(desk, agent, colleague, ticket_in, team, category):
    mine, waiting, new, done = (
        ticket_in(status) for status in ("assigned", "waiting", "received", "resolved")
    )
    others = take_step(ticket_in("classified"), "assign", actor=colleague, assignee=colleague)
    shown = {name: set(rows_of(desk.get(queue(name)))) for name in QUEUES}
    assert shown["mine"] == {mine.pk, waiting.pk}
    assert shown["team"] == {mine.pk, waiting.pk, others.pk}
    assert shown["unassigned"] == {new.pk}
    assert shown["waiting"] == {waiting.pk}
    assert shown["all"] == {mine.pk, waiting.pk, new.pk, done.pk, others.pk}


def test_due_soon_and_overdue_follow_the_clock(desk, ticket_in):
    ticket = ticket_in("assigned")
    assert ticket.has_due_moment
    client_at = {
        "due-soon": ticket.due_at - timedelta(minutes=30),
        "broken": ticket.due_at + timedelta(minutes=1),
    }
    for name, moment in client_at.items():
        with time_machine.travel(moment, tick=False):
            other = "broken" if name == "due-soon" else "due-soon"
            assert rows_of(desk.get(queue(name))) == [ticket.pk]
            assert rows_of(desk.get(queue(other))) == []
    assert "is-late" in _page_at(desk, ticket.due_at + timedelta(minutes=1))
    assert "is-soon" in _page_at(desk, ticket.due_at - timedelta(minutes=1))


def _page_at(desk, moment) -> str:
    with time_machine.travel(moment, tick=False):
        return desk.get(queue("mine")).content.decode().split('id="rows"')[1].split("</section>")[0]


def test_pages_are_cut_by_key_and_lead_back(desk, open_tickets):
    made = open_tickets(PAGE + 7)
    first = desk.get(queue("mine"))
    assert rows_of(first) == [ticket.pk for ticket in made[:PAGE]]
    assert not first.context["newer_url"]
    second = desk.get(queue("mine") + first.context["older_url"])
    assert rows_of(second) == [ticket.pk for ticket in made[PAGE:]]
    assert not second.context["older_url"]
    back = desk.get(queue("mine") + second.context["newer_url"])
    assert rows_of(back) == rows_of(first)


def test_a_list_by_activity_pages_too(desk, open_tickets):
    made = open_tickets(PAGE + 3)[::-1]
    first = desk.get(queue("all"))
    second = desk.get(queue("all") + first.context["older_url"])
    assert rows_of(first) + rows_of(second) == [ticket.pk for ticket in made]


def test_tickets_due_at_the_same_moment_are_neither_lost_nor_doubled(desk, open_tickets):
    made = open_tickets(PAGE + 4)
    Ticket.objects.update(due_at=made[0].due_at)
    first = desk.get(queue("mine"))
    second = desk.get(queue("mine") + first.context["older_url"])
    assert sorted(rows_of(first) + rows_of(second)) == [ticket.pk for ticket in made]


def test_the_filters_stay_in_the_links(desk, open_tickets):
    open_tickets(PAGE + 1)
    response = desk.get(queue("mine", priority="normal", q="屏幕"))
    for part in ("priority=normal", "q=%E5%B1%8F%E5%B9%95"):
        assert part in response.context["older_url"]
        assert part in response.context["refresh_url"]


def test_each_filter_narrows_the_list(desk, agent, customer, ticket_in, team, other_team, category):
    below = Category.objects.create(name="Cracked glass", code="cracked-glass", parent=category)
    tag = Tag.objects.create(name="Rush", code="rush")
    chosen = take_step(
        create_ticket(customer=customer, subject="Glas", body="x", channel="phone", language="en"),
        "classify", actor=agent, category=below, priority="urgent",
    )  # fmt: skip
    set_tags(chosen, [tag], actor=agent)
    chosen.messages.filter(delivery="queued").update(delivery="failed", next_attempt_at=None)
    other = ticket_in("assigned")
    for query in (
        {"status": "classified"}, {"priority": "urgent"}, {"category": str(below.pk)}, {"assignee": "none"},
        {"channel": "phone"}, {"language": "en"}, {"tag": "rush"},
        {"delivery": "failed"},
    ):  # fmt: skip
        assert rows_of(desk.get(queue("all", **query))) == [chosen.pk], query
    for query in ({"category": str(category.pk)}, {"team": str(team.pk)}):
        assert set(rows_of(desk.get(queue("all", **query)))) == {chosen.pk, other.pk}, query
    assert rows_of(desk.get(queue("all", assignee="me"))) == [other.pk]
    assert rows_of(desk.get(queue("all", team=str(other_team.pk)))) == []


def test_open_filters_cost_two_queries_more(desk, open_tickets, django_assert_num_queries):
    open_tickets(1)
    desk.get(queue("mine", filters="open"))
    with django_assert_num_queries(9):  # people and tags to choose from
        response = desk.get(queue("mine", filters="open"))
    assert "Li Wei" in response.content.decode()


@pytest.mark.parametrize(
    "query",
    [
        {"status": "gone"}, {"category": "-1"}, {"category": "9" * 40}, {"assignee": "' OR 1"}, {"after": "9" * 39},
        {"after": "x-y"}, {"before": "1-2-3"}, {"q": "\x00"}, {"q": "%_'\"*"}, {"q": "x" * 5000}, {"mark": "9" * 17},
        {"team": "²"}, {"language": "tlh"}, {"tag": "🙂"},
    ],
)  # fmt: skip
def test_a_strange_address_is_no_error(query, desk, ticket_in):
    ticket_in("assigned")
    assert desk.get(queue("all", **query)).status_code == 200


def test_search_finds_by_words_number_customer_and_order(desk, agent, customer, ticket_in, category):
    order = Order.objects.create(customer=customer, number="TB2026-77", bought_on="2026-10-01", amount=399)
    customer.identities.create(kind="phone", value="13800138000")
    wanted = create_ticket(customer=customer, subject="扫地机器人回充失败", body="找不到充电座", order=order)
    add_note(wanted, "已联系仓库核对批次", actor=agent)
    stranger = Customer.objects.create(name="Sofia Rossi", language="en")
    other = create_ticket(customer=stranger, subject="Kettle", body="It leaks")
    by_words = ["回充", "充电座", "仓库", wanted.number, wanted.number.lower(), str(wanted.pk)]
    by_customer = ["陈晓", "chenxiao@example.com", "ChenXiao@Example.com", "+86 138 0013 8000"]
    for text in [*by_words, *by_customer, "TB2026-77", "tb2026-77"]:
        assert rows_of(desk.get(reverse("tickets:queue", query={"q": text}))) == [wanted.pk], text
    assert rows_of(desk.get(queue("all", q="rossi"))) == [other.pk]
    assert "Nothing found" in desk.get(queue("all", q="冰箱")).content.decode()


def test_the_search_costs_no_query_more(desk, open_tickets, django_assert_max_num_queries):
    open_tickets(12)
    with django_assert_max_num_queries(8):
        assert len(rows_of(desk.get(queue("all", q="屏幕")))) == 12


def test_a_refresh_is_answered_204_while_nothing_changed(
    desk, open_tickets, agent, django_assert_num_queries
):
    (ticket,) = open_tickets(1)
    Ticket.objects.update(updated_at=timezone.now() - timedelta(minutes=5))
    ask = desk.get(queue("mine")).context["refresh_url"]
    with django_assert_num_queries(3):  # session, user, and whether any ticket changed
        assert desk.get(ask, headers={"HX-Request": "true"}).status_code == 204
    add_note(ticket, "Called the customer.", actor=agent)
    fresh = desk.get(ask, headers={"HX-Request": "true"})
    assert fresh.status_code == 200
    text = fresh.content.decode()
    assert 'id="rows"' in text
    assert 'hx-swap-oob="true"' in text
    assert "<html" not in text


def test_a_refresh_after_a_minute_is_new_since_clocks_went_on(desk, open_tickets):
    open_tickets(1)
    Ticket.objects.update(updated_at=timezone.now() - timedelta(minutes=5))
    ask = desk.get(queue("mine")).context["refresh_url"]
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        assert desk.get(ask, headers={"HX-Request": "true"}).status_code == 200


def test_a_ticket_that_went_to_others_leaves_the_list(desk, agent, colleague, ticket_in):
    ticket = ticket_in("assigned")
    ask = desk.get(queue("mine")).context["refresh_url"]
    take_step(ticket, "assign", actor=agent, assignee=colleague)
    fresh = desk.get(ask, headers={"HX-Request": "true"})
    assert rows_of(fresh) == []


def test_counts_are_shown_up_to_99(desk, customer, category):
    for number in range(101):
        create_ticket(customer=customer, subject=f"{number}", body="x", acknowledge=False)
    counts = {row["name"]: row["count"] for row in desk.get(reverse("tickets:counts")).context["queues"]}
    assert counts == {
        "mine": "0", "team": "0", "unassigned": "99+", "waiting": "0", "due-soon": "0", "broken": "0", "all": "",
    }  # fmt: skip


def test_another_team_sees_none_of_it(client, agent_of_another_team, ticket_in):
    ticket_in("assigned")
    client.force_login(agent_of_another_team)
    assert rows_of(client.get(queue("all"))) == []
    assert rows_of(client.get(queue("all", q="屏幕"))) == []


def test_a_manager_sees_every_team(client, manager, ticket_in):
    ticket = ticket_in("assigned")
    client.force_login(manager)
    assert rows_of(client.get(queue("all"))) == [ticket.pk]


def test_a_visitor_is_asked_to_sign_in(client, db):
    response = client.get(reverse("tickets:queue"))
    assert response.status_code == 302
    assert "/account/login/" in response.url


def test_an_unknown_queue_is_not_found(desk):
    assert desk.get("/desk/queue/nowhere/").status_code == 404


def test_a_row_says_what_matters(desk, agent, customer, ticket_in):
    customer.segment = Segment.objects.get(code="vip")
    customer.save()
    ticket = ticket_in("assigned")
    text = desk.get(queue("mine")).content.decode()
    for words in (
        ticket.number,
        "屏幕碎了",
        "陈晓",
        "VIP",
        "Li Wei",
        "Phone repairs",
        "Assigned",
        "The customer awaits a reply",
    ):
        assert words in text, words


def test_what_a_customer_writes_is_never_markup(desk, agent, customer, category):
    create_ticket(customer=customer, subject="<script>alert(1)</script>", body="x")
    text = desk.get(queue("all")).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "我的"), ("zh-hant", "我的")])
def test_the_queue_speaks_the_agents_language(language, words, client, agent, ticket_in):
    agent.language = language
    agent.save()
    ticket_in("assigned")
    client.force_login(agent)
    assert words in client.get(queue("mine")).content.decode()


@pytest.mark.parametrize(("language", "name"), [("en", "Phone repairs"), ("zh-hans", "手机维修组")])
def test_a_team_is_named_in_the_readers_language(
    client, manager, team, other_team, ticket_in, language, name
):
    team.name_zh_hans = "手机维修组"
    team.save()
    ticket = ticket_in("assigned")
    manager.language = language
    manager.save()
    client.force_login(manager)
    for address in (
        reverse("tickets:queue", args=["all"]),
        ticket.get_absolute_url(),
        reverse("tickets:step", args=[ticket.pk, "assign"]),
        reverse("tickets:duty-week", args=[team.pk, 2026, 10]),
        reverse("overview"),
        reverse("admin:staff_team_changelist"),
        reverse("admin:tickets_ticket_change", args=[ticket.pk]),
    ):
        page = client.get(address).content.decode()
        assert (address, name in page) == (address, True)
        if language != "en":
            assert (address, team.name in page) == (address, False)
