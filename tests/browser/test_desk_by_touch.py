"""The desk by touch, on a phone: what one reaches with keys on a keyboard is reached by a finger too."""

from playwright.sync_api import expect

from tests.browser.stops import press
from tickets.models import Ticket


def test_a_card_moves_by_its_menu(open_page, agent, ticket_in):
    ticket = ticket_in("assigned")
    page = open_page("/desk/board/?of=mine", user=agent, viewport="phone")
    page.locator(".card-menu summary").tap()
    page.locator(".card-menu a[data-target=cancelled]").tap()
    dialog = page.locator("#dialog[open]")
    expect(dialog.locator("h2")).to_contain_text(ticket.number)
    dialog.locator("[name=cancel_reason]").select_option("spam")
    dialog.locator(".btn-primary").tap()
    expect(page.locator(".board-card")).to_have_count(0)
    assert Ticket.objects.get(pk=ticket.pk).status == "cancelled"


def test_the_palette_is_in_the_menu(open_page, agent, ticket_in):
    ticket_in("assigned")
    page = open_page("/desk/", user=agent, viewport="phone")
    press("[data-bs-target='#side']", shows="#side.show")(page)
    page.locator("#side [data-palette]").tap()
    expect(page.locator("#command")).to_be_focused()
    expect(page.locator("#side")).to_be_hidden()
    page.keyboard.type("board")
    page.locator("#command-offers [role=option]", has_text="Board").first.tap()
    page.wait_for_url("**/desk/board/")
