"""The portal in a browser: without JavaScript too, with files, suggestions, and input that is too much."""

import pytest
from playwright.sync_api import expect

from catalog.seeding import seed_catalog
from common.links import link_path
from knowledgebase.models import Article, ArticleVote, Section
from knowledgebase.services import save_text
from surveys.models import Response, SurveyRule
from surveys.seeding import seed_surveys
from surveys.services import ask_resolved
from tickets.models import Attachment, Ticket

TEXT = "昨天晚上充电以后，机器完全没有反应，按电源键也不亮。"
MEGABYTE = 1024 * 1024


@pytest.fixture
def ask_page(open_page, db):
    """Opens the question form of a category, filled in but for files."""
    seed_catalog()

    def open_one(**manner):
        page = open_page("/ask/", viewport="phone", **{"language": "zh-hans", **manner})
        page.locator("a.category-card[href$='category=product-fault']").click()
        page.locator("#id_subject").fill("机器开不了机")
        page.locator("#id_text").fill(TEXT)
        page.locator("#id_name").fill("陈晓")
        page.locator("#id_email").fill("chenxiao@example.com")
        return page

    return open_one


@pytest.fixture
def article(db):
    made = Article.objects.create(
        slug="power", section=Section.objects.create(slug="start", name="First steps")
    )
    save_text(
        made, "zh-hans", "机器开不了机怎么办", "请先充电两小时，再长按电源键。", actor=None, publish=True
    )
    return made


def send(page):
    page.locator("#ask-form .ask-send").click()


def link_of(ticket):
    return link_path("ticket", ticket.link_nonce)


def big_file(folder, megabytes):
    path = folder / "现场视频.mp4"
    path.write_bytes(b"\0" * megabytes * MEGABYTE)
    return path


def test_one_asks_without_javascript(ask_page):
    page = ask_page(javascript=False)
    page.locator("#id_attachments").set_input_files(
        {"name": "指示灯.txt", "mimeType": "text/plain", "buffer": "红灯闪三下".encode()}
    )
    send(page)
    expect(page.locator("section.thanks .number")).to_have_text(Ticket.objects.get().number)
    expect(page.locator(".said-customer")).to_contain_text(TEXT)
    expect(page.locator(".said-files")).to_contain_text("指示灯.txt")


def test_one_writes_on_and_confirms_without_javascript(open_page, ticket_in):
    ticket = ticket_in("waiting")
    page = open_page(link_of(ticket), javascript=False)
    page.locator("#reply textarea").fill("订单号是 CN-2026-1001。")
    page.locator("#reply .ask-send").click()
    expect(page.locator(".said-customer").last).to_contain_text("CN-2026-1001")
    assert Ticket.objects.get(pk=ticket.pk).status == "assigned"
    page.locator("form[action$='/confirm/'] button").click()
    expect(page.locator("[data-notice=success]")).to_be_visible()
    assert Ticket.objects.get(pk=ticket.pk).status == "resolved"


def test_one_reopens_without_javascript(open_page, ticket_in):
    ticket = ticket_in("resolved")
    page = open_page(link_of(ticket), javascript=False)
    page.locator(".solved-not summary").click()
    page.locator("#reopen textarea").fill("还是打不开。")
    page.locator("#reopen button").click()
    expect(page.locator(".said-customer").last).to_contain_text("还是打不开。")
    assert Ticket.objects.get(pk=ticket.pk).status == "assigned"


def test_one_votes_without_javascript(open_page, article):
    page = open_page(article.get_absolute_url(), language="zh-hans", javascript=False)
    page.locator("#vote button[value=yes]").click()
    expect(page.locator("#vote button[value=yes]")).to_have_attribute("aria-pressed", "true")
    page.locator("#vote button[value=no]").click()
    expect(page.locator("#vote button[value=no]")).to_have_attribute("aria-pressed", "true")
    assert not ArticleVote.objects.get().is_helpful


