"""Calendars and policies in the admin: what a manager can shape, and what he is told when it is wrong."""

import re
from datetime import date, time
from typing import Any

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from sla.models import BusinessCalendar, SlaPolicy, SpecialDay
from sla.words import length, promise_line, week_line

pytestmark = pytest.mark.ground


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def typed_calendar(
    *hours: tuple[int, str, str], days: tuple[dict[str, Any], ...] = (), **changes: Any
) -> dict[str, Any]:
    """What the calendar's form sends."""
    typed = {
        "name": "Berlin", "time_zone": "Europe/Berlin", "region": "",
        "hours-TOTAL_FORMS": len(hours), "hours-INITIAL_FORMS": 0,
        "special_days-TOTAL_FORMS": len(days), "special_days-INITIAL_FORMS": 0, **changes,
    }  # fmt: skip
    for number, (weekday, opens, closes) in enumerate(hours):
        typed |= {
            f"hours-{number}-weekday": weekday,
            f"hours-{number}-opens": opens,
            f"hours-{number}-closes": closes,
        }
    for number, day in enumerate(days):
        typed |= {f"special_days-{number}-{name}": value for name, value in day.items()}
    return typed


def typed_policy(**changes: Any) -> dict[str, Any]:
    """What the policy's form sends."""
    return {
        "name": "Night shift", "position": 5, "is_active": "on", "calendar": BusinessCalendar.objects.first().pk,
        "first_response_counts": "clock", "next_response_counts": "business", "resolution_counts": "clock",
        "progress_counts": "business", "on_reopen": "anew", "escalation_stages-TOTAL_FORMS": "0",
        "escalation_stages-INITIAL_FORMS": "0", **changes,
    }  # fmt: skip


@pytest.fixture
def desk(client, manager) -> Any:
    """A manager's browser."""
    client.force_login(manager)
    return client


ADD_CALENDAR = "/admin/sla/businesscalendar/add/"
ADD_POLICY = "/admin/sla/slapolicy/add/"


# --- Words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([], ""),
        ([(day, "09:00", "18:00") for day in range(7)], "Mon–Sun 09:00–18:00"),
        (
            [(day, *hours) for day in range(5) for hours in (("13:00", "18:00"), ("09:00", "12:00"))],
            "Mon–Fri 09:00–12:00, 13:00–18:00",
        ),
        (
            [(0, "09:00", "18:00"), (1, "09:00", "18:00"), (3, "09:00", "18:00"), (6, "10:00", "00:00")],
            "Mon–Tue 09:00–18:00; Thu 09:00–18:00; Sun 10:00–24:00",
        ),
    ],
)
def test_a_week_in_one_line(rows, line):
    got = week_line(
        (day, time.fromisoformat(opens), time.fromisoformat(closes)) for day, opens, closes in rows
    )
    assert got == line


@pytest.mark.parametrize(
    ("minutes", "words"), [(1, "1 min"), (60, "1 h"), (90, "1 h 30 min"), (1440, "24 h"), (0, "0 min")]
)
def test_a_length_of_time_in_words(minutes, words):
    assert length(minutes).replace("\u00a0", " ") == words


def test_a_promise_in_one_line():
    policy = SlaPolicy(first_response_minutes=60, first_response_counts="clock", resolution_minutes=90)
    line = promise_line(policy).replace("\u00a0", " ")
    assert line == "First response in 1 h (clock time), resolution in 1 h 30 min (working time)"
    assert promise_line(SlaPolicy()) == ""


# --- Calendars -------------------------------------------------------------------------------------------------------


def test_a_calendar_is_made_with_hours_and_special_days(desk):
    days = (
        {"on": "2027-01-01", "kind": "off", "name": "New Year"},
        {"on": "2027-01-02", "kind": "working", "hours": "10:00-14:00"},
    )
    typed = typed_calendar((0, "09:00", "12:00"), (0, "13:00", "18:00"), (4, "09:00", "15:00"), days=days)
    assert desk.post(ADD_CALENDAR, typed).status_code == 302
    made = BusinessCalendar.objects.get(name="Berlin")
    assert made.hours.count() == 3
    assert [(day.on, day.source) for day in made.special_days.all()] == [
        (date(2027, 1, 1), "manual"),
        (date(2027, 1, 2), "manual"),
    ]
    assert "Mon 09:00–12:00, 13:00–18:00; Fri 09:00–15:00" in text_of(
        desk.get("/admin/sla/businesscalendar/")
    )


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ((), "A calendar needs at least one range of working hours"),
        (
            ((0, "09:00", "13:00"), (0, "12:00", "18:00")),
            "Monday 09:00–13:00 and Monday 12:00–18:00 overlap. Let one begin when the other has ended.",
        ),
        (
            ((6, "22:00", "06:00"), (0, "05:00", "09:00")),
            "Sunday 22:00–06:00 and Monday 05:00–09:00 overlap.",
        ),
        (((0, "nine", "18:00"),), "Enter a valid time."),
    ],
)
def test_hours_that_cannot_be_are_refused_and_nothing_is_lost(hours, said, desk):
    response = desk.post(ADD_CALENDAR, typed_calendar(*hours, name="Half-finished"))
    page = text_of(response)
    assert response.status_code == 200
    assert said in page
    assert 'value="Half-finished"' in page
    for _weekday, opens, closes in hours:
        assert f'value="{opens}' in page
        assert f'value="{closes}' in page
    assert not BusinessCalendar.objects.filter(name="Half-finished").exists()


