"""Versions as the engine uses them: terms of a policy, hours of a calendar; each read once in a process.

A version never changes and its key never comes again, so what is remembered by it needs no looking after.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID

from sla.business_time import WorkingHours
from sla.day_names import DayName, name_of
from sla.models import CalendarVersion, PolicyVersion, SlaPolicy
from sla.snapshots import KINDS, Snapshot, hours_from

# A handful of policies and calendars, each with some years of changes.
MOST_KEPT = 512


@dataclass(frozen=True)
class Terms:
    """What one version of a policy promises, and when its clocks stand still."""

    targets: dict[str, tuple[int, str]]
    pauses: frozenset[str]
    continues_on_reopen: bool
    calendar_id: int

    def target(self, kind: str) -> tuple[int, str] | None:
        """Minutes and what they count in; None when the kind is not promised."""
        return self.targets.get(kind)


def terms_from(data: Snapshot) -> Terms:
    """Return the terms that a policy's snapshot describes."""
    minutes = {kind: data.get(f"{kind}_minutes") for kind in KINDS}
    reasons = {
        "child": data.get("pauses_for_children"), "off_duty": data.get("pauses_off_duty"),
        "side": data.get("pauses_for_side"),
    }  # fmt: skip
    return Terms(
        targets={kind: (length, data[f"{kind}_counts"]) for kind, length in minutes.items() if length},
        # Who waits for the customer never has to hurry, by any policy.
        pauses=frozenset({"waiting", *(reason for reason, holds in reasons.items() if holds)}),
        continues_on_reopen=data.get("on_reopen") == SlaPolicy.OnReopen.CONTINUE,
        calendar_id=data["calendar"],
    )


@lru_cache(MOST_KEPT)
def terms_of(version_id: UUID) -> Terms:
    """Return the terms of a policy's version."""
    return terms_from(PolicyVersion.objects.values_list("data", flat=True).get(pk=version_id))


@lru_cache(MOST_KEPT)
def hours_of_version(version_id: UUID) -> WorkingHours:
    """Return the working hours of a calendar's version."""
    return hours_from(CalendarVersion.objects.values_list("data", flat=True).get(pk=version_id))


def special_days_of(version_id: UUID) -> dict[date, tuple[str, str]]:
    """Return kind and name, in the reader's language, of the special days of a calendar's version."""
    return {on: (kind, name.label) for on, (kind, name) in _special_days_of(version_id).items()}


@lru_cache(MOST_KEPT)
def _special_days_of(version_id: UUID) -> dict[date, tuple[str, DayName]]:
    data = CalendarVersion.objects.values_list("data", flat=True).get(pk=version_id)
    return {date.fromisoformat(day["on"]): (day["kind"], name_of(day)) for day in data["special"]}
