"""A calendar's rows as working hours."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from sla.business_time import add_working_time, is_open, working_time_between
from sla.hours import hours_of
from sla.models import BusinessCalendar, SpecialDay

DESK = ((time(9), time(12)), (time(13), time(18)))


@pytest.fixture
def calendar(db):
    calendar = BusinessCalendar.objects.create(name="Repair shop", time_zone="Asia/Taipei")
    for weekday in range(5):
        for opens, closes in reversed(DESK):
            calendar.hours.create(weekday=weekday, opens=opens, closes=closes)
    return calendar


def at(text, zone="Asia/Taipei"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def test_rows_become_ranges_in_order_in_the_calendars_zone(calendar):
    hours = hours_of(calendar)
    assert hours.zone == ZoneInfo("Asia/Taipei")
    assert hours.weekly == (DESK,) * 5 + ((), ())
    assert hours.special == {}


def test_a_make_up_saturday_is_worked_like_a_weekday(calendar):
    calendar.special_days.create(on=date(2026, 2, 14), kind="working")
    assert hours_of(calendar).ranges_on(date(2026, 2, 14)) == DESK
    assert is_open(at("2026-02-14 10:00"), hours_of(calendar))


def test_a_working_saturday_keeps_the_hours_that_saturdays_have(calendar):
    calendar.hours.create(weekday=5, opens=time(10), closes=time(14))
    calendar.special_days.create(on=date(2026, 2, 14), kind="working")
    assert hours_of(calendar).ranges_on(date(2026, 2, 14)) == ((time(10), time(14)),)


def test_a_half_day_and_a_day_to_midnight_have_hours_of_their_own(calendar):
    calendar.special_days.create(on=date(2026, 12, 24), kind="working", hours="9:00-12:00")
    calendar.special_days.create(on=date(2026, 11, 11), kind="working", hours="00:00-12:00；13:00至24:00")
    hours = hours_of(calendar)
    assert working_time_between(at("2026-12-24"), at("2026-12-25"), hours).total_seconds() == 3 * 3600
    assert working_time_between(at("2026-11-11"), at("2026-11-12"), hours).total_seconds() == 23 * 3600


def test_a_day_off_is_closed(calendar):
    calendar.special_days.create(on=date(2026, 3, 2), kind="off", name="Stock-taking")
    assert hours_of(calendar).ranges_on(date(2026, 3, 2)) == ()


def test_a_change_is_seen_at_once_and_without_one_the_same_hours_serve_again(calendar):
    first = hours_of(calendar)
    assert hours_of(BusinessCalendar.objects.get(pk=calendar.pk)) is first
    calendar.special_days.create(on=date(2026, 3, 2), kind="off")
    assert hours_of(calendar) is not first
    calendar.special_days.all().delete()
    calendar.time_zone = "Asia/Tokyo"
    assert hours_of(calendar).zone == ZoneInfo("Asia/Tokyo")


def test_reading_a_prefetched_calendar_asks_nothing(calendar, django_assert_num_queries):
    fetched = BusinessCalendar.objects.prefetch_related("hours", "special_days").get(pk=calendar.pk)
    with django_assert_num_queries(0):
        hours_of(fetched)


def test_2026_02_14_is_a_working_saturday_in_mainland_china(db):
    """The fresh installation knows it: due on that Saturday, not after Spring Festival."""
    hours = hours_of(BusinessCalendar.objects.get(name="Mainland China"))
    friday = at("2026-02-13 17:00", "Asia/Shanghai")
    due = add_working_time(friday, timedelta(hours=2), hours)
    assert due == at("2026-02-14 10:00", "Asia/Shanghai")
    taiwan = hours_of(BusinessCalendar.objects.get(name="Taiwan"))
    assert not is_open(at("2026-02-14 10:00"), taiwan)


def test_the_database_refuses_hours_on_a_day_off(calendar):
    with pytest.raises(IntegrityError, match="a_day_off_has_no_hours"), transaction.atomic():
        SpecialDay.objects.create(calendar=calendar, on=date(2026, 3, 2), kind="off", hours="09:00-12:00")