def test_one_answers_a_survey_without_javascript(open_page, ticket_in):
    seed_surveys()
    SurveyRule.objects.update(delay_minutes=0)
    ticket = ticket_in("resolved")
    ask_resolved()
    link = link_path("survey", ticket.invitations.get().link_nonce)
    page = open_page(link, javascript=False, viewport="phone", allowed=("status of 422",))
    assert not Response.objects.exists()
    page.locator(".survey-send").click()
    expect(page.locator(".form-errors")).to_be_visible()
    page.locator(".survey-score_5 .survey-value-4").click()
    page.locator(".survey-send").click()
    expect(page.locator(".survey-end")).to_be_visible()
    assert Response.objects.get().score == 4


def test_files_are_sent_with_their_progress(ask_page, tmp_path):
    page = ask_page()
    page.locator("#id_attachments").set_input_files(big_file(tmp_path, 12))
    page.evaluate("""() => {
        const bar = document.querySelector("#ask-form [data-progress-bar]");
        window.progress = [];
        const note = () => window.progress.push([bar.hidden, bar.value]);
        new MutationObserver(note).observe(bar, { attributes: true });
    }""")
    send(page)
    expect(page.locator(".said-files")).to_contain_text("现场视频.mp4")
    progress = page.evaluate("window.progress")
    assert [progress[0][1], progress[-1][1]] == [0, 100], progress
    assert not any(is_hidden for is_hidden, _value in progress)
    assert Attachment.objects.get().size == 12 * MEGABYTE
    assert page.url.endswith(link_of(Ticket.objects.get()))


def test_articles_that_may_help_appear_while_one_types(ask_page, article):
    page = ask_page()
    expect(page.locator("#suggestions")).to_contain_text("机器开不了机怎么办")
    page.locator("#id_subject").fill("qqqq")
    page.locator("#id_text").fill("wwww")
    expect(page.locator("#suggestions a")).to_have_count(0)


def test_articles_may_help_with_what_was_written_before_the_page_was_ready(ask_page, article):
    page = ask_page()
    page.reload()  # the draft comes back, and nothing is typed
    expect(page.locator("#id_subject")).to_have_value("机器开不了机")
    expect(page.locator("#suggestions")).to_contain_text("机器开不了机怎么办")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_double_click_makes_one_ticket(ask_page, javascript):
    page = ask_page(javascript=javascript)
    page.locator("#ask-form .ask-send").dblclick()
    expect(page.locator(".said-customer")).to_contain_text(TEXT)
    assert Ticket.objects.count() == 1


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(ask_page, tmp_path):
    page = ask_page()
    page.locator("#id_attachments").set_input_files(big_file(tmp_path, 30))
    expect(page.locator("[data-file-hint]")).to_contain_text("现场视频.mp4")
    expect(page.locator("[data-file-hint]")).to_contain_text("20.0")
    expect(page.locator("#id_attachments")).to_have_value("")
    expect(page.locator("#id_text")).to_have_value(TEXT)
    send(page)
    expect(page.locator("section.thanks")).to_be_visible()


def test_a_file_that_is_too_large_is_refused_without_javascript(ask_page, tmp_path):
    page = ask_page(javascript=False)
    page.locator("#id_attachments").set_input_files(big_file(tmp_path, 30))
    send(page)
    expect(page.locator(".form-errors")).to_contain_text("现场视频.mp4")
    expect(page.locator("#id_text")).to_have_value(TEXT)
    expect(page.locator("#id_subject")).to_have_value("机器开不了机")
    assert not Ticket.objects.exists()


def test_a_text_that_is_too_long_stays_in_the_form(ask_page):
    page, text = ask_page(), TEXT * 3000
    assert len(text.encode()) > 200 * 1024
    page.locator("#id_text").fill(text)
    send(page)
    expect(page.locator(".form-errors")).to_contain_text("50,000")
    assert page.locator("#id_text").input_value() == text
    page.locator("#id_text").fill(TEXT)
    send(page)
    expect(page.locator("section.thanks")).to_be_visible()
    assert Ticket.objects.count() == 1


def test_what_was_written_survives_a_reload(ask_page):
    page = ask_page()
    page.reload()
    expect(page.locator("#id_text")).to_have_value(TEXT)
    send(page)
    expect(page.locator("section.thanks")).to_be_visible()
    page.goto("/ask/?category=product-fault")
    expect(page.locator("#id_text")).to_have_value("")
