"""The whole way once, with web, worker, mail server and PostgreSQL as processes: from a question to a score."""

import re

from playwright.sync_api import Page, expect

from tests.browser.stories import EN, PASSWORD, ZH_HANS, ZH_HANT, Story, prepare
from tests.browser.system import System, mail_text


class Way:
    """The product, one story in it, and the pages its people have open."""

    def __init__(self, system: System, story: Story, open_page_at) -> None:
        self.system, self.story, self.open_page_at = system, story, open_page_at

    def visit(self, path: str, viewport: str = "desktop") -> Page:
        return self.open_page_at(self.system.url, path, language=self.story.language, viewport=viewport)

    def sign_in(self, role: str, path: str) -> Page:
        """Open the desk, or from the front page the staff's home; the sign-in page in his language lies between."""
        page = self.visit(path)
        if path == "/":
            page.locator("footer a").click()
        page.wait_for_url("**/account/login/**")
        page.locator("#id_login").fill(self.story.address(role))
        page.locator("#id_password").fill(PASSWORD)
        page.locator("form.sign-in button").click()
        page.wait_for_url(f"**{path}")
        assert page.locator("html").get_attribute("lang") == self.story.language
        return page

    def mail(self, role: str, containing: str) -> str:
        return mail_text(self.system.wait_for_mail(self.story.address(role), containing))

    def link(self, mail: str, kind: str) -> str:
        """The path of the customer's link in a mail: "t" to his ticket, "s" to the survey."""
        found = re.search(re.escape(self.system.url) + rf"(/{kind}/[\w-]+/)", mail)
        assert found, mail
        return found[1]


def ask(way: Way) -> tuple[Page, str]:
    """The customer asks on his phone; return his ticket's page and its number."""
    story, page = way.story, way.visit("/", "phone")
    assert page.locator("html").get_attribute("lang") == story.language
    page.locator(f"a.front-card[href$='category={story.chosen}']").click()
    page.locator("#id_subject").fill(story.subject)
    page.locator("#id_text").fill(story.text)
    page.locator("#id_name").fill(story.customer)
    page.locator("#id_email").fill(story.address("customer"))
    page.locator("#ask-form .ask-send").click()
    expect(page.locator("section.thanks")).to_contain_text(story.ticket)
    # A rule has classified it and somebody present has it: the third stage of the line.
    expect(page.locator(".stage[aria-current=step]")).to_have_class(re.compile("status-assigned"))
    return page, page.locator("section.thanks .number").inner_text()


# A day, a time of day, and the customer's time zone as people name it.
ANSWER_BY = {
    "zh-hans": r"\d{4}年\d{1,2}月\d{1,2}日 \d\d:\d\d（北京时间）",
    "zh-hant": r"\d{4}年\d{1,2}月\d{1,2}日 \d\d:\d\d（(北京|台北)時間）",
    "en": r"\d{1,2} [A-Z][a-z]{2} \d{4}, \d\d:\d\d \([A-Z][a-z]+ time\)",
}


def acknowledged(way: Way, number: str) -> str:
    """The acknowledgement has number, link and the moment of the answer in his own time; return the link."""
    mail = way.mail("customer", number)
    assert way.story.subject in mail
    assert way.story.ticket in mail
    assert re.search(ANSWER_BY[way.story.language], mail), mail
    return way.link(mail, "t")