def test_the_last_hours_cannot_be_deleted(desk):
    desk.post(ADD_CALENDAR, typed_calendar((0, "09:00", "12:00")))
    made = BusinessCalendar.objects.get(name="Berlin")
    row = made.hours.get()
    typed = typed_calendar((0, "09:00", "12:00")) | {
        "hours-INITIAL_FORMS": 1, "hours-0-id": row.pk, "hours-0-calendar": made.pk, "hours-0-DELETE": "on",
    }  # fmt: skip
    response = desk.post(reverse("admin:sla_businesscalendar_change", args=[made.pk]), typed)
    assert "A calendar needs at least one range of working hours" in text_of(response)
    assert made.hours.count() == 1


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (
            {"on": "2027-01-02", "kind": "working", "hours": "nine to five"},
            "Write hours like 09:00-12:00, 13:00-18:00.",
        ),
        ({"on": "2027-01-02", "kind": "off", "hours": "09:00-12:00"}, "A day off has no hours"),
    ],
)
def test_a_special_day_that_cannot_be_is_refused_and_nothing_is_lost(day, said, desk):
    response = desk.post(ADD_CALENDAR, typed_calendar((0, "09:00", "12:00"), days=(day,)))
    assert said in text_of(response)
    assert f'value="{day["hours"]}"' in text_of(response)


@time_machine.travel("2026-11-22 04:00:00+00:00", tick=False)
def test_a_years_holidays_are_loaded_by_a_press_and_by_nothing_less(desk):
    calendar = BusinessCalendar.objects.get(region="TW")
    calendar.special_days.all().delete()
    calendar.holiday_years.all().delete()
    load = reverse("admin:sla_businesscalendar_load", args=[calendar.pk])
    year = reverse("admin:sla_businesscalendar_year", args=[calendar.pk, 2026])
    assert "does not know the holidays of 2026" in text_of(
        desk.get(reverse("admin:sla_businesscalendar_change", args=[calendar.pk]))
    )
    assert "The public holidays of Taiwan in 2026 are not loaded yet" in text_of(desk.get(year))
    assert desk.get(load).status_code == 405
    assert not calendar.special_days.exists()
    response = desk.post(load, {"year": 2026}, follow=True)
    assert response.redirect_chain[-1][0] == year
    assert "2026 is loaded:" in text_of(response)
    assert "Holidays loaded on" in text_of(response)
    assert calendar.special_days.filter(on__year=2026, source="loaded").count() > 10


def test_the_year_shows_days_off_and_make_up_days(desk):
    calendar = BusinessCalendar.objects.get(region="CN")
    page = text_of(desk.get(reverse("admin:sla_businesscalendar_year", args=[calendar.pk, 2026])))
    assert '<time datetime="2026-02-14">' in page
    assert 'Make-up working day <span class="soft">6</span>' in page
    assert desk.get(reverse("admin:sla_businesscalendar_year", args=[calendar.pk, 1])).status_code == 404
    assert desk.get(reverse("admin:sla_businesscalendar_year", args=[99, 2026])).status_code == 404


@pytest.mark.parametrize(
    ("region", "year", "said"),
    [
        ("", "2026", "This calendar names no region"),
        ("CN", "1850", "Choose one of the years offered."),
        ("CN", "", "Choose one of the years offered."),
    ],
)
def test_what_cannot_be_loaded_is_told(region, year, said, desk):
    calendar = BusinessCalendar.objects.create(name="Empty", region=region)
    load = reverse("admin:sla_businesscalendar_load", args=[calendar.pk])
    assert said in text_of(desk.post(load, {"year": year}, follow=True))
    assert not calendar.special_days.exists()


