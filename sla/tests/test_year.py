"""A calendar's year as twelve months: what each day is, and the form of one day."""

import re
from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from sla.business_time import WorkingHours
from sla.hours import hours_of
from sla.models import BusinessCalendar, SpecialDay
from sla.year import DayKind, counted, day_of, kind_of, months_of

pytestmark = pytest.mark.ground

DAY = (time(9), time(18))
WEEK = ((DAY,),) * 5 + ((), ())


@pytest.fixture
def calendar(db):
    return BusinessCalendar.objects.get(region="CN")


@pytest.fixture
def desk(client, manager):
    """A manager's browser."""
    client.force_login(manager)
    return client


def year_url(calendar, year=2026):
    return reverse("admin:sla_businesscalendar_year", args=[calendar.pk, year])


def day_url(calendar, on):
    return reverse("admin:sla_businesscalendar_day", args=[calendar.pk]) + f"?on={on}"


def typed(**changes):
    names = {"name": "", "name_zh_hans": "", "name_zh_hant": ""}
    return {"kind": "off", "hours": "", "change_reason": "Stock-taking", **names, **changes}


@pytest.mark.parametrize(
    ("on", "special", "kind"),
    [
        (date(2026, 3, 2), None, DayKind.WORKING),
        (date(2026, 3, 1), None, DayKind.USUAL_OFF),
        (date(2026, 3, 2), ("off", ()), DayKind.HOLIDAY),
        (date(2026, 3, 1), ("off", ()), DayKind.HOLIDAY),
        (date(2026, 3, 1), ("working", (DAY,)), DayKind.MAKE_UP),
        (date(2026, 3, 1), ("working", ((time(9), time(12)),)), DayKind.MAKE_UP),
        (date(2026, 3, 2), ("working", ((time(9), time(12)),)), DayKind.OWN_HOURS),
        (date(2026, 3, 2), ("working", (DAY,)), DayKind.WORKING),
    ],
)
def test_what_a_day_is(on, special, kind):
    row = SpecialDay(on=on, kind=special[0]) if special else None
    hours = WorkingHours(ZoneInfo("Asia/Shanghai"), WEEK, {on: special[1]} if special else {})
    assert kind_of(on, hours, row) == kind


@pytest.mark.parametrize(("year", "days"), [(2026, 365), (2028, 366)])
def test_a_year_has_twelve_months_of_whole_weeks(year, days):
    months = months_of(year, WorkingHours(ZoneInfo("UTC"), WEEK), {}, today=date(year, 2, 1))
    assert [month.first for month in months] == [date(year, number, 1) for number in range(1, 13)]
    assert {len(week) for month in months for week in month.weeks} == {7}
    assert all(
        day.on.weekday() == at
        for month in months
        for week in month.weeks
        for at, day in enumerate(week)
        if day
    )
    assert sum(count for _kind, count in counted(months)) == days
    assert [day.on for month in months for week in month.weeks for day in week if day and day.is_today] == [
        date(year, 2, 1)
    ]


def test_mainland_china_in_2026(calendar):
    hours, special = hours_of(calendar), {day.on: day for day in calendar.special_days.all()}
    months = months_of(2026, hours, special, today=date(2026, 1, 1))
    days = {day.on: day for month in months for week in month.weeks for day in week if day}
    assert days[date(2026, 2, 14)].kind == DayKind.MAKE_UP
    assert days[date(2026, 2, 14)].hours == "09:00–12:00, 13:00–18:00"
    assert days[date(2026, 2, 17)].kind == DayKind.HOLIDAY
    assert days[date(2026, 2, 21)].kind == DayKind.USUAL_OFF
    assert dict(counted(months))[DayKind.MAKE_UP] == 6
    with translation.override("zh-hans"):
        day = day_of(date(2026, 2, 17), hours, special[date(2026, 2, 17)])
        assert day.said == "2026年2月17日 星期二 · 节假日 · 春节"


