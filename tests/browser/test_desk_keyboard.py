"""The desk by keyboard, with drafts, conflicts and the live refresh."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from tickets.choices import MessageKind
from tickets.models import ReplyTemplate, Ticket
from tickets.services import add_reply, create_ticket, take_step

REPLY = "您好，已为您登记换屏，明天上门取件。"


@pytest.fixture
def three(ticket_in):
    """Three tickets of the agent, in the order of his queue."""
    return sorted((ticket_in("assigned") for _ in range(3)), key=lambda ticket: (ticket.due_at, ticket.pk))


def the_row(page, ticket):
    return page.locator(f"#t{ticket.pk}")


def open_ticket(open_page, ticket, user, **manner):
    return open_page(ticket.get_absolute_url(), user=user, **manner)


def test_one_moves_through_the_queue_and_the_tickets(open_page, agent, three):
    page = open_page("/desk/", user=agent)
    page.keyboard.press("j")
    expect(the_row(page, three[0])).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(the_row(page, three[2])).to_be_focused()
    page.keyboard.press("k")
    expect(the_row(page, three[1])).to_be_focused()
    page.keyboard.press("o")
    page.wait_for_url(f"**{three[1].get_absolute_url()}")
    page.keyboard.press("j")
    page.wait_for_url(f"**{three[2].get_absolute_url()}")
    page.keyboard.press("k")
    page.wait_for_url(f"**{three[1].get_absolute_url()}")
    page.keyboard.press("u")
    page.wait_for_url("**/desk/")
    # Back in the queue the first press goes to where one was.
    page.keyboard.press("j")
    expect(the_row(page, three[1])).to_be_focused()
    page.keyboard.press("j")
    expect(the_row(page, three[2])).to_be_focused()


def test_the_keys_are_told(open_page, agent, three):
    page = open_page("/desk/", user=agent)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator(".tickets a:focus")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_one_searches_as_one_types_and_finds_it_again(open_page, agent, three):
    page = open_page("/desk/", user=agent)
    page.keyboard.press("/")
    search, offers = page.locator("[data-search]"), page.locator("#search-offers")
    expect(search).to_be_focused()
    page.keyboard.type("assig")
    page.locator("#search-offers [role=option]", has_text="assignee:").wait_for()
    for key in ("ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(search).to_have_value("assignee:")
    page.keyboard.type("me 屏幕")
    expect(offers.locator("a[role=option]")).to_have_count(3)
    # Up from the field is the last offer, and the screen reader hears which.
    page.keyboard.press("ArrowUp")
    last = offers.locator("[role=option]").last
    expect(last).to_have_attribute("aria-selected", "true")
    expect(search).to_have_attribute("aria-activedescendant", last.get_attribute("id"))
    href = last.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{href}")
    page.keyboard.press("/")
    expect(offers).to_contain_text("assignee:me 屏幕")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#rows .row-line")).to_have_count(3)
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    expect(offers).to_be_hidden()


def test_the_palette_reaches_steps_templates_and_pages(open_page, agent, three, category):
    template = ReplyTemplate.objects.create(name="Greeting", name_zh_hans="问候语", category=category)
    template.texts.create(language="zh-hans", body="{customer}，您好！")
    page = open_ticket(open_page, three[0], agent)
    offers = page.locator("#command-offers")
    page.keyboard.press("Control+k")
    # Typed ahead of the answers.
    page.keyboard.type("hand")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog[open] h2")).to_contain_text("Hand back")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("reopen")
    refused = offers.locator("[role=option]", has_text="Reopen")
    expect(refused).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).to_be_visible()
    page.locator("#command").fill("问候")
    page.keyboard.press("Enter")
    expect(page.locator("#body")).to_have_value("陈晓，您好！")
    page.locator("#body").press("Control+k")
    page.keyboard.type(three[2].number)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{three[2].get_absolute_url()}")


def test_a_dialog_that_comes_late_does_not_lie_over_the_palette(open_page, agent, three):
    page = open_ticket(open_page, three[0], agent)
    held = []
    page.route("**/step/hand_back/", lambda route: held.append(route))
    page.locator(".steps a[href$='/step/hand_back/']").click()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    with page.expect_response("**/step/hand_back/"):
        held[0].continue_()
    expect(page.locator("#dialog h2")).to_contain_text("Hand back")
    page.wait_for_function("() => !document.querySelector('.htmx-settling, .htmx-added')")
    page.keyboard.type("hand")
    expect(page.locator("#command")).to_have_value("hand")
    expect(page.locator("#dialog")).to_be_hidden()


@pytest.mark.parametrize(("key", "kind"), [("r", MessageKind.REPLY), ("n", MessageKind.NOTE)])
def test_one_writes_and_sends_without_the_mouse(open_page, agent, ticket_in, key, kind):
    ticket = ticket_in("assigned")
    page = open_ticket(open_page, ticket, agent)
    page.keyboard.press(key)
    expect(page.locator("#body")).to_be_focused()
    # The letters of the keys are letters while one writes.
    page.keyboard.type("j k o r n a u ? / ")
    page.keyboard.insert_text(REPLY)
    page.keyboard.press("Control+Enter")
    expect(page.locator(f".message.is-{kind}")).to_contain_text(REPLY)
    assert ticket.messages.get(kind=kind, author=agent).body == f"j k o r n a u ? / {REPLY}"
    expect(page.locator("#body")).to_have_value("")


def test_one_takes_a_ticket(open_page, agent, ticket_in):
    ticket = ticket_in("classified")
    page = open_ticket(open_page, ticket, agent)
    page.keyboard.press("a")
    expect(page.locator(".ticket-about .status-assigned")).to_be_visible()
    assert Ticket.objects.get(pk=ticket.pk).assignee == agent


def test_one_takes_a_ticket_out_of_the_queue_and_goes_on_with_the_next(
    open_page, agent, colleague, ticket_in
):
    free = sorted((ticket_in("classified") for _ in range(3)), key=lambda ticket: (ticket.due_at, ticket.pk))
    page = open_page("/desk/queue/unassigned/", user=agent)
    page.keyboard.press("j")
    expect(the_row(page, free[0])).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator(".row-line")).to_have_count(2)
    expect(page.locator("[data-notice=success]")).to_contain_text(free[0].number)
    expect(the_row(page, free[1])).to_be_focused()
    assert Ticket.objects.get(pk=free[0].pk).assignee == agent
    # Somebody else was quicker: it stays his.
    take_step(free[1], "assign", actor=colleague, assignee=colleague)
    page.keyboard.press("a")
    expect(page.locator("[data-notice=warning]")).to_contain_text(free[1].number)
    expect(the_row(page, free[2])).to_be_focused()
    assert Ticket.objects.get(pk=free[1].pk).assignee == colleague


def test_in_a_list_that_keeps_the_ticket_the_focus_stays_on_it(open_page, agent, ticket_in):
    tickets = [ticket_in("classified") for _ in range(2)]
    page = open_page("/desk/queue/all/", user=agent)
    row = the_row(page, tickets[0])
    row.focus()
    page.keyboard.press("a")
    expect(page.locator(f"[data-ticket='{tickets[0].pk}'] .status-assigned")).to_be_visible()
    expect(row).to_be_focused()
    # What changes nothing leaves the list as it is, and the key goes on working.
    for count in (1, 2):
        with page.expect_response(lambda response: "mark=" in response.url):
            page.keyboard.press("a")
        expect(page.locator("[data-notice=info]")).to_have_count(count)
        expect(row).to_be_focused()


def test_a_draft_outlives_the_page(open_page, agent, ticket_in):
    ticket = ticket_in("assigned")
    page = open_ticket(open_page, ticket, agent)
    page.locator("#body").fill(REPLY)
    page.locator("label[for=kind-note]").click()
    page.locator("#body").fill("先问仓库。")
    page.reload()
    expect(page.locator("#body")).to_have_value(REPLY)
    expect(page.locator("[data-draft-line]")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("#body")).to_have_value("先问仓库。")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.is-note")).to_contain_text("先问仓库。")
    # Only what was sent is forgotten.
    page.reload()
    expect(page.locator("#body")).to_have_value(REPLY)
    page.keyboard.press("n")
    expect(page.locator("#body")).to_have_value("")


def test_of_two_who_answer_the_later_one_is_shown_both_versions(open_page, agent, colleague, ticket_in):
    ticket = ticket_in("assigned")
    late = open_ticket(open_page, ticket, agent, allowed=("status of 409",))
    quick = open_ticket(open_page, ticket, colleague)
    late.locator("#body").fill(REPLY)
    quick.locator("#body").fill("已经寄出新屏幕。")
    quick.locator("#write button[value=resolve]").click()
    expect(quick.locator(".ticket-about .status-resolved")).to_be_visible()

    late.keyboard.press("Control+Enter")
    expect(late.locator("#write .stale")).to_contain_text(colleague.display_name)
    expect(late.locator("#write .stale .now .status-resolved")).to_be_visible()
    expect(late.locator("#body")).to_have_value(REPLY)
    expect(late.locator(".message.is-reply")).to_have_count(1)
    assert not ticket.messages.filter(author=agent, kind=MessageKind.REPLY).exists()

    # The conflict is a new page, and keys need its scripts.
    late.wait_for_load_state()
    late.locator("#body").press("Control+Enter")
    expect(late.locator(".message.is-reply")).to_have_count(2)
    expect(late.locator("#body")).to_have_value("")


def test_a_new_ticket_appears_by_itself(open_page, agent, customer, ticket_in):
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        ticket_in("classified")
    page = open_page("/desk/queue/unassigned/", user=agent)
    expect(page.locator(".row-line")).to_have_count(1)
    page.evaluate("window.isStillHere = true")
    page.wait_for_load_state("networkidle")
    # What the page does every 20 seconds, and when one comes back to it; the first time nothing is new.
    with page.expect_response("**/pulse/") as answer:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert answer.value.status == 204
    create_ticket(customer=customer, subject="新的工单", body="刚刚收到的耳机没有声音。")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".row-line")).to_have_count(2)
    expect(page.locator("#rows")).to_contain_text("新的工单")
    expect(page.locator("#queues [aria-current=page] .count")).to_have_text("2")
    assert page.evaluate("window.isStillHere")


def test_what_others_do_is_told_while_one_writes(open_page, agent, colleague, ticket_in):
    ticket = ticket_in("assigned")
    page = open_ticket(open_page, ticket, agent)
    page.locator("#body").fill(REPLY)
    add_reply(ticket, "我先回一下。", actor=colleague)
    page.evaluate("htmx.trigger('#news', 'refresh')")
    expect(page.locator("#news")).to_contain_text(colleague.display_name)
    page.locator("#news p a").click()
    expect(page.locator(".message.is-reply")).to_contain_text("我先回一下。")
    expect(page.locator("#body")).to_have_value(REPLY)
