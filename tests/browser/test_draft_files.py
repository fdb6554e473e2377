"""Files while one writes on a ticket: pasted, dropped, chosen, seen on their way, kept, refused, tried again, sent."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.watch import axe
from tickets.models import DraftFile, Ticket
from tickets.services import add_note

KEEP = "**/files/"
DROP = """
([name, size, type]) => {
  const picture = Uint8Array.from(
    atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
    (letter) => letter.charCodeAt(0),
  );
  const transfer = new DataTransfer();
  transfer.items.add(new File([picture, new Uint8Array(size)], name, { type }));
  for (const kind of ["dragover", "drop"]) {
    const event = new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.querySelector("#body").dispatchEvent(event);
  }
}
"""
# A picture really in the clipboard, as one copies it from another page.
COPY = """
async () => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 40;
  canvas.getContext("2d").fillRect(0, 0, 40, 40);
  const picture = await new Promise((done) => canvas.toBlob(done, "image/png"));
  await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
}
"""
WATCH_PROGRESS = """
window.seen = new Set();
const look = () => document.querySelectorAll("#write li progress").forEach((bar) => window.seen.add(bar.value));
new MutationObserver(look)
  .observe(document.querySelector("#write"), { subtree: true, attributes: true, childList: true });
"""


class Line:
    """The lines below the text box."""

    def __init__(self, page):
        self.all = page.locator("#write .chosen-files li")
        self.kept = page.locator("#write [data-kept-file]")

    def of(self, name):
        """The line of one file."""
        return self.all.filter(has_text=name)


def drop(page, name="照片.png", size=0, kind="image/png"):
    """Let a file fall on the text box."""
    page.evaluate(DROP, [name, size, kind])


def hold_up(page):
    """Let files wait on their way until the list is emptied, which lets them through."""
    held = []
    page.route(KEEP, lambda route: held.append(route))
    return held


def let_through(page, held):
    """Let those go on that were held up."""
    for route in held:
        route.continue_()
    page.unroute(KEEP)


def test_pasted_and_dropped_files_survive_and_arrive(open_page, agent, ticket_in, settings):
    settings.UNDO_SECONDS = 10
    ticket = ticket_in("assigned")
    page = open_page(ticket.get_absolute_url(), user=agent)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(COPY)
    lines = Line(page)
    with page.expect_response("**/draft/"):
        page.locator("#body").press_sequentially("请看照片")
    page.keyboard.press("Control+v")
    expect(lines.kept.filter(has_text="image-")).to_have_count(1)
    # On a slow line the progress is seen.
    session = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    session.send("Network.emulateNetworkConditions", slow)
    page.evaluate(WATCH_PROGRESS)
    drop(page, size=900_000)
    progress = lines.of("照片.png").locator("progress")
    expect(progress).to_have_attribute("aria-label", "照片.png")
    assert not axe(page, "#write")
    expect(lines.kept).to_have_count(2)
    assert len([value for value in page.evaluate("[...window.seen]") if 0 < value < 100]) > 1
    assert not axe(page, "#write")
    page.close()
    # Another device goes on.
    home = open_page(ticket.get_absolute_url(), user=agent)
    lines = Line(home)
    expect(home.locator("#body")).to_have_value("请看照片")
    expect(lines.kept).to_have_count(2)
    expect(lines.kept.locator("img")).to_have_count(2)
    home.locator("#write [data-files]").set_input_files(
        [{"name": "说明.txt", "mimeType": "text/plain", "buffer": b"x"}]
    )
    expect(lines.kept).to_have_count(3)
    lines.of("image-").locator("[data-remove-file]").click()
    expect(lines.kept).to_have_count(2)
    expect(home.locator("#body")).to_be_focused()
    home.keyboard.press("Control+Enter")
    sent = home.locator(".message.is-reply").last
    expect(sent.locator(".files li")).to_have_count(2)
    expect(sent.locator(".files")).to_contain_text("照片.png")
    expect(lines.all).to_have_count(0)
    assert not DraftFile.objects.exists()
    assert Ticket.objects.get().attachments.get(name="照片.png").size > 900_000
    # Taken back, text and files are in the box again.
    home.keyboard.press("z")
    expect(lines.kept).to_have_count(2)
    expect(home.locator("#body")).to_have_value("请看照片")


def test_sending_waits_for_files_and_goes_by_itself(open_page, agent, ticket_in):
    ticket = ticket_in("assigned")
    page = open_page(ticket.get_absolute_url(), user=agent)
    lines = Line(page)
    held = hold_up(page)
    for name in ("照片.png", "not this one.png"):
        with page.expect_request(KEEP):
            drop(page, name)
    page.locator("#body").fill("请看照片")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#write [data-send]")).to_have_text("Waiting for the files…")
    lines.of("not this one").locator("[data-cancel-file]").click()
    expect(lines.all).to_have_count(1)
    let_through(page, held[:1])
    sent = page.locator(".message.is-reply").last
    expect(sent.locator(".files")).to_contain_text("照片.png")
    assert Ticket.objects.get().attachments.count() == 1
    assert not DraftFile.objects.exists()


def test_what_does_not_arrive_says_so_and_is_tried_again(open_page, agent, ticket_in):
    ticket = ticket_in("assigned")
    page = open_page(
        ticket.get_absolute_url(), user=agent, allowed=("ERR_FAILED", "status of 403", "ERR_INTERNET")
    )
    lines = Line(page)
    page.route(KEEP, lambda route: route.abort())
    with page.expect_response("**/draft/"):
        page.locator("#body").fill("请看照片")
    drop(page)
    why = lines.of("照片.png").locator("[data-why]")
    expect(why).to_contain_text("the server cannot be reached")
    # It is never sent without the file.
    page.keyboard.press("Control+Enter")
    missing = page.locator("[data-files-missing]")
    expect(missing).to_contain_text("Nothing was sent: “照片.png” has not arrived.")
    expect(lines.of("照片.png").locator("[data-try-file]")).to_be_focused()
    assert not axe(page, "#write")
    assert not Ticket.objects.get().messages.filter(kind="reply").exists()
    expect(page.locator("#body")).to_have_value("请看照片")
    page.unroute(KEEP)
    # Signed out meanwhile: signed in again in another tab, it goes on.
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    lines.of("照片.png").locator("[data-try-file]").click()
    expect(why).to_contain_text("You are signed out.")
    page.context.add_cookies([cookie for cookie in cookies if cookie["name"] == "sessionid"])
    lines.of("照片.png").locator("[data-try-file]").click()
    expect(lines.kept).to_have_count(1)
    expect(missing).to_be_hidden()
    # Back on the line it goes on without a press.
    page.route(KEEP, lambda route: route.abort())
    drop(page, "two.png")
    expect(lines.of("two.png").locator("[data-why]")).to_contain_text("cannot be reached")
    page.unroute(KEEP)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(lines.kept).to_have_count(2)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.is-reply").last.locator(".files li")).to_have_count(2)


@pytest.mark.parametrize(("language", "theme"), [("en", "dark"), ("zh-hans", "light"), ("zh-hant", "dark")])
def test_what_cannot_be_kept_says_why_in_the_reader_s_language(
    language, theme, open_page, agent, ticket_in, settings
):
    settings.UPLOAD_LIMIT_BYTES = 2000
    ticket = ticket_in("assigned")
    agent.language = language
    agent.save()
    page = open_page(
        ticket.get_absolute_url(), user=agent, language=language, theme=theme, allowed=("status of 422",)
    )
    lines = Line(page)
    drop(page, "film.mp4", 3000, "video/mp4")
    large = {
        "en": "may have up to 2.0",
        "zh-hans": "单个文件不得超过 2.0",
        "zh-hant": "單一檔案不得超過 2.0",
    }[language]
    expect(lines.of("film.mp4").locator("[data-why]")).to_contain_text(large)
    # What the page cannot know the server says.
    page.evaluate("document.querySelector('[data-file-line]').dataset.limit = 10000")
    drop(page, "more.mp4", 3000, "video/mp4")
    expect(lines.of("more.mp4").locator("[data-why]")).to_contain_text("2.0")
    expect(lines.all.locator("[data-try-file]:visible")).to_have_count(0)
    assert not axe(page, "#write")
    for name in ("film.mp4", "more.mp4"):
        lines.of(name).locator("[data-cancel-file]").click()
    expect(lines.all).to_have_count(0)


def test_a_refused_send_and_the_other_kind_keep_their_files(open_page, agent, colleague, ticket_in):
    ticket = ticket_in("assigned")
    page = open_page(ticket.get_absolute_url(), user=agent, allowed=("status of 409",))
    lines = Line(page)
    drop(page)
    expect(lines.kept).to_have_count(1)
    page.locator("label[for=kind-note]").click()
    expect(lines.of("照片.png")).to_be_hidden()
    drop(page, "inside.png")
    expect(lines.kept).to_have_count(2)
    assert not axe(page, "#write")
    page.locator("label[for=kind-reply]").click()
    page.locator("#body").fill("请看照片")
    add_note(ticket, "x", actor=colleague)
    page.keyboard.press("Control+Enter")
    page.locator("#write .alert").first.wait_for()
    expect(lines.of("照片.png")).to_be_visible()
    page.locator("#body").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.is-reply").last.locator(".files")).to_contain_text("照片.png")
    # The note's is still there.
    expect(lines.all).to_have_count(1)
    assert DraftFile.objects.get().kind == "note"


def test_what_another_device_attached_is_there_when_one_comes_back(open_page, agent, ticket_in):
    ticket = ticket_in("assigned")
    office = open_page(ticket.get_absolute_url(), user=agent)
    drop(office, "desk.png")
    expect(Line(office).kept).to_have_count(1)
    phone = open_page(ticket.get_absolute_url(), user=agent, viewport="phone")
    drop(phone, "photo.png")
    expect(Line(phone).kept).to_have_count(2)
    Line(phone).of("desk.png").locator("[data-remove-file]").click()
    expect(Line(phone).kept).to_have_count(1)
    expect(Line(office).kept).to_have_text([re.compile("desk.png")])
    office.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(Line(office).kept).to_have_text([re.compile("photo.png")])
    office.locator("#body").fill("请看照片")
    office.keyboard.press("Control+Enter")
    expect(office.locator(".message.is-reply").last.locator(".files")).to_contain_text("photo.png")


def test_without_javascript_kept_files_are_shown_and_go_along(open_page, agent, ticket_in):
    ticket = ticket_in("assigned")
    page = open_page(ticket.get_absolute_url(), user=agent)
    for name in ("one.png", "two.png"):
        drop(page, name)
        expect(Line(page).of(name).locator("[data-remove-file]")).to_be_visible()
    plain = open_page(ticket.get_absolute_url(), user=agent, javascript=False)
    Line(plain).of("two.png").locator("[name=left_out]").check()
    plain.locator("#write [data-files]").set_input_files(
        [{"name": "three.txt", "mimeType": "text/plain", "buffer": b"x"}]
    )
    plain.locator("#body").fill("请看附件")
    plain.locator("#write [data-send]").click()
    files = plain.locator(".message.is-reply .files li")
    expect(files).to_have_count(2)
    assert {file.name for file in Ticket.objects.get().attachments.all()} == {"one.png", "three.txt"}
    assert not DraftFile.objects.exists()
