"""The pages on which managers shape promises and duty, by keyboard alone; the focus is seen at every stop."""

from datetime import date, time

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from catalog.seeding import seed_catalog
from sla.models import BusinessCalendar, SlaPolicy, SpecialDay
from sla.seeding import seed_sla
from staff.models import Rota, ShiftPattern
from tests.browser.keyboard import Keyboard
from tickets.models import RoutingRule

STAGE = "#id_escalation_stages-{}-{}"
ADD_STAGE = "#escalation_stages-group .add-row a"


@pytest.fixture
def policies(transactional_db):
    """The policies of a new installation, which another test on the same database may have taken away."""
    seed_catalog()
    seed_sla()


@pytest.fixture
def calendar(transactional_db):
    """A calendar with an ordinary week."""
    made = BusinessCalendar.objects.create(name="The office", time_zone="Asia/Shanghai")
    for weekday in range(5):
        made.hours.create(weekday=weekday, opens=time(9), closes=time(18))
    return made


def test_a_policy_with_two_stages_is_written_tried_and_saved(
    policies, open_page, manager, calendar, ticket_in
):
    ticket_in("resolved")
    page = open_page(reverse("admin:sla_slapolicy_add"), user=manager)
    keys = Keyboard(page)
    # A new row's page begins in its first field.
    keys.expect_focus("#id_name")
    keys.type("Gold service")
    keys.write("#id_position", "5")
    keys.go_to("[name=priorities][value=urgent]")
    keys.press("Space")
    keys.choose("#id_calendar", "The office")
    keys.write("#id_first_response_minutes", "1")
    keys.choose("#id_first_response_counts", "clock time")
    keys.write("#id_resolution_minutes", "480")

    keys.go_to(ADD_STAGE)
    keys.press("Enter")
    keys.expect_focus(STAGE.format(0, "amount"))
    keys.type("25")
    keys.go_to(STAGE.format(0, "tells_assignee"))
    keys.press("Space")
    keys.go_to(ADD_STAGE)
    keys.press("Enter")
    keys.expect_focus(STAGE.format(1, "amount"))
    keys.type("30")
    keys.choose(STAGE.format(1, "unit"), "minutes")
    keys.choose(STAGE.format(1, "side"), "after it is due")
    keys.go_to(STAGE.format(1, "tells_leads"))
    keys.press("Space")

    # Everything below the button is read by Tab too, also tables wider than the screen.
    keys.go_to("[hx-target='#tries']")
    keys.press("Enter")
    expect(page.locator("#what-if-title")).to_contain_text("last 30 days")
    # It comes in pieces, and a piece that comes late would take the focus with it.
    expect(page.locator("#what-if .wide").first).to_be_visible()
    keys.go_to("#what-if .wide")
    keys.go_back_to("[name=_save]")
    keys.press("Enter")
    expect(page.locator(".messagelist .success")).to_contain_text("Gold service")
    policy = SlaPolicy.objects.get(name="Gold service")
    assert (policy.first_response_minutes, policy.first_response_counts) == (1, "clock")
    assert policy.priorities == ["urgent"]
    stages = policy.escalation_stages.order_by("id").values_list("at_percent", "at_minutes", "tells_assignee")
    assert list(stages) == [(-25, None, True), (None, 30, False)]


def test_a_row_taken_away_leaves_the_focus_at_the_place_to_add(open_page, manager, calendar):
    page = open_page(reverse("admin:sla_slapolicy_add"), user=manager)
    keys = Keyboard(page)
    page.locator(ADD_STAGE).focus()
    keys.press("Enter")
    keys.go_back_to("#escalation_stages-0 .inline-deletelink")
    keys.press("Enter")
    keys.expect_focus(ADD_STAGE)


