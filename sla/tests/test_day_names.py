"""Names of special days per language: loaded ones taken apart, a manager's own left alone, older versions read."""

from datetime import date

import pytest
from django.utils import translation

from sla.day_names import DayName, name_of
from sla.differences import differences
from sla.models import BusinessCalendar, CalendarVersion, SpecialDay
from sla.seeding import split_day_names
from sla.services import record_version, restore_version
from sla.terms import special_days_of

SPRING, STOCK = date(2026, 2, 17), date(2026, 3, 3)
BOTH = "春节 · Chinese New Year (Spring Festival)"


@pytest.fixture
def calendar(db):
    return BusinessCalendar.objects.get(region="CN")


def as_before(calendar):
    """Make days and the newest version as they were before names had languages."""
    calendar.special_days.create(on=STOCK, kind="off", name="盘点 · 仓库")
    for on, name in (
        (SPRING, BOTH),
        (date(2026, 1, 2), "休息日（由 2026-01-04 调休） · Day off (substituted from 01/04/2026)"),
    ):
        calendar.special_days.filter(on=on).update(name=name, name_zh_hans="", name_zh_hant="")
    data = record_version(calendar).data
    for day in data["special"]:
        del day["name_zh_hans"], day["name_zh_hant"]
    return CalendarVersion.objects.create(calendar=calendar, number=9, cause="edited", data=data)


@pytest.mark.ground
@pytest.mark.parametrize(
    ("day", "names"),
    [
        ({"name": BOTH}, DayName("Chinese New Year (Spring Festival)", "春节")),
        ({"name": "Stock-taking"}, DayName("Stock-taking")),
        ({"name": "盘点 · 仓库"}, DayName("盘点 · 仓库")),
        ({"name": "Sale", "name_zh_hans": "促销", "name_zh_hant": ""}, DayName("Sale", "促销")),
    ],
)
def test_a_versions_day_has_its_names(day, names):
    assert name_of(day) == names


def test_loaded_names_are_taken_apart_and_a_managers_stay(calendar):
    as_before(calendar)
    split_day_names()
    named = {day.on: day for day in calendar.special_days.filter(on__year=2026)}
    assert (named[SPRING].name, named[SPRING].name_zh_hant) == ("Chinese New Year (Spring Festival)", "春節")
    assert named[date(2026, 1, 2)].name == "Day off (substituted from 2026-01-04)"
    assert (named[STOCK].name, named[STOCK].name_zh_hans) == ("盘点 · 仓库", "")
    assert named[SPRING].source == SpecialDay.Source.LOADED


def test_taking_names_apart_is_no_change_of_the_calendar(calendar):
    before = as_before(calendar)
    split_day_names()
    assert record_version(calendar) == before
    calendar.special_days.filter(on=STOCK).delete()
    newest = record_version(calendar)
    with translation.override("zh-hant"):
        assert [row.what for row in differences(before.data, newest.data)] == ["2026-03-03"]
    restore_version(before, actor=None)
    assert calendar.special_days.get(on=SPRING).name_zh_hant == "春節"
    assert calendar.special_days.get(on=STOCK).name == "盘点 · 仓库"


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "Chinese New Year (Spring Festival)"), ("zh-hans", "春节"), ("zh-hant", "春節")],
)
def test_an_account_names_days_in_the_readers_language(language, name, calendar):
    as_before(calendar)
    split_day_names()
    calendar.special_days.create(on=date(2026, 3, 4), kind="off")
    newest = record_version(calendar)
    with translation.override(language):
        assert special_days_of(newest.pk)[SPRING] == ("off", name)
