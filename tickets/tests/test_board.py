"""The board: what stands in which column, and moving a card by the same door."""

import pytest
from django.urls import reverse

from tickets.desk.board import steps_between
from tickets.models import Draft, Guard, ReplyTemplate, SavedView, Ticket
from tickets.services import add_note, add_reply, create_child, create_ticket, save_draft

BOARD = "/desk/board/?of=mine"


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
    page = desk.get(board).text
    assert f'href="{ask}"' in page
    assert f'data-move="/desk/board/{ticket.pk}/TARGET/"' in page
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


def moved(desk, ticket, step, **fields):
    """Send the form of a card that was asked to move."""
    fields = {"step": step, "version": ticket.version, "back": BOARD, **fields}
    htmx = {"HX-Request": "true"}
    return desk.post(reverse("tickets:take-step", args=[ticket.pk]), fields, headers=htmx)


@pytest.mark.parametrize(
    ("target", "step", "button"),
    [("waiting", "wait", "Send and wait"), ("resolved", "resolve", "Send and resolve")],
)
def test_a_card_moves_with_the_reply_that_it_needs(target, step, button, desk, agent, ticket_in, settings):
    settings.UNDO_SECONDS = 10
    ticket = ticket_in("assigned")
    ReplyTemplate.objects.create(name="Mended").texts.create(language="zh-hans", body="已经修好")
    save_draft(ticket, "reply", "请试试", actor=agent, version=0)
    ask = reverse("tickets:board-move", args=[ticket.pk, target], query={"back": BOARD})
    form = desk.get(ask, headers={"HX-Request": "true"}).text
    # What was begun on the ticket's page is written on; templates are at hand.
    for words in (f'name="step" value="{step}"', "请试试</textarea>", button, 'data-insert="已经修好"'):
        assert words in form, words
    missing = moved(desk, ticket, step, reply=" ")
    assert (missing.status_code, "Write something first." in missing.text) == (422, True)
    left_open = moved(desk, ticket, step, reply="［订单号］已寄出")
    assert (left_open.status_code, "［订单号］已寄出</textarea>" in left_open.text) == (422, True)
    sent = moved(desk, ticket, step, reply="已经换新，请试试", note="换新")
    assert (sent.status_code, sent.headers["HX-Redirect"]) == (200, BOARD)
    assert Ticket.objects.get(pk=ticket.pk).status == target
    message = ticket.messages.get(kind="reply")
    assert (message.body, message.delivery, message.recipient) == (
        "已经换新，请试试",
        "queued",
        "chenxiao@example.com",
    )
    assert message.held_until > message.created_at
    assert message.asks_customer is (step == "wait")
    assert ticket.events.get(step=step).data["note"] == "换新"
    assert not ticket.messages.filter(kind="automatic", purpose="resolved").exists()
    assert not Draft.objects.exists()
    # Pressed twice, it is written once.
    assert moved(desk, ticket, step, reply="已经换新，请试试").status_code in (409, 422)
    assert ticket.messages.filter(kind="reply").count() == 1


def test_a_card_whose_customer_was_told_moves_without_a_reply(desk, agent, ticket_in):
    Guard.objects.create(name="Say why", step="resolve", note_required=True)
    ticket = ticket_in("assigned")
    add_reply(ticket, "已经寄出", actor=agent)
    ticket = Ticket.objects.get(pk=ticket.pk)
    ask = reverse("tickets:board-move", args=[ticket.pk, "resolved"], query={"back": BOARD})
    assert "Reply to the customer (optional)" in desk.get(ask).text
    refused = moved(desk, ticket, "resolve")
    assert (refused.status_code, "Write a note or a reply" in refused.text) == (422, True)
    assert moved(desk, ticket, "resolve", note="客户已收到").status_code == 200
    assert ticket.messages.filter(kind="reply").count() == 1
    assert Ticket.objects.get(pk=ticket.pk).status == "resolved"


def test_all_reasons_and_the_text_stay_in_the_dialog(desk, agent, colleague, category, ticket_in):
    ticket = ticket_in("assigned")
    seen = {"seen": ticket.events.last().pk, "reply": "已经换新"}
    add_note(ticket, "我来看看", actor=colleague)
    stale = moved(desk, ticket, "resolve", **seen)
    assert (stale.status_code, "已经换新</textarea>" in stale.text) == (409, True)
    assert "Zhang Min" in stale.text
    ticket = Ticket.objects.get(pk=ticket.pk)
    create_child(ticket, subject="x", body="x", actor=agent)
    Guard.objects.create(name="What", step="resolve", required_fields=["product", "order"])
    ticket = Ticket.objects.get(pk=ticket.pk)
    refused = moved(desk, ticket, "resolve", **seen)
    assert refused.status_code == 422
    ask = reverse("tickets:board-move", args=[ticket.pk, "resolved"], query={"back": BOARD})
    for page in (refused.text, desk.get(ask).text):
        for words in ("Close the child tickets first.", "Fill in “product” first.", "Fill in “order” first."):
            assert words in page, words
    assert "已经换新</textarea>" in refused.text
    assert not ticket.messages.filter(kind="reply").exists()


def test_why_a_card_cannot_go_there_is_said(desk, ticket_in):
    ticket = ticket_in("assigned")
    for target, words in (("received", "No step leads from “Assigned” to “Received”"),):
        page = desk.get(reverse("tickets:board-move", args=[ticket.pk, target]))
        assert words in page.text, target
    elsewhere = reverse(
        "tickets:board-move", args=[ticket.pk, "received"], query={"back": "https://example.com/"}
    )
    assert 'href="/desk/board/" data-close-dialog' in desk.get(elsewhere).text
    assert desk.get(reverse("tickets:board-move", args=[ticket.pk, "nowhere"])).status_code == 404
    assert desk.get(reverse("tickets:board", query={"of": "view-999"})).status_code == 404
    assert desk.get(reverse("tickets:board", query={"of": "x"})).status_code == 200
