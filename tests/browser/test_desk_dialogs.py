"""The small forms of the ticket page in a browser: their answers stay where the form is."""

import pytest
from playwright.sync_api import expect

from tests.browser.watch import axe
from tickets.models import Ticket
from tickets.services import add_note

REFUSED = r"status of (409|422) .*/(step|edit/\w+)/\)$"


@pytest.fixture
def desk(open_page, agent):
    """Opens a ticket at the agent's desk."""
    return lambda ticket, **manner: open_page(ticket.get_absolute_url(), user=agent, **manner)


def test_a_refused_step_stays_in_its_dialog_and_is_mended_there(desk, colleague, ticket_in):
    ticket = ticket_in("assigned")
    page = desk(ticket, allowed=(REFUSED,))
    page.evaluate("window.isStillHere = true")
    page.locator("#body").fill("还没写完的回复")
    page.locator(".steps a[href$='/step/hand_back/']").click()
    dialog = page.locator("#dialog")
    expect(dialog.locator("#id_note")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(dialog.locator(".form-errors")).to_be_focused()
    # Somebody else is quicker.
    add_note(ticket, "我来看看", actor=colleague)
    dialog.locator("#id_note").fill("我明天请假")
    dialog.locator(".btn-primary").click()
    expect(dialog.locator(".stale")).to_contain_text(colleague.display_name)
    expect(dialog.locator("#id_note")).to_have_value("我明天请假")
    assert page.evaluate("window.isStillHere")
    dialog.locator(".btn-primary").click()
    expect(page.locator(".ticket-about .status-classified")).to_be_visible()
    expect(page.locator("[data-notice=success]")).to_be_visible()
    expect(page.locator("#body")).to_have_value("还没写完的回复")
    assert Ticket.objects.get(pk=ticket.pk).assignee is None


def test_a_step_that_could_not_be_sent_says_so_and_keeps_the_text(desk, ticket_in):
    ticket = ticket_in("assigned")
    page = desk(ticket, allowed=("ERR_INTERNET_DISCONNECTED", "htmx:(sendError|afterRequest)"))
    page.locator(".steps a[href$='/step/hand_back/']").click()
    page.locator("#dialog #id_note").fill("我明天请假")
    page.context.set_offline(True)
    page.locator("#dialog .btn-primary").click()
    expect(page.locator("#dialog [data-not-sent]")).to_be_visible()
    expect(page.locator("#dialog #id_note")).to_have_value("我明天请假")
    page.context.set_offline(False)
    page.locator("#dialog .btn-primary").click()
    expect(page.locator(".ticket-about .status-classified")).to_be_visible()


def test_the_subject_is_changed_in_place_by_keyboard(desk, ticket_in):
    ticket = ticket_in("assigned")
    page = desk(ticket, allowed=(REFUSED,))
    page.locator("#subject .pencil").press("Enter")
    expect(page.locator("#id_subject")).to_be_focused()
    page.locator("#id_subject").fill("")
    page.keyboard.press("Enter")
    expect(page.locator("#subject .form-errors")).to_be_focused()
    page.locator("#id_subject").fill("内屏碎了")
    page.keyboard.press("Enter")
    expect(page.locator("#subject h1")).to_have_text("内屏碎了")


@pytest.mark.parametrize("way", ["Escape", "the link"])
def test_a_form_in_place_is_left_as_it_was(desk, ticket_in, way):
    ticket = ticket_in("assigned")
    page = desk(ticket)
    page.evaluate("window.isStillHere = true")
    page.locator("#facts .pencil").press("Enter")
    expect(page.locator("#facts select").first).to_be_focused()
    if way == "Escape":
        page.keyboard.press("Escape")
    else:
        page.locator("#facts [data-leave]").click()
    expect(page.locator("#facts .pencil")).to_be_focused()
    expect(page.locator("#facts form")).to_have_count(0)
    assert page.evaluate("window.isStillHere")
    page.keyboard.press("Enter")
    expect(page.locator("#facts select").first).to_be_focused()


@pytest.mark.parametrize(("key", "place"), [("t", "templates"), ("i", "articles")])
def test_what_can_be_inserted_comes_by_a_key(desk, ticket_in, key, place):
    page = desk(ticket_in("assigned"))
    with page.expect_response(lambda answer: answer.url.endswith(f"/{place}/")):
        page.keyboard.press(key)
    expect(page.locator("#dialog[open] h2")).to_be_visible()


def test_without_javascript_a_refused_step_is_a_page(desk, ticket_in):
    ticket = ticket_in("assigned")
    page = desk(ticket, javascript=False, allowed=(REFUSED,))
    page.locator(".steps a[href$='/step/hand_back/']").click()
    page.locator(".step-form .btn-primary").click()
    expect(page.locator(".page-narrow .form-errors")).to_be_visible()
    page.locator("#id_note").fill("我明天请假")
    page.locator(".step-form .btn-primary").click()
    expect(page.locator(".ticket-about .status-classified")).to_be_visible()


@pytest.mark.parametrize("viewport", ["phone", "desktop"])
def test_the_language_is_chosen_from_the_desks_own_menu(open_page, agent, ticket_in, viewport):
    ticket = ticket_in("assigned")
    page = open_page(f"/desk/queue/all/?q={ticket.number}", user=agent, viewport=viewport)
    menu = page.locator(".bar-tools .dropdown [data-bs-toggle]")
    menu.press("Enter")
    expect(page.locator(".languages [aria-current=true]")).to_have_text("English")
    page.locator(".languages [lang=zh-hant]").press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hant")
    expect(page.locator(".row-line .status")).to_have_text("處理中")
    assert page.url.endswith(f"/desk/queue/all/?q={ticket.number}")
    agent.refresh_from_db()
    assert agent.language == "zh-hant"
    # The administration has the same choice by the same door.
    menu.press("Enter")
    expect(page.locator(".languages [aria-current=true]")).to_have_text("繁體中文")
    assert axe(page) == []


def test_the_administration_changes_the_language_by_the_same_door(open_page, manager):
    page = open_page("/admin/tickets/ticket/", user=manager)
    page.locator("summary", has_text="English").press("Enter")
    page.locator(".menu-list [lang=zh-hans]").press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    assert page.url.endswith("/admin/tickets/ticket/")