def open_first_of_queue(page: Page, number: str) -> None:
    """The agent goes to the ticket by keyboard alone."""
    expect(page.locator(".row-line")).to_contain_text(number)
    page.wait_for_load_state("load")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/desk/tickets/*/")


def resolve(way: Way, page: Page) -> None:
    page.wait_for_load_state("load")
    page.keyboard.press("r")
    expect(page.locator("#body")).to_be_focused()
    page.keyboard.insert_text(way.story.solution)
    page.locator("#write button[value=resolve]").click()
    expect(page.locator(".ticket-about .status-resolved")).to_be_visible()


def answer_survey(way: Way, score: int) -> Page:
    way.system.hasten("ask about resolved tickets")
    page = way.visit(way.link(way.mail("customer", "/s/"), "s"), "phone")
    page.locator(f".survey-score_5 .survey-value-{score}").click()
    if way.story.comment:
        page.locator("textarea").fill(way.story.comment)
    page.locator(".survey-send").click()
    page.locator(".survey-end").wait_for()
    return page


def overview_row(way: Way) -> list[str]:
    """The manager signs in and reads his team's row."""
    page = way.sign_in("manager", "/")
    page.locator(".side-nav a[href='/overview/']").click()
    row = page.locator("tr", has=page.get_by_role("link", name=way.story.team, exact=True))
    row.wait_for()
    return [" ".join(cell.split()) for cell in row.locator("td").all_inner_texts()]


def from_a_question_to_the_score_that_a_manager_reads(way: Way) -> None:
    story = way.story
    customer, number = ask(way)
    link = acknowledged(way, number)

    desk = way.sign_in("agent", "/desk/")
    open_first_of_queue(desk, number)
    expect(desk.locator(".message.is-customer")).to_contain_text(story.text)
    expect(desk.locator(".clock")).to_have_count(2)
    desk.keyboard.press("r")
    desk.keyboard.insert_text(story.question)
    desk.keyboard.press("Control+Enter")
    expect(desk.locator(".message.is-reply")).to_contain_text(story.question)

    assert way.link(way.mail("customer", story.question), "t") == link
    customer.goto(link)
    expect(customer.locator(".said-agent")).to_contain_text(story.question)
    customer.locator("#reply textarea").fill(story.more)
    customer.locator("#reply .ask-send").click()
    customer.wait_for_url("**#conversation")
    expect(customer.locator("p.alert-success")).to_be_visible()

    # What the timer of the page does every 20 seconds.
    desk.evaluate("htmx.trigger('#news', 'refresh')")
    desk.locator("#news p a").click()
    expect(desk.locator(".message.is-customer").last).to_contain_text(story.more)
    resolve(way, desk)

    customer.goto(way.link(way.mail("customer", story.solution), "t"))
    customer.locator("form[action$='/confirm/'] button").click()
    expect(customer.locator("[data-notice=success]")).to_be_visible()
    expect(customer.locator("form[action$='/confirm/']")).to_have_count(0)

    answer_survey(way, 5)
    # First response on time, resolution on time, resolved, CSAT with its interval and the number of answers.
    cells = overview_row(way)
    assert [cell.split()[0] for cell in cells[2:6]] == ["100%"] * 4, cells
    assert cells[5].endswith("(1)"), cells


def a_low_score_comes_back_as_work(way: Way) -> None:
    story = way.story
    _page, number = ask(way)
    acknowledged(way, number)
    desk = way.sign_in("agent", "/desk/")
    open_first_of_queue(desk, number)
    resolve(way, desk)

    customer = answer_survey(way, 1)
    told = way.mail("lead", number)
    assert story.comment in told
    assert f"{way.system.url}/desk/tickets/" in told

    customer.locator(".survey-end a.btn-primary").click()
    customer.locator("#reopen textarea").fill(story.more)
    customer.locator("#reopen button").click()
    expect(customer.locator(".stage[aria-current=step]")).to_have_class(re.compile("status-assigned"))

    desk.keyboard.press("u")
    expect(desk.locator(".row-line")).to_contain_text(number)
    cells = overview_row(way)
    assert cells[5].startswith("0%"), cells
    assert cells[5].endswith("(1)"), cells


def test_the_whole_way_in_three_languages(system, open_page_at):
    """One test, since starting the product costs more than a way through it."""
    prepare(system, ZH_HANS, EN, ZH_HANT)
    for story in (ZH_HANS, EN):
        from_a_question_to_the_score_that_a_manager_reads(Way(system, story, open_page_at))
    a_low_score_comes_back_as_work(Way(system, ZH_HANT, open_page_at))
