"""Writing on a ticket: drafts on two devices, what / # @ offer, pictures pasted, the preview, send and next step."""

from playwright.sync_api import expect

from catalog.models import CategoryField
from tickets.models import Draft, Guard, ReplyTemplate, Ticket
from tickets.services import add_reply

SAVED = "**/draft/"
PASTE = """
const picture = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
  (letter) => letter.charCodeAt(0),
);
const transfer = new DataTransfer();
transfer.items.add(new File([picture], "image.png", { type: "image/png" }));
const paste = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
document.querySelector("#body").dispatchEvent(paste);
"""


def write(page, text):
    """Type into the box, and wait until the server has it."""
    with page.expect_response(SAVED):
        page.locator("#body").press_sequentially(text)


def test_a_reply_waits_for_its_draft_that_is_on_its_way(open_page, agent, ticket_in):
    ticket = ticket_in("assigned")
    page = open_page(ticket.get_absolute_url(), user=agent)
    held = []
    page.route(SAVED, lambda route: held.append(route))
    with page.expect_request(SAVED):
        page.locator("#body").fill("请寄回，我们换新屏幕。")
    page.locator("#write [data-send]").click()
    held[0].continue_()
    expect(page.locator(".message.is-reply")).to_contain_text("换新屏幕")
    expect(page.locator("#body")).to_have_value("")
    assert not Draft.objects.exists()


def test_a_draft_goes_on_elsewhere_and_two_devices_are_told(open_page, agent, ticket_in):
    ticket = ticket_in("assigned")
    office = open_page(ticket.get_absolute_url(), user=agent, allowed=("status of 409",))
    write(office, "您好")
    home = open_page(ticket.get_absolute_url(), user=agent)
    expect(home.locator("#body")).to_have_value("您好")
    home.locator("#body").press("End")
    write(home, "，陈晓")
    write(office, "，先生")
    conflict = office.locator("[data-draft-conflict]")
    expect(conflict).to_contain_text("您好，陈晓")
    expect(office.locator("#body")).to_have_value("您好，先生")
    conflict.locator("[data-take-other]").click()
    expect(office.locator("#body")).to_have_value("您好，陈晓")
    # Another language than the customer's is told; sent and resolved with one key.
    home.locator("#body").fill("We have sent you a new one.")
    expect(home.locator("[data-language-warning]")).to_be_visible()
    home.locator("#body").fill("您好，已为您换新。")
    expect(home.locator("[data-language-warning]")).to_be_hidden()
    home.keyboard.press("Control+Shift+Enter")
    expect(home.locator(".ticket-about .status-resolved")).to_be_visible()
    assert not Draft.objects.exists()


def test_signs_offer_and_pictures_are_pasted(open_page, agent, colleague, ticket_in, category):
    ticket = ticket_in("assigned")
    template = ReplyTemplate.objects.create(name="Greeting", name_zh_hans="问候语", category=category)
    template.texts.create(language="zh-hans", body="{customer}您好，订单 {order} **已寄出**。")
    page = open_page(ticket.get_absolute_url(), user=agent)
    page.keyboard.press("r")
    page.keyboard.type("/greet")
    page.keyboard.press("Enter")
    body = page.locator("#body")
    expect(body).to_have_value("陈晓您好，订单 ［订单号］ **已寄出**。")
    # The mark is selected, and typed over.
    page.keyboard.type("A1")
    expect(body).to_have_value("陈晓您好，订单 A1 **已寄出**。")
    page.keyboard.press("Alt+p")
    expect(page.locator("#preview strong")).to_have_text("已寄出")
    page.evaluate(PASTE)
    expect(page.locator("[data-kept-file] img")).to_have_count(1)
    # Beside a fraction or in an address a stroke offers nothing, and Enter is a new line.
    page.keyboard.press("Control+End")
    page.keyboard.type(" 1/2")
    page.keyboard.press("Enter")
    expect(body).to_have_value("陈晓您好，订单 A1 **已寄出**。 1/2\n")
    page.keyboard.press("Control+Enter")
    sent = page.locator(".message.is-reply").last
    expect(sent.locator("strong")).to_have_text("已寄出")
    expect(sent.locator(".files img")).to_have_count(1)
    page.keyboard.press("n")
    page.keyboard.type("@zha")
    page.locator("#write-offers [role=option]", has_text=str(colleague)).wait_for()
    page.keyboard.press("Tab")
    expect(body).to_have_value(f"@{colleague} ")
    assert Ticket.objects.get().attachments.count() == 1


def test_an_extra_field_is_changed_without_leaving_the_page(open_page, agent, ticket_in, category):
    CategoryField.objects.create(category=category, key="serial", name="Serial number")
    Guard.objects.create(name="Serial first", step="resolve", required_fields=["serial"])
    ticket = ticket_in("assigned")
    add_reply(ticket, "您好", actor=agent)
    page = open_page(ticket.get_absolute_url(), user=agent)
    page.locator("#body").fill("写到一半")
    field = page.locator("#field-serial")
    field.locator(".pencil").press("Enter")
    expect(field.locator("input[type=text]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(field.locator(".pencil")).to_be_focused()
    page.keyboard.press("Enter")
    expect(field.locator("input[type=text]")).to_be_focused()
    page.keyboard.type("SN-77")
    page.keyboard.press("Enter")
    expect(field).to_contain_text("SN-77")
    expect(field.locator(".pencil")).to_be_focused()
    # What waited for it is possible now, and what one was writing is still there.
    expect(page.locator(".steps a[href*='/step/resolve/']")).to_be_visible()
    expect(page.locator("#body")).to_have_value("写到一半")
