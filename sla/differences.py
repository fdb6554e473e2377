"""What one version of a calendar or policy changed against the one before, in words."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from catalog.models import Category
from common.wording import bracketed
from customers.models import Segment
from sla.day_names import in_languages_of, name_of
from sla.models import BusinessCalendar, SlaPolicy, SpecialDay
from sla.snapshots import ESCALATION, KINDS, POLICY_DEFAULTS, Snapshot, read_ranges
from sla.stages import stage_differences
from sla.words import length, named, ranges_line, week_line

NOTHING = "–"


class Difference(NamedTuple):
    """One thing that changed."""

    what: str
    before: str
    after: str


def differences(old: Snapshot, new: Snapshot) -> list[Difference]:
    """List what changed from one snapshot of a calendar or policy to the next."""
    if "position" in new:
        before, after = _policy_words(old), _policy_words(new)
    else:
        before, after = _calendar_words(in_languages_of(old, new)), _calendar_words(new)
    found = [
        Difference(what, before.get(what, NOTHING), after.get(what, NOTHING))
        for what in dict.fromkeys((*before, *after))
        if before.get(what, NOTHING) != after.get(what, NOTHING)
    ]
    if found and ESCALATION not in old:
        # Which stages there were then nobody knows.
        return found
    stages = stage_differences(old.get(ESCALATION), new.get(ESCALATION))
    return found + [Difference(gettext("Escalation stage"), *change) for change in stages]


def _calendar_words(data: Snapshot) -> dict[str, str]:
    rows = [
        (weekday, opens, closes)
        for weekday, ranges in enumerate(data["weekly"])
        for opens, closes in read_ranges(ranges)
    ]
    words = {
        gettext("Time zone"): data["zone"],
        gettext("Working hours"): week_line(rows) or gettext("no working hours"),
    }
    for day in data["special"]:
        words[date_format(date.fromisoformat(day["on"]), "Y-m-d")] = _day_words(day)
    return words


def _day_words(day: dict[str, Any]) -> str:
    kind = str(SpecialDay.Kind(day["kind"]).label)
    hours = ranges_line(read_ranges(day["ranges"])) if day["ranges"] else ""
    what = f"{kind} {hours}".strip()
    name = name_of(day).label
    return bracketed(what, name) if name else what


def _policy_words(data: Snapshot) -> dict[str, str]:
    data = {**POLICY_DEFAULTS, **data}
    words = {
        gettext("Name"): data["name"],
        gettext("Name in Simplified Chinese"): data["name_zh_hans"],
        gettext("Name in Traditional Chinese"): data["name_zh_hant"],
        gettext("In use"): _yes_or_no(data["is_active"]),
        gettext("Position"): str(data["position"]),
        gettext("Calendar"): _names(BusinessCalendar, [data["calendar"]]),
        gettext("Priorities"): _labels(SlaPolicy.priority_choices, data["priorities"]),
        gettext("Channels"): _labels(SlaPolicy.channel_choices, data["channels"]),
        gettext("Categories"): _names(Category, data["categories"]),
        gettext("Customer segments"): _names(Segment, data["segments"]),
    }
    names = {
        "first_response": gettext("First response"), "next_response": gettext("Next response"),
        "resolution": gettext("Resolution"), "progress": gettext("Progress report"),
    }  # fmt: skip
    for kind in KINDS:
        if minutes := data.get(f"{kind}_minutes"):
            counts = SlaPolicy.Counts(data[f"{kind}_counts"])
            words[names[kind]] = bracketed(length(minutes), counts.label)
    words |= {
        gettext("Pauses for child tickets"): _yes_or_no(data["pauses_for_children"]),
        gettext("Pauses off duty"): _yes_or_no(data["pauses_off_duty"]),
        gettext("Pauses for side conversations"): _yes_or_no(data["pauses_for_side"]),
        gettext("Resolution after reopening"): str(SlaPolicy.OnReopen(data["on_reopen"]).label),
    }
    return {what: said or NOTHING for what, said in words.items()}


def _names(model: Any, keys: list[int]) -> str:
    """The names of rows; of those that are gone their numbers."""
    found = model._default_manager.in_bulk(keys)
    return named(found.get(key, f"#{key}") for key in keys)


def _labels(choices: Callable[[], Iterable[tuple[str, str]]], codes: list[str]) -> str:
    return named(label for code, label in choices() if code in codes)


def _yes_or_no(holds: bool) -> str:
    return pgettext("whether something holds", "yes") if holds else pgettext("whether something holds", "no")
