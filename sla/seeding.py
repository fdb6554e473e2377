"""The calendars and policies that a fresh installation starts with."""

from datetime import date, time
from typing import Any

from django.apps import apps as current_apps
from django.utils import timezone

from sla.day_names import iso_dates, name_of
from sla.holidays_seed import SeedDay, days_for
from sla.models import BusinessCalendar, SlaPolicy
from sla.services import load_holidays, record_version

_DAY_WITH_LUNCH = ((time(9), time(12)), (time(13), time(18)))
_DAY = ((time(9), time(18)),)

# Name, zone, region, default, ranges from Monday to Friday.
CALENDARS: tuple[tuple[str, str, str, bool, tuple[tuple[time, time], ...]], ...] = (
    ("Mainland China", "Asia/Shanghai", "CN", True, _DAY_WITH_LUNCH),
    ("Taiwan", "Asia/Taipei", "TW", False, _DAY_WITH_LUNCH),
    ("International", "Asia/Hong_Kong", "HK", False, _DAY),
)
# Tickets may be brought along from earlier in the year in which the product began; later years come as they pass.
FIRST_YEAR = 2026

# What the seeded rows are called in Simplified and Traditional Chinese.
CHINESE_NAMES = {
    "Mainland China": ("中国大陆", "中國大陸"),
    "Taiwan": ("台湾", "台灣"),
    "International": ("国际", "國際"),
    "Urgent": ("紧急工单", "緊急工單"),
    "High": ("高优先级工单", "高優先工單"),
    "Low": ("低优先级工单", "低優先工單"),
    "Normal": ("普通工单", "一般工單"),
}

Target = tuple[int, str]

_HOUR = 60
# The calendars above have 8 working hours a day. So "24 h" is promised as one working day and "48 h" as two: what
# comes in on Tuesday at 14:00 is answered by Wednesday at 14:00, and nobody is promised a Sunday.
_WORKING_DAY = 8 * _HOUR

# Name, position, priorities, then (minutes, counts) for first response, next response and resolution.
POLICIES: tuple[tuple[str, int, list[str], Target, Target, Target], ...] = (
    ("Urgent", 10, ["urgent"], (1 * _HOUR, "clock"), (2 * _HOUR, "clock"), (24 * _HOUR, "clock")),
    ("High", 20, ["high"], (2 * _HOUR, "business"), (4 * _HOUR, "business"), (_WORKING_DAY, "business")),
    (
        "Low",
        30,
        ["low"],
        (2 * _WORKING_DAY, "business"),
        (2 * _WORKING_DAY, "business"),
        (5 * _WORKING_DAY, "business"),
    ),
    # Last and without condition: whatever no other policy serves.
    (
        "Normal",
        100,
        [],
        (_WORKING_DAY, "business"),
        (_WORKING_DAY, "business"),
        (2 * _WORKING_DAY, "business"),
    ),
)


def seed_sla(apps: Any = current_apps) -> None:
    """Make the calendars with their holidays, and the policies; what is there by name is left alone.

    `apps` may be the registry of a migration.
    """
    calendar_model = apps.get_model("sla", "BusinessCalendar")
    has_default = calendar_model.objects.filter(is_default=True).exists()
    for name, zone, region, is_default, ranges in CALENDARS:
        if calendar_model.objects.filter(name=name).exists():
            continue
        calendar = calendar_model.objects.create(
            name=name, time_zone=zone, region=region, is_default=is_default and not has_default
        )
        rows = [
            calendar.hours.model(calendar=calendar, weekday=weekday, opens=opens, closes=closes)
            for weekday in range(5)
            for opens, closes in ranges
        ]
        calendar.hours.bulk_create(rows)
        for year in range(FIRST_YEAR, timezone.localdate().year + 2):
            load_holidays(calendar, year, is_recorded=False)
    _seed_policies(apps)
    # Only of the present models: in a migration there are no versions yet.
    if apps is current_apps:
        for calendar in BusinessCalendar.objects.all():
            record_version(calendar, cause="found")
        for policy in SlaPolicy.objects.all():
            record_version(policy, cause="found")


def _seed_policies(apps: Any) -> None:
    policy_model = apps.get_model("sla", "SlaPolicy")
    calendar = apps.get_model("sla", "BusinessCalendar").objects.order_by("-is_default", "id").first()
    for name, position, priorities, first_response, next_response, resolution in POLICIES:
        targets = {"first_response": first_response, "next_response": next_response, "resolution": resolution}
        policy_model.objects.get_or_create(
            name=name,
            defaults={
                "position": position,
                "priorities": priorities,
                "calendar": calendar,
                **{f"{kind}_minutes": minutes for kind, (minutes, _) in targets.items()},
                **{f"{kind}_counts": counts for kind, (_, counts) in targets.items()},
            },
        )


def name_in_chinese(apps: Any = current_apps) -> None:
    """Give the seeded rows their Chinese names where a manager has not."""
    for model in ("BusinessCalendar", "SlaPolicy"):
        unnamed = apps.get_model("sla", model).objects.filter(name_zh_hans="", name_zh_hant="")
        for name, (hans, hant) in CHINESE_NAMES.items():
            unnamed.filter(name=name).update(name_zh_hans=hans, name_zh_hant=hant)


def split_day_names(apps: Any = current_apps) -> None:
    """Give special days that are called as loading called them a name per language; what a manager wrote stays."""
    model = apps.get_model("sla", "SpecialDay")
    unnamed = (
        model.objects.filter(name_zh_hans="", name_zh_hant="").exclude(name="").exclude(calendar__region="")
    )
    known: dict[tuple[str, int], dict[date, SeedDay]] = {}
    changed = []
    for row in unnamed.select_related("calendar"):
        region, year = row.calendar.region, row.on.year
        if (region, year) not in known:
            known[region, year] = {seed.date: seed for seed in days_for(region, year)}
        seed = known[region, year].get(row.on)
        if seed and iso_dates(row.name) == seed.title:
            row.name, row.name_zh_hans, row.name_zh_hant = seed.name, seed.name_zh_hans, seed.name_zh_hant
        elif row.source == "loaded":
            # Announced otherwise since: what it was called, in the languages it has.
            row.name, row.name_zh_hans, row.name_zh_hant = name_of({"name": row.name})
        else:
            continue
        changed.append(row)
    model.objects.bulk_update(changed, ["name", "name_zh_hans", "name_zh_hant"], batch_size=200)
