"""What shapes the clocks and conditions of a calendar or policy, as plain codes and numbers fit for JSON.

They take rows of a migration too, so a field that a later migration adds is read only where it is there.
"""

from collections.abc import Sequence
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from sla.business_time import Range, WorkingHours
from sla.day_names import in_languages_of
from sla.stages import stages_of
from sla.validation import parse_hours_text

Snapshot = dict[str, Any]

KINDS = ("first_response", "next_response", "resolution", "progress")
# What an older snapshot says where it says nothing; new fields are added here.
POLICY_DEFAULTS: Snapshot = {"stages": [], "pauses_for_side": False}
# The stages of the policy's escalation; snapshots from before they were recorded lack it.
ESCALATION = "escalation"


def calendar_snapshot(calendar: Any) -> Snapshot:
    """Return a calendar's zone, week and special days; fetch its `hours` and `special_days` with it."""
    week: list[list[Range]] = [[] for _ in range(7)]
    for row in calendar.hours.all():
        week[row.weekday].append((row.opens, row.closes))
    weekly = [sorted(ranges) for ranges in week]
    return {
        "zone": calendar.time_zone,
        "weekly": [_written(ranges) for ranges in weekly],
        "special": [
            {
                "on": day.on.isoformat(), "kind": day.kind, "hours": day.hours, **_names_of(day),
                "ranges": _written(_ranges_of(day, weekly)),
            }
            for day in sorted(calendar.special_days.all(), key=lambda day: day.on)
        ],
    }  # fmt: skip


def hours_from(snapshot: Snapshot) -> WorkingHours:
    """Return the working hours that a calendar's snapshot describes."""
    return WorkingHours(
        zone=ZoneInfo(snapshot["zone"]),
        weekly=tuple(read_ranges(ranges) for ranges in snapshot["weekly"]),
        special={date.fromisoformat(day["on"]): read_ranges(day["ranges"]) for day in snapshot["special"]},
    )


def policy_snapshot(policy: Any) -> Snapshot:
    """Return a policy's names, conditions, targets, rules and stages of escalation.

    Fetch its `categories`, `segments` and `escalation_stages` with it.
    """
    stages = stages_of(policy)
    return {
        **({} if stages is None else {ESCALATION: stages}),
        **POLICY_DEFAULTS,
        "name": policy.name,
        "name_zh_hans": policy.name_zh_hans,
        "name_zh_hant": policy.name_zh_hant,
        "is_active": policy.is_active,
        "position": policy.position,
        "calendar": policy.calendar_id,
        "priorities": sorted(policy.priorities),
        "channels": sorted(policy.channels),
        "categories": sorted(category.pk for category in policy.categories.all()),
        "segments": sorted(segment.pk for segment in policy.segments.all()),
        **{f"{kind}_minutes": getattr(policy, f"{kind}_minutes") for kind in KINDS},
        **{f"{kind}_counts": getattr(policy, f"{kind}_counts") for kind in KINDS},
        "pauses_for_children": policy.pauses_for_children,
        "pauses_off_duty": policy.pauses_off_duty,
        # The migration that records the first versions comes before this rule.
        "pauses_for_side": getattr(policy, "pauses_for_side", False),
        "on_reopen": policy.on_reopen,
    }


def says_the_same(old: Snapshot, new: Snapshot) -> bool:
    """Whether a snapshot, perhaps an older one that knew fewer fields, describes the same."""
    if "position" not in new:
        return in_languages_of(old, new) == new
    if ESCALATION not in old:
        # Which stages there were then nobody knows; it is no reason for a version that nobody made.
        new = {key: value for key, value in new.items() if key != ESCALATION}
    return {**POLICY_DEFAULTS, **old} == new


def promises_the_same(old: Snapshot, new: Snapshot) -> bool:
    """Whether two snapshots differ in their stages of escalation at most."""
    return says_the_same(
        *({key: value for key, value in one.items() if key != ESCALATION} for one in (old, new))
    )


def read_ranges(written: Sequence[Sequence[str]]) -> tuple[Range, ...]:
    """Return ranges as they stand in a snapshot."""
    return tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in written)


def _written(ranges: Sequence[Range]) -> list[list[str]]:
    return [[_clock(opens), _clock(closes)] for opens, closes in ranges]


def _clock(moment: time) -> str:
    return moment.isoformat("seconds" if moment.second else "minutes")


def _names_of(day: Any) -> dict[str, str]:
    names = ("name", "name_zh_hans", "name_zh_hant")
    return {name: getattr(day, name) for name in names if hasattr(day, name)}


def _ranges_of(day: Any, weekly: Sequence[Sequence[Range]]) -> Sequence[Range]:
    if day.kind == "off":
        return ()
    if day.hours:
        return parse_hours_text(day.hours)
    # A make-up Saturday is worked like the first working day of the week, unless Saturdays have hours anyway.
    return weekly[day.on.weekday()] or next((ranges for ranges in weekly if ranges), ())
