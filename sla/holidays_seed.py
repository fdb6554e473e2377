"""Public holidays and make-up working days of a region and year, as plain values for the tables."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Kind = Literal["off", "working"]

REGIONS = ("CN", "TW", "HK", "SG")

# Offices in Hong Kong keep the general holidays (Good Friday is one), and those the library calls optional;
# its public ones are the fewer statutory holidays.
_CATEGORIES = {"HK": ("optional",)}
_ENGLISH = {"SG": "en_SG"}
_CHINESE = {"CN": "zh_CN", "TW": "zh_TW", "HK": "zh_HK"}
_MAKE_UP_DAY = {"CN": "调休上班", "TW": "補班日"}


@dataclass(frozen=True, order=True)
class SeedDay:
    """One day that differs from its weekday."""

    date: date
    name: str
    kind: Kind
    # What the region itself calls it in Chinese, where the library knows.
    chinese_name: str = ""

    @property
    def title(self) -> str:
        """Both names, the region's own first."""
        names = dict.fromkeys(name for name in (self.chinese_name, self.name) if name)
        return " · ".join(names)


def days_for(region: str, year: int) -> list[SeedDay]:
    """Return a year's days off and make-up working days in order; raise ValueError for a region not known."""
    english = _calendar(region, [year, year + 1], _ENGLISH.get(region, "en_US"))
    chinese = _calendar(region, [year, year + 1], _CHINESE[region]) if region in _CHINESE else {}
    days = [SeedDay(on, name, "off", chinese.get(on, "")) for on, name in english.items() if on.year == year]
    # The last days of December may make up for a holiday in the next January, hence both years.
    days += [
        SeedDay(on, "Make-up working day", "working", _MAKE_UP_DAY.get(region, ""))
        for on in english.weekend_workdays
        if on.year == year
    ]
    return sorted(days)


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
