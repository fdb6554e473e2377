"""An agent's hour: tickets triaged, answered, merged, handed over, by keyboard alone; another by touch on a phone."""

from collections import Counter

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Category
from staff.models import User
from tests.browser.keyboard import Keyboard
from tickets.models import Macro, Route, Ticket
from tickets.services import create_ticket

pytestmark = pytest.mark.timeout(300)
# Whatever the hour does with each of the 25, and how often.
PLAN = ("macro",) * 15 + ("by hand",) * 4 + ("merged",) * 3 + ("handed over",) * 3


@pytest.fixture
def charging(team) -> Category:
    made = Category.objects.create(name="Charging", name_zh_hans="无法充电", code="charging")
    Route.objects.create(category=made, team=team)
    return made


@pytest.fixture
def macro(category) -> Macro:
    """Classifies, takes, answers and resolves."""
    made = Macro.objects.create(
        name="Screen repair", name_zh_hans="寄修屏幕", category=category, priority="normal", takes_ticket=True,
        step="resolve",
    )  # fmt: skip
    made.texts.create(language="zh-hans", body="{customer}，您好！工单 {number} 已安排寄修，运费由我们承担。")
    return made


@pytest.fixture
def waiting(customer) -> list[Ticket]:
    """What came over night; nobody has looked at any of it."""
    return [
        create_ticket(
            customer=customer, subject=f"屏幕碎了（{number}）", body="手机摔了，屏幕碎了，可以保修吗？"
        )
        for number, _what in enumerate(PLAN, start=1)
    ]


class Hour:
    """What the agent does on the page of a ticket, by keys."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys = page, Keyboard(page)
        self.dialog = page.locator("#dialog")

    def shows(self, part: str, words: str = "") -> None:
        """Wait until the page has a part, and until the keys work on it."""
        expect(self.page.locator(part).first).to_contain_text(words)
        self.page.wait_for_load_state()

    def command(self, words: str) -> None:
        """Have the palette do something."""
        self.keys.press("Control+k")
        self.page.keyboard.insert_text(words)
        expect(self.page.locator("#command-offers [role=option]").first).to_contain_text(words)
        self.keys.press("Enter")

    def use_macro(self) -> None:
        """Everything at once."""
        self.keys.press("m")
        expect(self.dialog.locator("[data-narrow]")).to_be_focused()
        self.page.keyboard.insert_text("寄修")
        self.keys.press("Enter")
        self.shows(".ticket-about .status-resolved")

    def classify(self, category: Category) -> None:
        """Say what it is about."""
        self.command("分类")
        self.keys.expect_focus("#dialog [name=category]")
        self.keys.pick(category.name_zh_hans)
        self.keys.press("Control+Enter")
        self.shows(".ticket-about .status-classified")

    def serve_by_hand(self) -> None:
        """Take it and answer."""
        self.keys.press("a")
        self.shows(".ticket-about .status-assigned")
        self.keys.press("r")
        self.page.keyboard.insert_text("您好，请换一根数据线再试一次。")
        self.keys.press("Control+Enter")
        self.shows(".message.is-reply", "数据线")

    def merge_into(self, other: Ticket) -> None:
        """The same customer wrote twice."""
        self.keys.press("M")
        self.keys.expect_focus("#dialog [name=number]")
        self.page.keyboard.insert_text(other.number)
        self.keys.press("Enter")
        expect(self.dialog.locator(".merge-preview")).to_contain_text(other.number)
        self.keys.press("Control+Enter")
        self.shows(".message.is-reply, .merged-from")

    def hand_over(self, colleague: str) -> None:
        """Somebody else knows more."""
        self.command("分配")
        self.keys.expect_focus("#dialog [name=to]")
        self.keys.pick(colleague)
        self.keys.press("Control+Enter")
        self.shows(".ticket-about .status-assigned")


def test_twenty_five_tickets_by_keyboard_alone(open_page, agent, colleague, macro, charging, waiting):
    User.objects.update(language="zh-hans")
    page = open_page("/desk/queue/unassigned/", user=agent, language="zh-hans")
    hour = Hour(page)
    expect(page.locator("#rows .row-line")).to_have_count(25)
    hour.keys.press("j")
    hour.keys.enter()
    page.wait_for_url(f"**{waiting[0].get_absolute_url()}")
    for number, what in enumerate(PLAN):
        if what == "macro":
            hour.use_macro()
        elif what == "by hand":
            hour.classify(charging)
            hour.serve_by_hand()
        elif what == "merged":
            hour.merge_into(waiting[0])
        else:
            hour.classify(charging)
            hour.hand_over(f"{colleague.display_name} · 离岗")
        if number == len(PLAN) - 1:
            break
        # Merging leads to the other ticket: one goes on with the first that is left.
        if what == "merged":
            hour.keys.press("u")
            page.wait_for_url("**/queue/unassigned/")
            hour.keys.press("j", "Enter")
        else:
            hour.keys.press("j")
        page.wait_for_url(f"**{waiting[number + 1].get_absolute_url()}")
    done = Counter((ticket.status, getattr(ticket.assignee, "email", "")) for ticket in Ticket.objects.all())
    assert done == {
        ("resolved", agent.email): 15,
        ("assigned", agent.email): 4,
        ("cancelled", ""): 3,
        ("assigned", colleague.email): 3,
    }


def test_an_hour_by_touch_on_a_phone(open_page, agent, macro, charging, waiting):
    User.objects.update(language="zh-hans")
    page = open_page("/desk/queue/unassigned/", user=agent, language="zh-hans", viewport="phone")

    def open_first() -> None:
        page.locator("#rows .what > a").first.tap()
        # A finger that is quicker than the scripts gets the step as a page of its own, which works too.
        expect(page.locator("#write")).to_be_visible()
        page.wait_for_load_state()

    for number in range(3):
        open_first()
        page.locator(".steps a[href$='/step/classify/']").tap()
        page.locator("#dialog [name=category]").select_option(label="无法充电")
        page.locator("#dialog .btn-primary").tap()
        page.locator("#assign-to-me").locator("button").tap()
        expect(page.locator(".ticket-about .status-assigned")).to_be_visible()
        page.wait_for_load_state()
        page.locator("#body").tap()
        page.keyboard.insert_text("您好，请换一根数据线再试一次。")
        # By then the window has come to rest: on a phone it moves once more after a field was touched.
        expect(page.locator("[data-draft-line]")).to_contain_text("草稿已保存")
        page.locator("#write [data-send]").tap()
        expect(page.locator(".message.is-reply")).to_contain_text("数据线")
        page.locator("[data-back]").tap()
        expect(page.locator("#rows .row-line")).to_have_count(24 - number)
    open_first()
    page.locator("[data-macros]").tap()
    page.locator("#dialog .offer", has_text="寄修屏幕").tap()
    expect(page.locator(".ticket-about .status-resolved")).to_be_visible()
    assert Counter(Ticket.objects.values_list("status", flat=True)) == {
        "received": 21, "assigned": 3, "resolved": 1,
    }  # fmt: skip
