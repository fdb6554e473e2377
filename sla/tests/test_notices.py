"""What the admin's index and the system check say of calendars."""

from datetime import date, time

import pytest
import time_machine
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.db import connection

from sla.models import BusinessCalendar, HolidayYear
from sla.notices import calendar_notices
from sla.services import load_holidays


@pytest.fixture
def calendar(db):
    """The only calendar: mainland China, nothing loaded."""
    BusinessCalendar.objects.exclude(policies__isnull=False).delete()
    BusinessCalendar.objects.update(region="")
    calendar = BusinessCalendar.objects.create(name="Shenzhen", region="CN")
    calendar.hours.create(weekday=0, opens=time(9), closes=time(18))
    return calendar


def told(today):
    return [(notice.code, notice.year) for notice in calendar_notices(today)]


def test_a_year_that_is_not_loaded_is_told(calendar):
    (notice,) = calendar_notices(date(2026, 3, 2))
    assert (notice.code, notice.year, notice.calendar_id) == ("year_not_loaded", 2026, calendar.pk)
    assert "“Shenzhen” does not know the holidays of 2026" in notice.message
    assert "seed_holidays --year 2026" in notice.hint


def test_a_loaded_year_is_not(calendar):
    load_holidays(calendar, 2026)
    assert told(date(2026, 3, 2)) == []


def test_the_next_year_counts_from_november_on(calendar):
    load_holidays(calendar, 2026)
    assert told(date(2026, 11, 1)) == []
    assert told(date(2026, 11, 2)) == [("year_not_loaded", 2027)]


def test_make_up_days_not_yet_published_are_told_until_somebody_enters_them(calendar):
    load_holidays(calendar, 2026)
    load_holidays(calendar, 2027)
    assert told(date(2026, 11, 22)) == [("make_up_days_unknown", 2027)]
    assert told(date(2027, 1, 5)) == [("make_up_days_unknown", 2027)]
    calendar.special_days.create(on=date(2027, 2, 14), kind="working")
    assert told(date(2027, 1, 5)) == []


def test_a_region_without_make_up_days_is_never_missing_them(calendar):
    calendar.region = "SG"
    calendar.save()
    load_holidays(calendar, 2026)
    load_holidays(calendar, 2027)
    assert told(date(2026, 12, 31)) == []


def test_a_calendar_without_hours_is_told_and_one_without_region_needs_no_year(calendar):
    load_holidays(calendar, 2026)
    BusinessCalendar.objects.create(name="Empty")
    (notice,) = calendar_notices(date(2026, 3, 2))
    assert (notice.code, notice.calendar_name) == ("never_open", "Empty")


@pytest.mark.parametrize("count", [1, 20])
def test_notices_cost_the_same_queries_for_any_number_of_calendars(
    count, calendar, django_assert_num_queries
):
    for number in range(count):
        BusinessCalendar.objects.create(name=f"Branch {number}", region="HK")
    with django_assert_num_queries(3):  # calendars, loaded years, years with working days
        assert len(calendar_notices(date(2026, 3, 2))) == 1 + 2 * count


def database_warnings():
    found = run_checks(tags=[Tags.database], databases=["default"])
    return [(message.id, str(message.obj)) for message in found if message.id.startswith("sla.")]


def test_the_system_check_warns_with_a_hint(calendar):
    with time_machine.travel("2026-11-22", tick=False):
        assert database_warnings() == [("sla.W002", "Shenzhen"), ("sla.W002", "Shenzhen")]
        load_holidays(calendar, 2026)
        load_holidays(calendar, 2027)
        assert database_warnings() == [("sla.W003", "Shenzhen")]
        HolidayYear.objects.update(has_make_up_days=True)
        assert database_warnings() == []


def test_the_system_check_asks_no_database_unless_told_to(calendar, django_assert_num_queries):
    with django_assert_num_queries(0):
        call_command("check")


def test_the_system_check_is_silent_before_the_tables_exist(calendar):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE sla_servicehours RENAME TO elsewhere")
    assert database_warnings() == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE elsewhere RENAME TO sla_servicehours")
    assert database_warnings() != []