def test_a_holiday_and_a_make_up_day_are_marked_in_the_year(open_page, manager, calendar):
    page = open_page(reverse("admin:sla_businesscalendar_year", args=[calendar.pk, 2031]), user=manager)
    keys = Keyboard(page)
    keys.skip_to_content()
    keys.go_to("a.day")
    # From the first of January to Wednesday, 1 October.
    keys.press(*["PageDown"] * 9)
    keys.expect_focus("a.day[href$='2031-10-01']")
    keys.enter()
    keys.skip_to_content()
    keys.go_to("[name=kind]")
    keys.write("#id_name", "National Day")
    keys.write("#id_change_reason", "Published by the State Council")
    keys.enter()
    expect(page.locator(".messagelist .success")).to_be_visible()
    # The browser keeps the place that was skipped to; the days go on where one was.
    keys.go_to("a.day")
    keys.expect_focus("a.day[href$='2031-10-01']")
    # On to Saturday, 11 October; Tab leaves the days for the list below them.
    keys.press("ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight")
    keys.enter()
    keys.skip_to_content()
    keys.write("#id_change_reason", "Made up for National Day")
    keys.press("Enter")
    expect(page.locator(".day-make_up[href$='2031-10-11']")).to_be_visible()
    assert list(SpecialDay.objects.order_by("on").values_list("on", "kind", "name")) == [
        (date(2031, 10, 1), "off", "National Day"),
        (date(2031, 10, 11), "working", ""),
    ]


def test_a_shift_is_planned_in_the_week_and_typed_into_the_rota(open_page, manager, team, agent):
    early = ShiftPattern.objects.create(code="E", name="Early", begins=time(8), ends=time(16))
    rota = Rota.objects.create(team=team, begins_on=date(2026, 1, 5))
    rota.slots.create(weekday=0, pattern=early, user=agent)
    year, week, _weekday = timezone.localdate().isocalendar()
    page = open_page(reverse("tickets:duty-week", args=[team.pk, year, week]), user=manager)
    keys = Keyboard(page)
    keys.skip_to_content()
    keys.go_to("a.duty-plan[aria-label='Plan Li Wei on Thursday']")
    keys.enter()
    keys.skip_to_content()
    keys.choose("select[name$=pattern]", "Early 08:00–16:00")
    keys.go_to("form:has([value=add]) button.btn-primary")
    keys.press("Enter")
    expect(page.locator(".duty-table tbody tr")).to_contain_text("changed")

    page.goto(reverse("admin:staff_rota_change", args=[rota.pk]))
    keys.skip_to_content()
    keys.go_to(".rota-cell")
    for _day in range(4):
        keys.go_to(".rota-cell")
    keys.type("E")
    keys.go_to("[name=_save]")
    keys.press("Enter")
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert sorted(rota.slots.values_list("weekday", flat=True)) == [0, 4]


def test_a_routing_rule_is_added_put_first_and_tried(open_page, manager, team, category, ticket):
    RoutingRule.objects.create(name="All by phone", position=10, channel="phone", team=team)
    page = open_page(reverse("admin:tickets_routingrule_add"), user=manager)
    keys = Keyboard(page)
    keys.expect_focus("#id_name")
    keys.type("Broken screens")
    keys.write("#id_position", "20")
    keys.write("#id_words", "屏幕")
    keys.choose("#id_team", team.name)
    keys.go_to("[hx-target='#tries']")
    keys.press("Enter")
    expect(page.locator("#tries")).to_contain_text("this rule would decide 1 of them")
    keys.go_to("#tries .wide")
    keys.go_back_to("[name=_save]")
    keys.enter()
    # Into the list: the second rule gets the lower number.
    keys.skip_to_content()
    keys.go_to("#id_form-1-position")
    keys.type("5")
    keys.enter()
    expect(page.locator(".messagelist .success")).to_be_visible()
    expect(page.locator("#result_list tbody tr").first).to_contain_text("Broken screens")
    assert list(RoutingRule.objects.values_list("name", flat=True)) == ["Broken screens", "All by phone"]