def test_a_loaded_day_that_is_changed_by_hand_stays_so(desk):
    calendar = BusinessCalendar.objects.get(region="TW")
    day = calendar.special_days.filter(source="loaded").last()
    typed: dict[str, Any] = typed_calendar(
        name=calendar.name, time_zone=calendar.time_zone, region=calendar.region
    )
    hours, days = list(calendar.hours.all()), list(calendar.special_days.filter(pk=day.pk))
    typed |= {"hours-TOTAL_FORMS": len(hours), "hours-INITIAL_FORMS": len(hours)}
    for number, row in enumerate(hours):
        typed |= {
            f"hours-{number}-id": row.pk, f"hours-{number}-calendar": calendar.pk,
            f"hours-{number}-weekday": row.weekday,
            f"hours-{number}-opens": row.opens, f"hours-{number}-closes": row.closes,
        }  # fmt: skip
    typed |= {"special_days-TOTAL_FORMS": 1, "special_days-INITIAL_FORMS": 1}
    typed |= {
        "special_days-0-id": days[0].pk, "special_days-0-calendar": calendar.pk, "special_days-0-on": day.on,
        "special_days-0-kind": "working", "special_days-0-hours": "10:00-12:00", "special_days-0-name": day.name,
        "change_reason": "Half a day",
    }  # fmt: skip
    assert (
        desk.post(reverse("admin:sla_businesscalendar_change", args=[calendar.pk]), typed).status_code == 302
    )
    day.refresh_from_db()
    assert (day.kind, day.hours, day.source) == ("working", "10:00-12:00", SpecialDay.Source.MANUAL)


@pytest.mark.parametrize("who", ["agent", "lead"])
def test_agents_and_leads_load_nothing(who, client, agent, lead):
    client.force_login({"agent": agent, "lead": lead}[who])
    calendar = BusinessCalendar.objects.first()
    for page in ("load", "year"):
        args = [calendar.pk, *([2026] if page == "year" else [])]
        assert (
            client.post(reverse(f"admin:sla_businesscalendar_{page}", args=args), {"year": 2026}).status_code
            == 302
        )


# --- Policies --------------------------------------------------------------------------------------------------------


def test_a_policy_is_made_of_check_boxes_and_minutes(desk):
    typed = typed_policy(priorities=["urgent", "high"], channels=["phone"], first_response_minutes=90)
    assert desk.post(ADD_POLICY, typed).status_code == 302
    made = SlaPolicy.objects.get(name="Night shift")
    assert (made.priorities, made.channels, made.first_response_minutes) == (
        ["urgent", "high"],
        ["phone"],
        90,
    )
    page = text_of(desk.get(reverse("admin:sla_slapolicy_change", args=[made.pk]))).replace("\u00a0", " ")
    assert "First response in 1 h 30 min (clock time)" in page
    assert "Now 1 h 30 min." in page
    names = [policy.name for policy in desk.get("/admin/sla/slapolicy/").context["cl"].result_list]
    assert names == ["Night shift", "Urgent", "High", "Low", "Normal"]


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ({}, "Give at least one target: first response, next response or resolution."),
        ({"first_response_minutes": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"first_response_minutes": "0", "resolution_minutes": "60"}, "greater than or equal to 1."),
        ({"first_response_minutes": "60", "resolution_minutes": "30"}, "due before the first response."),
    ],
)
def test_a_policy_with_wrong_targets_is_refused_and_nothing_is_lost(targets, said, desk):
    response = desk.post(ADD_POLICY, typed_policy(priorities=["low"], **targets))
    page = text_of(response)
    assert said in page
    assert 'value="Night shift"' in page
    assert re.search(r'value="low"[^>]* checked', page)
    assert not SlaPolicy.objects.filter(name="Night shift").exists()


def test_a_code_that_is_none_is_refused(desk):
    response = desk.post(ADD_POLICY, typed_policy(priorities=["soonish"], first_response_minutes=5))
    assert "soonish is not one of the available choices" in text_of(response)


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh-hans", "解决期限会早于首次响应期限"), ("zh-hant", "解決期限會早於首次回應期限")],
)
def test_a_refusal_is_in_the_managers_script(language, said, desk, manager):
    manager.language = language
    manager.save()
    page = text_of(desk.post(ADD_POLICY, typed_policy(first_response_minutes=60, resolution_minutes=30)))
    assert page.count(said) == 1


def test_the_pages_speak_chinese(desk, manager):
    manager.language = "zh-hans"
    manager.save()
    with translation.override("zh-hans"):
        page = text_of(desk.get(ADD_CALENDAR))
    assert "工作日历" in page
