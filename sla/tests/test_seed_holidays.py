"""Loading holidays into calendars, by command and by service."""

from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from sla.models import BusinessCalendar
from sla.services import HolidaysUnknown, load_holidays

MAKE_UP_DAYS_2026 = ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]


@pytest.fixture
def calendar(db):
    return BusinessCalendar.objects.create(name="Shenzhen", region="CN")


def seed_holidays(*arguments):
    out = StringIO()
    call_command("seed_holidays", *arguments, stdout=out)
    return out.getvalue()


def test_a_year_is_loaded_with_its_make_up_working_days(calendar):
    output = seed_holidays("--year", "2026", "--region", "CN")
    working = calendar.special_days.filter(kind="working").values_list("on", flat=True)
    assert [str(day) for day in working] == MAKE_UP_DAYS_2026
    day = calendar.special_days.get(on=date(2026, 10, 1))
    assert (day.name, day.name_zh_hans, day.name_zh_hant) == ("National Day", "国庆节", "國慶節")
    assert calendar.holiday_years.get().has_make_up_days
    assert "Shenzhen 2026: 28 days, 6 of them worked; 28 new" in output


def test_loading_again_changes_nothing(calendar):
    seed_holidays("--year", "2026")
    before = list(calendar.special_days.values_list())
    assert "Shenzhen 2026: 28 days, 6 of them worked; 0 new, 0 changed, 0 removed" in seed_holidays(
        "--year", "2026"
    )
    assert list(calendar.special_days.values_list()) == before
    assert calendar.holiday_years.count() == 1


def test_without_a_year_it_is_this_one_and_the_next(calendar):
    with time_machine.travel("2025-06-01", tick=False):
        output = seed_holidays("--region", "CN")
    assert list(calendar.holiday_years.values_list("year", flat=True)) == [2026, 2025]
    assert "Shenzhen 2025" in output
    assert "Taiwan" not in output


def test_days_entered_by_hand_are_kept(calendar):
    calendar.special_days.create(on=date(2026, 10, 1), kind="working", hours="09:00-12:00", name="Sale")
    calendar.special_days.create(on=date(2026, 11, 11), kind="working", name="Singles' Day")
    loaded = load_holidays(calendar, 2026)
    assert (loaded.added, loaded.kept_by_hand) == (27, 2)
    assert calendar.special_days.get(on=date(2026, 10, 1)).hours == "09:00-12:00"
    assert calendar.special_days.filter(on=date(2026, 11, 11)).exists()


def test_a_loaded_day_that_somebody_changed_is_his_from_then_on(calendar):
    load_holidays(calendar, 2026)
    day = calendar.special_days.get(on=date(2026, 2, 14))
    day.kind = "off"
    day.save()
    assert load_holidays(calendar, 2026).kept_by_hand == 1
    assert calendar.special_days.get(on=date(2026, 2, 14)).kind == "off"


def test_what_is_no_longer_announced_goes_and_what_changed_is_changed(calendar):
    load_holidays(calendar, 2026)
    calendar.special_days.filter(on=date(2026, 10, 2)).update(kind="working", name="Wrong")
    moved = calendar.special_days.filter(on=date(2026, 10, 1))
    moved.update(on=date(2026, 10, 15))
    loaded = load_holidays(calendar, 2026)
    assert (loaded.added, loaded.changed, loaded.removed) == (1, 1, 1)
    assert calendar.special_days.get(on=date(2026, 10, 2)).kind == "off"
    assert not calendar.special_days.filter(on=date(2026, 10, 15)).exists()


def test_other_years_are_left_alone(calendar):
    load_holidays(calendar, 2025)
    in_2025 = list(calendar.special_days.values_list())
    load_holidays(calendar, 2026)
    assert list(calendar.special_days.filter(on__year=2025).values_list()) == in_2025


def test_make_up_days_not_yet_published_are_told(calendar):
    output = seed_holidays("--year", "2027", "--region", "CN")
    assert "The make-up working days of 2027 are not published yet." in output
    assert not calendar.holiday_years.get().has_make_up_days


def test_a_year_nobody_knows_is_refused_and_not_noted_as_loaded(calendar):
    with pytest.raises(CommandError, match="No holidays are known for CN in 2200"):
        seed_holidays("--year", "2200", "--region", "CN")
    assert not calendar.holiday_years.exists()


def test_a_calendar_without_region_is_left_out_and_refused_by_the_service(db):
    plain = BusinessCalendar.objects.create(name="Plain")
    assert "Plain" not in seed_holidays("--year", "2026")
    with pytest.raises(HolidaysUnknown, match="names no region"):
        load_holidays(plain, 2026)


def test_without_any_calendar_for_the_region_the_command_says_what_to_do(db):
    with pytest.raises(CommandError, match="choose one in the admin"):
        seed_holidays("--region", "SG")
