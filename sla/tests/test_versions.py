"""Versions of calendars and policies: made by one door, written once, shown and restored."""

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from catalog.models import Category
from sla.business_time import is_open
from sla.differences import differences
from sla.hours import hours_of
from sla.models import BusinessCalendar, CalendarVersion, PolicyVersion, SlaPolicy, WrittenOnceError
from sla.seeding import seed_sla
from sla.services import load_holidays, record_version, restore_version
from sla.snapshots import hours_from, policy_snapshot, says_the_same
from sla.terms import terms_from
from sla.tests.test_admin import text_of, typed_calendar

pytestmark = pytest.mark.django_db

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def calendar():
    return BusinessCalendar.objects.get(region="CN")


@pytest.fixture
def policy():
    return SlaPolicy.objects.get(name="Normal")


@pytest.fixture
def desk(client, manager):
    """A manager's browser."""
    client.force_login(manager)
    return client


# The form has a part for each escalation stage.
NO_STAGES = {"escalation_stages-TOTAL_FORMS": "0", "escalation_stages-INITIAL_FORMS": "0"}


def typed_policy(policy, **changes):
    """What the form of a saved policy sends."""
    typed = {
        "name": policy.name, "name_zh_hans": policy.name_zh_hans, "name_zh_hant": policy.name_zh_hant,
        "position": policy.position, "is_active": "on", "calendar": policy.calendar_id, "on_reopen": policy.on_reopen,
        "progress_minutes": "", "progress_counts": "business", **NO_STAGES,
    }  # fmt: skip
    for kind in ("first_response", "next_response", "resolution"):
        typed |= {f"{kind}_{part}": getattr(policy, f"{kind}_{part}") for part in ("minutes", "counts")}
    return typed | changes


def test_a_fresh_installation_has_a_first_version_of_everything(calendar):
    assert PolicyVersion.objects.count() == SlaPolicy.objects.count() == 4
    assert CalendarVersion.objects.count() == BusinessCalendar.objects.count() == 3
    first = calendar.versions.get()
    assert (first.number, first.cause, first.made_by, first.reason) == (1, "first", None, "")
    assert hours_from(first.data) == hours_of(calendar)


def test_a_version_is_made_only_when_something_differs(policy, manager):
    first = policy.versions.get()
    assert record_version(policy, actor=manager, reason="nothing").pk == first.pk
    SlaPolicy.objects.filter(pk=policy.pk).update(resolution_minutes=600)
    made = record_version(policy, actor=manager, reason="Customers wait too long.")
    assert (made.number, made.made_by, made.reason, made.cause) == (
        2, manager, "Customers wait too long.", "edited",
    )  # fmt: skip
    assert made.data["resolution_minutes"] == 600
    assert first.data["resolution_minutes"] == 960


def test_an_older_snapshot_that_knew_fewer_fields_still_says_the_same(policy):
    data = policy_snapshot(policy)
    del data["stages"], data["escalation"]
    other = SlaPolicy.objects.create(name="Other", calendar=policy.calendar, resolution_minutes=5)
    other.versions.create(number=1, cause="first", data={**data, "name": "Other", "name_zh_hans": "",
        "name_zh_hant": "", "first_response_minutes": None, "next_response_minutes": None,
        "resolution_minutes": 5})  # fmt: skip
    assert record_version(other).number == 1


