"""The names of special days in the reader's language, also of versions that held both names in one text."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from common.localized import localized

# As loading wrote them before names had languages: 春节 · Chinese New Year (Spring Festival).
_BOTH = re.compile(r"^(?P<chinese>[^a-zA-Z]*[\u4e00-\u9fff].*) · (?P<english>[ -~]+)$")
_AMERICAN_DATE = re.compile(r"\b(\d\d)/(\d\d)/(\d{4})\b")


class DayName(NamedTuple):
    """What a day is called."""

    name: str
    name_zh_hans: str = ""
    name_zh_hant: str = ""

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return localized(self, "name")


def iso_dates(text: str) -> str:
    """Return a text with dates like 01/04/2026, month first, as 2026-01-04: half of the world reads them otherwise."""
    return _AMERICAN_DATE.sub(r"\3-\1-\2", text)


def name_of(day: Mapping[str, Any]) -> DayName:
    """Return what a day of a calendar's snapshot is called."""
    if "name_zh_hans" in day:
        return DayName(day["name"], day["name_zh_hans"], day["name_zh_hant"])
    if both := _BOTH.match(day["name"]):
        return DayName(iso_dates(both["english"]), both["chinese"])
    return DayName(day["name"])


def in_languages_of(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return a calendar's older snapshot with its days named as in the newer one where they are called the same."""
    named = {day["on"]: day for day in new["special"]}
    return {**old, "special": [_renamed(day, named.get(day["on"])) for day in old["special"]]}


def _renamed(day: dict[str, Any], newer: dict[str, Any] | None) -> dict[str, Any]:
    if newer is None or "name_zh_hans" in day:
        return day
    before, after = name_of(day), name_of(newer)
    is_same = before.name == after.name and before.name_zh_hans in ("", *after[1:])
    names = after if is_same else before
    return {**day, **names._asdict()}
