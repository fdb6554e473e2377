"""The calendars and policies of a fresh installation."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sla.business_time import add_working_time
from sla.hours import hours_of
from sla.models import BusinessCalendar, SlaPolicy
from sla.seeding import seed_sla

pytestmark = pytest.mark.django_db


def test_a_fresh_installation_has_calendars_with_their_holidays():
    zones = dict(BusinessCalendar.objects.values_list("name", "time_zone"))
    assert zones == {
        "Mainland China": "Asia/Shanghai",
        "Taiwan": "Asia/Taipei",
        "International": "Asia/Hong_Kong",
    }
    assert BusinessCalendar.objects.get(is_default=True).name == "Mainland China"
    china, taiwan = (BusinessCalendar.objects.get(name=name) for name in ("Mainland China", "Taiwan"))
    assert china.special_days.get(on=date(2026, 2, 14)).kind == "working"
    assert taiwan.special_days.get(on=date(2026, 2, 27)).kind == "off"
    assert {2026, date.today().year, date.today().year + 1} <= set(
        china.holiday_years.values_list("year", flat=True)
    )


def test_its_policies_are_tried_from_the_narrowest_and_the_last_serves_all():
    policies = list(SlaPolicy.objects.all())
    assert [policy.name for policy in policies] == ["Urgent", "High", "Low", "Normal"]
    assert [policy.priorities for policy in policies] == [["urgent"], ["high"], ["low"], []]
    for policy in policies:
        policy.full_clean()
        assert 0 < policy.next_response_minutes <= policy.resolution_minutes
        assert 0 < policy.first_response_minutes <= policy.resolution_minutes


# A Tuesday afternoon in mainland China, nothing special near.
TUESDAY = datetime(2026, 3, 3, 14, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("name", "first_response", "resolution"),
    [
        ("Urgent", timedelta(hours=1), timedelta(hours=24)),
        ("High", timedelta(hours=2), timedelta(hours=24)),
        ("Normal", timedelta(hours=24), timedelta(hours=48)),
        ("Low", timedelta(hours=48), timedelta(days=7)),
    ],
)
def test_on_working_days_the_promises_are_the_figures_set(name, first_response, resolution):
    policy = SlaPolicy.objects.get(name=name)

    def due(kind):
        clock_time = getattr(policy, f"{kind}_counts") == SlaPolicy.Counts.CLOCK
        minutes = timedelta(minutes=getattr(policy, f"{kind}_minutes"))
        return add_working_time(TUESDAY, minutes, None if clock_time else hours_of(policy.calendar))

    assert due("first_response") == TUESDAY + first_response
    assert due("resolution") == TUESDAY + resolution


def test_seeding_again_changes_nothing_and_undoes_nothing(django_assert_num_queries):
    SlaPolicy.objects.filter(name="High").update(first_response_minutes=30)
    china = BusinessCalendar.objects.get(name="Mainland China")
    china.special_days.filter(on__year=2026).delete()
    seed_sla()
    assert BusinessCalendar.objects.count() == 3
    assert SlaPolicy.objects.count() == 4
    assert SlaPolicy.objects.get(name="High").first_response_minutes == 30
    assert not china.special_days.filter(on__year=2026).exists()


def test_what_is_missing_is_made_again_and_another_default_stays():
    SlaPolicy.objects.all().delete()
    BusinessCalendar.objects.all().delete()
    own = BusinessCalendar.objects.create(name="Own", is_default=True)
    seed_sla()
    assert BusinessCalendar.objects.filter(is_default=True).get() == own
    assert set(SlaPolicy.objects.values_list("calendar__name", flat=True)) == {"Own"}
