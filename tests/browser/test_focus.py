"""The focus on the desk: at every stop of Tab it shows, inside the window and beneath nothing, at 100 and at 200 %."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fitting import ZOOMED
from tests.browser.keyboard import Keyboard
from tests.browser.stops import press

SIZES = {"100 %": {"width": 1280, "height": 800}, "200 %": ZOOMED}


@pytest.fixture
def many(ticket_in):
    """More tickets than a window shows, one of which has been talked about."""
    return [ticket_in("assigned") for _ in range(12)]


def mark(page: Page) -> None:
    """Mark a ticket, so that the bar of what can be done lies over the list."""
    page.locator(".pick input").first.check()
    expect(page.locator("#bulk")).to_be_visible()


def open_menu(page: Page) -> None:
    """Open the menu of a card."""
    page.locator(".card-menu summary").first.click()


PAGES = {
    "the queue": ("/desk/queue/mine/?filters=open", mark),
    "the ticket": ("{ticket}", None),
    "the board": ("/desk/board/?of=mine", open_menu),
    "a view's form": ("/desk/views/new/", press(".condition-new button", shows=".condition-op")),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGES)
def test_the_focus_is_seen_at_every_stop(open_page, agent, many, name, size):
    path, act = PAGES[name]
    page = open_page(user=agent)
    page.set_viewport_size(SIZES[size])
    page.goto(path.format(ticket=many[0].get_absolute_url()))
    page.wait_for_function(
        "() => !document.querySelector('.htmx-request, #aside[hx-get], #views[hx-trigger=load]')"
    )
    if act:
        act(page)
    keys = Keyboard(page)
    assert [*keys.walk(), *keys.walk("Shift+Tab")] == []


@pytest.mark.parametrize("size", SIZES)
def test_what_is_gone_to_in_the_palette_is_seen(open_page, agent, many, size):
    page = open_page(many[0].get_absolute_url(), user=agent)
    page.set_viewport_size(SIZES[size])
    page.keyboard.press("Control+k")
    options = page.locator("#command-offers [role=option]")
    expect(options.first).to_have_class("offer-line is-here")
    for _stop in range(options.count()):
        page.keyboard.press("ArrowDown")
        here = page.locator("#command-offers .is-here")
        box, frame = here.bounding_box(), page.locator("#command-offers").bounding_box()
        assert box["y"] >= frame["y"] - 1
        assert box["y"] + box["height"] <= frame["y"] + frame["height"] + 1
        assert here.evaluate("option => getComputedStyle(option).boxShadow") != "none"