@time_machine.travel("2026-11-22 04:00:00+00:00", tick=False)
def test_the_page_shows_twelve_months_and_leads_to_each_day(desk, calendar):
    page = desk.get(year_url(calendar)).content.decode()
    assert page.count('<table class="month">') == 12
    links = re.findall(r'<a class="day ([^"]*)" href="[^"]*\?on=2026-[^"]*"', page)
    assert len(links) == 365
    assert sum("is-today" in classes for classes in links) == 1
    assert 'title="17 Feb 2026 Tuesday · Holiday · Chinese New Year (Spring Festival)"' in page
    assert year_url(calendar, 2025) in page
    assert year_url(calendar, 2027) in page
    for year in (1999, 2101):
        assert desk.get(year_url(calendar, year)).status_code == 404
        assert year_url(calendar, year) not in desk.get(year_url(calendar, 2000)).content.decode()


@pytest.mark.parametrize("count", [1, 60])
def test_a_year_costs_the_same_queries_with_few_and_many_special_days(
    count, desk, calendar, django_assert_num_queries
):
    calendar.special_days.all().delete()
    for number in range(count):
        calendar.special_days.create(on=date.fromordinal(date(2026, 1, 1).toordinal() + number), kind="off")
    desk.get(year_url(calendar))
    # Session, user, his permissions (two), the calendar with hours, special days and loaded years.
    with django_assert_num_queries(7):
        desk.get(year_url(calendar))


def test_a_year_that_is_not_loaded_says_so(desk, calendar):
    calendar.holiday_years.filter(year=2026).delete()
    said = "The public holidays of Mainland China in 2026 are not loaded yet"
    assert said in desk.get(year_url(calendar)).content.decode()
    assert said not in desk.get(year_url(calendar, 2027)).content.decode()


def test_a_day_is_made_off_and_usual_again_with_a_version_each(desk, calendar, manager):
    url, on = day_url(calendar, "2026-03-03"), date(2026, 3, 3)
    page = desk.get(url).content.decode()
    assert re.search(r'value="off"[^>]* checked', page)
    assert "Make it like its weekday again" not in page
    response = desk.post(url, typed(name="Stock-taking", name_zh_hans="盘点"), follow=True)
    assert response.redirect_chain[-1][0] == year_url(calendar)
    assert "3 Mar 2026 is saved." in response.content.decode()
    day = calendar.special_days.get(on=on)
    assert (day.kind, day.name_zh_hans, day.source) == ("off", "盘点", "manual")
    newest = calendar.versions.first()
    assert (newest.made_by, newest.reason) == (manager, "Stock-taking")
    desk.post(url, typed(usual="1", change_reason="A mistake"))
    assert not calendar.special_days.filter(on=on).exists()
    assert calendar.versions.first().reason == "A mistake"


def test_a_usual_day_off_is_offered_as_a_working_day(desk, calendar):
    page = desk.get(day_url(calendar, "2026-03-01")).content.decode()
    assert re.search(r'value="working"[^>]* checked', page)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"change_reason": ""}, "This field is required."),
        ({"hours": "09:00-12:00"}, "A day off has no hours"),
        ({"kind": "working", "hours": "nine"}, "Write hours like 09:00-12:00"),
    ],
)
def test_a_day_that_cannot_be_is_refused_and_nothing_is_lost(changes, said, desk, calendar):
    before = calendar.versions.count()
    page = desk.post(day_url(calendar, "2026-03-03"), typed(name="Kept", **changes)).content.decode()
    assert said in page
    assert 'value="Kept"' in page
    assert calendar.versions.count() == before


@pytest.mark.parametrize("on", ["", "soon", "1999-12-31", "2026-02-30"])
def test_a_day_that_is_none_leads_back_to_the_year(on, desk, calendar):
    assert desk.get(day_url(calendar, on), follow=True).redirect_chain[-1][1] == 302
    assert desk.get(day_url(calendar, on)).url.startswith(f"/admin/sla/businesscalendar/{calendar.pk}/year/")


@pytest.mark.parametrize("who", ["agent", "lead"])
def test_agents_and_leads_change_no_day(who, client, agent, lead, calendar):
    client.force_login({"agent": agent, "lead": lead}[who])
    assert client.post(day_url(calendar, "2026-03-03"), typed()).status_code == 302
    assert not calendar.special_days.filter(on="2026-03-03").exists()
