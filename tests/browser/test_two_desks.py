"""Two people on one ticket: they see each other, are asked before they talk past the customer, and lose no text."""

import time

from playwright.sync_api import expect

from catalog.choices import Priority
from tickets.services import add_customer_message

# Forms whose answers say that somebody was quicker.
ALLOWED = (r"status of 409 ",)


def look(page):
    """Let the page look at once instead of within four seconds, which the first look has shown."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_two_people_on_one_ticket(open_page, agent, colleague, ticket_in, customer):
    ticket = ticket_in("assigned")
    mine = open_page(ticket.get_absolute_url(), user=agent, allowed=ALLOWED)
    theirs = open_page(ticket.get_absolute_url(), user=colleague, allowed=ALLOWED)
    began = time.monotonic()
    expect(mine.locator("#around")).to_have_text("Zhang Min is looking", timeout=5000)
    assert time.monotonic() - began < 5.5
    theirs.locator("#body").fill("稍等，我来回复。")
    look(mine)
    expect(mine.locator("#around")).to_have_text("Zhang Min is writing")
    # Both see at once that the customer has written; who sends all the same is asked.
    mine.locator("#body").fill("请提供发票。")
    add_customer_message(ticket, "等等，发票找到了", customer=customer)
    look(mine)
    expect(mine.locator("#news .news")).to_be_visible()
    mine.locator("#write [data-send]").click()
    expect(mine.locator(".stale")).to_be_focused()
    expect(mine.locator(".unseen")).to_contain_text("等等，发票找到了")
    expect(mine.locator("#body")).to_have_value("请提供发票。")
    mine.locator("#write [data-send]").click()
    expect(mine.locator(".message.is-reply")).to_contain_text("请提供发票。")
    # The other one changes the facts in the form that he had open before: both answers are shown.
    theirs.reload()
    expect(theirs.locator("#body")).to_have_value("稍等，我来回复。")
    for page, priority in ((mine, Priority.URGENT), (theirs, Priority.LOW)):
        page.locator("#facts .pencil").click()
        page.locator("#id_priority").select_option(priority)
    mine.locator("#facts .btn-primary").click()
    expect(mine.locator(".ticket-about")).to_contain_text("Urgent")
    theirs.locator("#facts .btn-primary").click()
    expect(theirs.locator(".both-sides")).to_contain_text("Urgent")
    expect(theirs.locator(".both-sides")).to_contain_text("Low")
    theirs.close()
    look(mine)
    expect(mine.locator("#around")).to_be_empty()
