"""The board: what stands in which column, and moving a card by the same door."""

import pytest
from django.urls import reverse

from tickets.desk.board import steps_between
from tickets.models import SavedView, Ticket
from tickets.services import create_ticket


@pytest.fixture
def desk(client, agent):
    client.force_login(agent)
    return client


def cards(page):
    return {column["status"]: [row["id"] for row in column["cards"]] for column in page.context["columns"]}


def test_the_steps_between_columns_are_those_of_the_machine(agent, lead):
    table = {
        ("received", "classified"): ["classify"], ("classified", "assigned"): ["assign"],
        ("assigned", "classified"): ["hand_back"], ("assigned", "waiting"): ["wait"],
        ("waiting", "assigned"): ["resume"], ("waiting", "resolved"): ["resolve"],
        ("resolved", "assigned"): ["reopen"], ("assigned", "cancelled"): ["cancel"],
        ("received", "waiting"): [], ("resolved", "surveyed"): [], ("cancelled", "received"): [],
    }  # fmt: skip
    assert {pair: steps_between(*pair, agent) for pair in table} == table
    assert steps_between("cancelled", "received", lead) == ["restore"]


@pytest.mark.parametrize("count", [1, 30])
def test_the_board_costs_the_same_at_any_length(
    count, desk, agent, customer, category, django_assert_num_queries
):
    for number in range(count):
        create_ticket(customer=customer, subject=f"{number}", body="x", acknowledge=False)
    view = SavedView.objects.create(name="x", owner=agent)
    for query in ({"of": "all"}, {"of": f"view-{view.pk}"}, {"of": "team"}):
        url = reverse("tickets:board", query=query)
        desk.get(url)
        # session, user, permissions, stamp, five columns, and the teams or the view
        with django_assert_num_queries(9 + (query["of"] != "all")):
            page = desk.get(url)
        if query["of"] != "team":
            assert page.context["columns"][0]["count"] == ("1" if count == 1 else "25+")


def test_a_card_moves_by_its_step_and_leads_back(desk, agent, ticket_in):
    ticket, new = ticket_in("assigned"), ticket_in("received")
    board = reverse("tickets:board", query={"of": "mine"})
    assert cards(desk.get(board))["assigned"] == [ticket.pk]
    htmx = {"HX-Request": "true"}
    ask = reverse("tickets:board-move", args=[ticket.pk, "classified"], query={"back": board})
    form = desk.get(ask, headers=htmx)
    assert 'name="step" value="hand_back"' in form.text
    data = {"step": "hand_back", "version": ticket.version, "back": board}
    refused = desk.post(reverse("tickets:take-step", args=[ticket.pk]), data, headers=htmx)
    assert refused.status_code == 422
    assert f'name="back" value="{board}"' in refused.text
    moved = desk.post(reverse("tickets:take-step", args=[ticket.pk]), data | {"note": "x"}, headers=htmx)
    assert moved.headers["HX-Redirect"] == board
    assert Ticket.objects.get(pk=ticket.pk).status == "classified"
    # Nowhere else is one led to.
    data |= {"step": "assign", "to": "me", "version": "", "back": "https://example.com/desk/board/"}
    assert desk.post(reverse("tickets:take-step", args=[ticket.pk]), data).url == ticket.get_absolute_url()
    assert desk.post(reverse("tickets:take-step", args=[new.pk]), {"step": "resolve"}).status_code == 422


def test_why_a_card_cannot_go_there_is_said(desk, ticket_in):
    ticket = ticket_in("assigned")
    for target, words in (
        ("waiting", "Ask the customer something in a public reply first"),
        ("received", "No step leads from “Assigned” to “Received”"),
    ):
        page = desk.get(reverse("tickets:board-move", args=[ticket.pk, target]))
        assert words in page.text, target
    assert desk.get(reverse("tickets:board-move", args=[ticket.pk, "nowhere"])).status_code == 404
    assert desk.get(reverse("tickets:board", query={"of": "view-999"})).status_code == 404
    assert desk.get(reverse("tickets:board", query={"of": "x"})).status_code == 200