def test_versions_are_written_once(policy):
    version = policy.versions.get()
    version.reason = "better"
    for change in (version.save, version.delete, policy.versions.all().delete):
        with pytest.raises(WrittenOnceError):
            change()
    with pytest.raises(WrittenOnceError):
        policy.versions.update(reason="better")
    for table, name in (("policy", "a_policy"), ("calendar", "a_calendar")):
        for sql in (f"UPDATE sla_{table}version SET reason = 'x'", f"DELETE FROM sla_{table}version"):
            with (
                pytest.raises(DatabaseError, match=f"{name}_version_is_written_once"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(sql)


def test_a_deleted_policy_leaves_its_versions(policy):
    policy.delete()
    assert PolicyVersion.objects.filter(data__name="Normal").exists()


def test_loading_holidays_makes_a_version_that_says_so(calendar, manager):
    calendar.special_days.filter(on__year=2026).delete()
    record_version(calendar)
    load_holidays(calendar, 2026, actor=manager)
    newest = calendar.versions.first()
    assert (newest.number, newest.cause, newest.about, newest.made_by) == (3, "holidays", 2026, manager)
    load_holidays(calendar, 2026)
    assert calendar.versions.count() == 3


def test_seeding_anew_records_what_it_made():
    SlaPolicy.objects.all().delete()
    BusinessCalendar.objects.all().delete()
    seed_sla()
    assert all(policy.versions.count() == 1 for policy in SlaPolicy.objects.all())
    assert all(calendar.versions.count() == 1 for calendar in BusinessCalendar.objects.all())


def test_a_restored_calendar_works_as_it_once_did(calendar, manager):
    monday = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)
    spring = date(2026, 2, 17)
    calendar.hours.filter(weekday=0).delete()
    calendar.special_days.get(on=spring).delete()
    calendar.special_days.create(on=date(2026, 3, 3), kind="off", name="Stock-taking")
    record_version(calendar, reason="Mondays off")
    assert not is_open(monday, hours_of(calendar))
    made = restore_version(calendar.versions.get(number=1), actor=manager, reason="A mistake")
    fresh = BusinessCalendar.objects.get(pk=calendar.pk)
    assert (made.number, made.cause, made.about, made.reason) == (3, "restored", 1, "A mistake")
    assert is_open(monday, hours_of(fresh))
    assert says_the_same(calendar.versions.get(number=1).data, made.data)
    # Somebody brought it back: loading leaves it alone.
    assert fresh.special_days.get(on=spring).source == "manual"


def test_a_restored_policy_promises_what_it_once_did(policy, manager, category):
    version = record_version(policy)
    SlaPolicy.objects.filter(pk=policy.pk).update(
        resolution_minutes=500, is_active=False, on_reopen="continue"
    )
    policy.categories.add(category)
    record_version(policy)
    restore_version(version, actor=manager)
    fresh = SlaPolicy.objects.get(pk=policy.pk)
    assert (fresh.resolution_minutes, fresh.is_active, fresh.on_reopen) == (960, True, "anew")
    assert not fresh.categories.exists()


def test_terms_are_what_a_snapshot_says(policy):
    terms = terms_from(policy_snapshot(policy))
    assert terms.target("resolution") == (960, "business")
    assert terms.target("progress") is None
    assert terms.pauses == {"waiting"}
    policy.progress_minutes, policy.pauses_off_duty, policy.on_reopen = 60, True, "continue"
    terms = terms_from(policy_snapshot(policy))
    assert terms.target("progress") == (60, "business")
    assert terms.pauses == {"waiting", "off_duty"}
    assert terms.continues_on_reopen


def test_what_changed_is_said_in_words(policy, calendar, category):
    old, old_days = policy.versions.get().data, calendar.versions.get().data
    SlaPolicy.objects.filter(pk=policy.pk).update(
        resolution_minutes=570, pauses_for_children=True, priorities=["high"]
    )
    policy.categories.add(category)
    said = {row.what: (row.before, row.after) for row in differences(old, record_version(policy).data)}
    assert said == {
        "Resolution": ("16\u00a0h (working time)", "9\u00a0h 30\u00a0min (working time)"),
        "Pauses for child tickets": ("no", "yes"),
        "Priorities": ("–", "High"),
        "Categories": ("–", "Broken screen"),
    }
    calendar.hours.filter(weekday=4, opens=time(13)).delete()
    calendar.special_days.create(on=date(2026, 3, 3), kind="off", name="Stock-taking")
    said = {row.what: (row.before, row.after) for row in differences(old_days, record_version(calendar).data)}
    assert said == {
        "Working hours": (
            "Mon–Fri 09:00–12:00, 13:00–18:00", "Mon–Thu 09:00–12:00, 13:00–18:00; Fri 09:00–12:00",
        ),
        "2026-03-03": ("–", "Day off (Stock-taking)"),
    }  # fmt: skip


def test_a_category_that_is_gone_is_said_by_its_number(policy):
    category = Category.objects.create(name="Old", code="old")
    policy.categories.add(category)
    version = record_version(policy)
    number = category.pk
    policy.categories.clear()
    category.delete()
    newer = record_version(policy)
    assert [tuple(row) for row in differences(version.data, newer.data)] == [
        ("Categories", f"#{number}", "–")
    ]


# --- In the admin ----------------------------------------------------------------------------------------------------


def test_a_change_to_a_policy_asks_why_and_makes_a_version(desk, policy, manager):
    url = reverse("admin:sla_slapolicy_change", args=[policy.pk])
    page = text_of(desk.post(url, typed_policy(policy, resolution_minutes=600)))
    assert "Say why: this changes what tickets are promised." in page
    assert SlaPolicy.objects.get(pk=policy.pk).resolution_minutes == 960
    typed = typed_policy(policy, resolution_minutes=600, change_reason="Customers wait too long.")
    assert desk.post(url, typed).status_code == 302
    newest = policy.versions.first()
    assert (newest.number, newest.made_by, newest.reason) == (2, manager, "Customers wait too long.")
    assert desk.post(url, typed_policy(policy, resolution_minutes=600)).status_code == 302
    assert policy.versions.count() == 2


def test_trying_a_changed_policy_out_asks_no_reason(desk, policy):
    url = reverse("admin:sla_slapolicy_try", args=[policy.pk])
    page = text_of(desk.post(url, typed_policy(policy, resolution_minutes=600)))
    assert "Say why" not in page
    assert policy.versions.count() == 1


def test_a_change_to_a_calendars_hours_asks_why_too(desk, manager):
    desk.post("/admin/sla/businesscalendar/add/", typed_calendar((0, "09:00", "12:00")))
    made = BusinessCalendar.objects.get(name="Berlin")
    assert made.versions.get().made_by == manager
    url = reverse("admin:sla_businesscalendar_change", args=[made.pk])
    row = made.hours.get()
    typed = typed_calendar((0, "09:00", "13:00")) | {
        "hours-INITIAL_FORMS": 1, "hours-0-id": row.pk, "hours-0-calendar": made.pk,
    }  # fmt: skip
    assert "Fill in “Reason for the change”" in text_of(desk.post(url, typed))
    assert made.hours.get().closes == time(12)
    assert desk.post(url, typed | {"change_reason": "Longer mornings"}).status_code == 302
    assert made.versions.first().reason == "Longer mornings"
    # The name shapes nothing, and so asks nothing.
    typed |= {"name": "Berlin office"}
    assert desk.post(url, typed).status_code == 302
    assert made.versions.count() == 2


def test_positions_changed_in_the_list_make_versions(desk, policy, manager):
    rows = list(SlaPolicy.objects.order_by("position", "id"))
    typed = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
    for number, row in enumerate(rows):
        typed |= {f"form-{number}-id": row.pk, f"form-{number}-position": row.position + (row == policy)}
        typed |= {f"form-{number}-is_active": "on"}
    assert desk.post("/admin/sla/slapolicy/", typed).status_code == 302
    assert policy.versions.first().data["position"] == 101
    assert policy.versions.first().made_by == manager
    assert PolicyVersion.objects.count() == 5


def test_the_history_shows_what_changed_and_restores_with_a_reason(desk, policy):
    url = reverse("admin:sla_slapolicy_change", args=[policy.pk])
    desk.post(url, typed_policy(policy, resolution_minutes=600, change_reason="Faster"))
    versions = reverse("admin:sla_slapolicy_versions", args=[policy.pk])
    assert versions in text_of(desk.get(url))
    page = text_of(desk.get(versions))
    assert "Faster" in page
    assert "Version 2" in page
    assert re.search(r"Resolution</th><td>16\s*h \(working time\)</td><td>10\s*h \(working time\)", page)
    restore = reverse("admin:sla_slapolicy_restore", args=[policy.pk, 1])
    assert desk.get(restore).status_code == 405
    assert "Say why" in text_of(desk.post(restore, follow=True))
    assert policy.versions.count() == 2
    assert "Version 1 is restored as version 3." in text_of(desk.post(restore, {"reason": "No"}, follow=True))
    assert SlaPolicy.objects.get(pk=policy.pk).resolution_minutes == 960


def test_a_version_whose_name_another_has_now_is_not_restored(desk, policy):
    SlaPolicy.objects.filter(pk=policy.pk).update(name="Standard")
    record_version(policy)
    SlaPolicy.objects.create(name="Normal", calendar=policy.calendar, resolution_minutes=5)
    restore = reverse("admin:sla_slapolicy_restore", args=[policy.pk, 1])
    page = text_of(desk.post(restore, {"reason": "Back"}, follow=True))
    assert "already exists" in page
    assert SlaPolicy.objects.get(pk=policy.pk).name == "Standard"


def test_who_may_not_change_policies_restores_none(client, agent, policy):
    client.force_login(agent)
    restore = reverse("admin:sla_slapolicy_restore", args=[policy.pk, 1])
    assert client.post(restore, {"reason": "x"}).status_code in (302, 403)
    assert policy.versions.count() == 1
