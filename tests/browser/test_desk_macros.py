"""A ticket answered by a macro and its checklist ticked off, by keyboard only."""

from playwright.sync_api import expect

from tickets.models import Checklist, Guard, Macro, Ticket

REFUSED = r"status of 422 .*/macros/\d+/\)$"


def test_a_macro_is_used_and_a_checklist_done_without_the_mouse(open_page, agent, ticket_in, category):
    for number in range(3):
        Macro.objects.create(name=f"Other {number}", note="x")
    macro = Macro.objects.create(name="换屏完成", step="resolve")
    macro.texts.create(language="zh-hans", body="{customer}您好，已换新屏幕。")
    items = Checklist.objects.create(name="Before it goes out", category=category).items
    items.create(name="Serial number")
    Guard.objects.create(name="Checked", step="resolve", checklist_required=True)
    ticket = ticket_in("assigned")
    page = open_page(ticket.get_absolute_url(), user=agent, allowed=(REFUSED,))
    # The server says no and why: nothing is sent.
    refused = page.expect_response(lambda response: response.status == 422)
    page.keyboard.press("m")
    expect(page.locator("#dialog [data-narrow]")).to_be_focused()
    page.keyboard.type("换屏")
    with refused:
        page.keyboard.press("Enter")
    expect(page.locator("#dialog .form-errors")).to_contain_text("Serial number")
    expect(page.locator("#dialog textarea")).to_have_value("陈晓您好，已换新屏幕。")
    # As soon as it has the focus the dialog is complete.
    expect(page.locator("#dialog .form-errors")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()
    assert not ticket.messages.filter(kind="reply").exists()
    # The last tick makes the step possible, and the page comes anew.
    page.keyboard.press("c")
    expect(page.locator("#checklists .tick")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#checklists .tick")).to_have_attribute("aria-checked", "true")
    page.keyboard.press("m")
    expect(page.locator("#dialog [data-narrow]")).to_be_focused()
    page.keyboard.type("换屏")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("#conversation")).to_contain_text("已换新屏幕")
    assert Ticket.objects.get(pk=ticket.pk).status == "resolved"
