"""Working on many tickets: marking by keyboard, the board, and the order of views."""

import re

import pytest
from playwright.sync_api import expect

from tickets.models import BulkJob, ReplyTemplate, SavedView, Ticket
from tickets.services import bulk


@pytest.fixture
def three(ticket_in):
    """Three tickets of the agent, in the order of his queue."""
    return sorted((ticket_in("assigned") for _ in range(3)), key=lambda ticket: (ticket.due_at, ticket.pk))


def test_many_are_marked_and_changed_without_a_mouse(open_page, agent, three):
    page = open_page("/desk/queue/mine/", user=agent)
    bar, boxes = page.locator("#bulk"), page.locator("#rows .pick input")
    expect(bar).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.locator("[data-marked]")).to_have_text("3")
    page.keyboard.press("k")
    page.keyboard.press("x")
    # A live refresh leaves the marks.
    Ticket.objects.filter(pk=three[0].pk).update(subject="换新")
    page.evaluate("htmx.trigger('#rows', 'refresh')")
    expect(page.locator("#rows")).to_contain_text("换新")
    expect(page.locator("[data-marked]")).to_have_text("2")
    expect(boxes.nth(0)).to_be_checked()
    expect(boxes.nth(2)).to_be_checked()
    expect(boxes.nth(1)).not_to_be_checked()
    page.keyboard.press("b")
    page.keyboard.press("Tab")
    expect(page.locator("#bulk .btn-primary")).to_be_focused()
    page.locator("#bulk-action").select_option("step")
    page.keyboard.press("Enter")
    page.locator("#id_step").select_option("hand_back")
    page.locator("#id_note").fill("换班")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#forecast-title")).to_be_visible()
    page.locator("[value=start]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/desk/bulk/\d+/"))
    # The page follows the worker.
    bulk.work_off(BulkJob.objects.get().pk)
    expect(page.locator(".bulk-state.is-done")).to_have_count(2)
    assert Ticket.objects.filter(status="classified").count() == 2


def test_a_card_moves_by_the_keyboard_and_by_drawing_it(open_page, agent, three):
    page = open_page("/desk/board/?of=mine", user=agent)
    card, dialog = page.locator(f"[data-ticket='{three[0].pk}']"), page.locator("#dialog")
    card.locator("a").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(f"#t{three[1].pk}")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    expect(dialog.locator("#id_reply")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    card.drag_to(page.locator("[data-status=classified]"))
    expect(dialog.locator("[name=step]")).to_have_value("hand_back")
    expect(dialog).to_be_visible()
    dialog.locator("#id_note").fill("x")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/desk/board/?of=mine")
    expect(page.locator(".board-column[data-status=assigned] .count")).to_have_text("2")
    assert Ticket.objects.get(pk=three[0].pk).status == "classified"


def test_a_card_is_drawn_to_resolved_with_its_reply(open_page, agent, three):
    ReplyTemplate.objects.create(name="Mended").texts.create(language="zh-hans", body="［订单号］已经修好")
    page = open_page("/desk/board/?of=mine", user=agent, allowed=(r"status of 422 .*/step/\)$",))
    dialog, ticket = page.locator("#dialog"), three[0]
    card = page.locator(f"[data-ticket='{ticket.pk}']")
    card.locator(".card-menu summary").click()
    card.locator(".card-menu [data-target=waiting]").click()
    expect(dialog.get_by_role("button", name="Send and wait")).to_be_visible()
    expect(dialog.locator("#id_reply")).to_be_focused()
    page.keyboard.type("您好")
    # What is left is written on the next time.
    with page.expect_response("**/draft/"):
        page.keyboard.press("Escape")
    card.drag_to(page.locator("[data-status=resolved]"))
    expect(dialog.get_by_role("button", name="Send and resolve")).to_be_visible()
    expect(dialog.locator("#id_reply")).to_have_value("您好")
    dialog.locator("#id_reply").evaluate("field => field.setSelectionRange(2, 2)")
    dialog.locator("summary").click()
    dialog.locator("[data-insert]").click()
    expect(dialog.locator("#id_reply")).to_have_value("您好\n\n［订单号］已经修好")
    page.keyboard.press("Control+Enter")
    # What the template left open is told, and the text stays.
    expect(dialog.locator("[role=alert]").first).to_contain_text("［订单号］")
    dialog.locator("#id_reply").fill("您好，已经修好。")
    dialog.get_by_role("button", name="Send and resolve").click()
    expect(page.locator(f"[data-status=resolved] [data-ticket='{ticket.pk}']")).to_be_visible()
    expect(page.locator("#notices")).to_contain_text(ticket.number)
    message = ticket.messages.get(kind="reply")
    assert (message.body, message.delivery) == ("您好，已经修好。", "queued")
    assert message.recipient == "chenxiao@example.com"


def test_views_are_drawn_into_order(open_page, agent):
    for place, name in enumerate("abc"):
        SavedView.objects.create(name=name, owner=agent, position=place)
    page = open_page("/desk/views/", user=agent)
    lines = page.locator(".view-line")
    with page.expect_response("**/move/"):
        lines.nth(2).drag_to(lines.nth(0), target_position={"x": 60, "y": 3})
    expect(page.locator(".view-line .view-about > a")).to_have_text(["c", "a", "b"])
    page.get_by_role("button", name="Move “a” up").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".view-line .view-about > a")).to_have_text(["a", "c", "b"])
    assert list(SavedView.objects.order_by("position").values_list("name", flat=True)) == ["a", "c", "b"]
