"""Public holidays and make-up working days of a region and year, as plain values for the tables."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from common.folding import fold_characters
from sla.day_names import iso_dates

Kind = Literal["off", "working"]

REGIONS = ("CN", "TW", "HK", "SG")

# Offices in Hong Kong keep the general holidays (Good Friday is one), and those the library calls optional;
# its public ones are the fewer statutory holidays.
_CATEGORIES = {"HK": ("optional",)}
_ENGLISH = {"SG": "en_SG"}
_SIMPLIFIED = {"CN": "zh_CN", "TW": "zh_CN", "HK": "zh_CN"}
_TRADITIONAL = {"CN": "zh_TW", "TW": "zh_TW", "HK": "zh_HK"}
_MAKE_UP_DAY = ("Make-up working day", "调休上班", "補班日")
# The library knows Singapore's days in English only.
_SINGAPORE = {
    "New Year's Day": ("元旦", "元旦"),
    "Chinese New Year": ("农历新年", "農曆新年"),
    "Hari Raya Puasa": ("开斋节", "開齋節"),
    "Good Friday": ("耶稣受难日", "耶穌受難日"),
    "Labour Day": ("劳动节", "勞動節"),
    "Vesak Day": ("卫塞节", "衛塞節"),
    "Hari Raya Haji": ("哈芝节", "哈芝節"),
    "National Day": ("国庆日", "國慶日"),
    "Deepavali": ("屠妖节", "屠妖節"),
    "Christmas Day": ("圣诞节", "聖誕節"),
    "Polling Day": ("投票日", "投票日"),
}
_HAN = re.compile("[\u4e00-\u9fff]+")
_REMARKS = {
    "observed": ("补假", "補假"), "estimated": ("预计", "預計"), "observed, estimated": ("补假，预计", "補假，預計"),
}  # fmt: skip


@dataclass(frozen=True, order=True)
class SeedDay:
    """One day that differs from its weekday."""

    date: date
    name: str
    kind: Kind
    name_zh_hans: str = ""
    name_zh_hant: str = ""
    region: str = ""

    @property
    def title(self) -> str:
        """Both names in one text, the region's own first, as they stood before names had languages."""
        own = self.name_zh_hans if self.region == "CN" else self.name_zh_hant
        known = own if self.region != "SG" else ""
        return " · ".join(dict.fromkeys(name for name in (known, self.name) if name))


def days_for(region: str, year: int) -> list[SeedDay]:
    """Return a year's days off and make-up working days in order; raise ValueError for a region not known."""
    # The last days of December may make up for a holiday in the next January, hence both years.
    years = [year, year + 1]
    english = _calendar(region, years, _ENGLISH.get(region, "en_US"))
    simplified = _calendar(region, years, _SIMPLIFIED[region]) if region in _SIMPLIFIED else {}
    traditional = _calendar(region, years, _TRADITIONAL[region]) if region in _TRADITIONAL else {}
    days = []
    for on, name in english.items():
        hans, hant = simplified.get(on, ""), traditional.get(on, "")
        if region == "SG":
            hans, hant = _in_chinese(name)
        days.append(SeedDay(on, iso_dates(name), "off", _simplified(hans), hant, region))
    english_name, hans, hant = _MAKE_UP_DAY
    days += [SeedDay(on, english_name, "working", hans, hant, region) for on in english.weekend_workdays]
    return sorted(day for day in days if day.date.year == year)


def _simplified(name: str) -> str:
    """Return a Simplified name in Simplified characters: of a few days the library has it in Traditional ones."""
    return _HAN.sub(lambda found: fold_characters(found[0]), name)


def _in_chinese(name: str) -> tuple[str, str]:
    """Return a Singapore holiday's Simplified and Traditional names; two empty ones where a part is not known."""
    parts = []
    for part in name.split("; "):
        plain, _bracket, remark = part.partition(" (")
        known, about = _SINGAPORE.get(plain), _REMARKS.get(remark.rstrip(")"))
        if known is None or (remark and about is None):
            return "", ""
        parts.append([f"{word}（{about[script]}）" if about else word for script, word in enumerate(known)])
    return "; ".join(part[0] for part in parts), "; ".join(part[1] for part in parts)


def make_up_days_published(region: str, year: int) -> bool:
    """Say whether it is known which weekends of a year are worked in a region.

    Mainland China announces them each November for the next year, and there has been no year without any since
    2001. Taiwan decides them with the year's calendar and plans none after 2025; Hong Kong and Singapore have none.
    """
    if region != "CN":
        return region in REGIONS
    # A working weekend in December may belong to the holidays of the next January, which says nothing of this year.
    worked = _calendar(region, [year], "en_US").weekend_workdays
    return any(on.year == year and on.month < 12 for on in worked)


def _calendar(region: str, years: list[int], language: str) -> Any:
    if region not in REGIONS:
        raise ValueError(f"No public holidays are known for “{region}”: use one of {', '.join(REGIONS)}.")
    # Slow to import, and needed only when a year is loaded.
    import holidays

    return holidays.country_holidays(
        region,
        years=years,
        language=language,
        expand=False,
        categories=_CATEGORIES.get(region, ("public",)),
    )
