"""Lists of the admin on a phone and on a desktop: within the screen, readable, and with marks that have names."""

import pytest

from sla.models import BusinessCalendar, SlaPolicy
from tickets.models import ClassifyingRule

LISTS = (
    "/admin/sla/slapolicy/",
    "/admin/tickets/classifyingrule/",
    "/admin/catalog/category/",
    "/admin/staff/user/",
)
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Texts of more than two characters whose box is hardly wider than one of them.
BROKEN = """() => [...document.querySelectorAll("#result_list tbody th, #result_list tbody td")].filter((cell) => {
    const text = cell.innerText.trim();
    return text.length > 2 && cell.clientWidth < 48;
}).map((cell) => cell.innerText)"""


@pytest.mark.parametrize("viewport", ["phone", "desktop"])
def test_lists_stay_within_the_screen_and_columns_within_reason(open_page, manager, category, viewport):
    manager.language = "zh-hans"
    manager.save()
    policy = {"first_response_minutes": 60, "next_response_minutes": 120, "resolution_minutes": 480}
    calendar = BusinessCalendar.objects.create(name="The office")
    SlaPolicy.objects.create(name="Tried", name_zh_hans="紧急工单", calendar=calendar, **policy)
    ClassifyingRule.objects.create(name="到货即损", words="碎了 裂了 破了", category=category)
    page = open_page(user=manager, language="zh-hans", viewport=viewport)
    for address in LISTS:
        page.goto(address)
        page.locator("#result_list").wait_for()
        assert (address, page.evaluate(TOO_WIDE)) == (address, 0)
        assert (address, page.evaluate(BROKEN)) == (address, [])


def test_the_filter_beside_the_page_has_room_around_it(open_page, manager):
    page = open_page(LISTS[0], user=manager)
    box, bar = page.locator("#nav-filter").bounding_box(), page.locator("#nav-sidebar").bounding_box()
    assert box["x"] - bar["x"] >= 8
    assert bar["x"] + bar["width"] - box["x"] - box["width"] >= 8


@pytest.mark.parametrize(("language", "names"), [("en", {"Yes", "No"}), ("zh-hans", {"是", "否"})])
def test_the_marks_of_yes_and_no_have_names_in_the_readers_language(
    open_page, manager, agent, language, names
):
    manager.language = language
    manager.save()
    agent.is_active = False
    agent.save()
    page = open_page("/admin/staff/user/", user=manager, language=language)
    page.locator("#result_list img").first.wait_for()
    assert (
        set(page.locator("#result_list img").evaluate_all("marks => marks.map((mark) => mark.alt)")) == names
    )
