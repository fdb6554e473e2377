"""Loading public holidays into calendars."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from sla.holidays_seed import SeedDay, days_for, make_up_days_published
from sla.models import BusinessCalendar
from sla.models.version import Version
from sla.services.versions import record_version


class HolidaysUnknown(Exception):
    """No holidays are known for the calendar's region and year."""


@dataclass(frozen=True)
class LoadedYear:
    """What loading a year changed."""

    days: int
    working_days: int
    added: int
    changed: int
    removed: int
    # Days that somebody entered by hand are left as they are.
    kept_by_hand: int
    has_make_up_days: bool


@transaction.atomic
def load_holidays(
    calendar: BusinessCalendar | Any, year: int, *, actor: Any = None, is_recorded: bool = True
) -> LoadedYear:
    """Make a calendar's loaded days of a year those of its region, and note that the year is loaded.

    Days entered by hand win. Loading again changes only what has been announced since. Takes a calendar of a
    migration too, which has no versions yet: then nothing `is_recorded`. Raises HolidaysUnknown for a year or
    region without any data.
    """
    if not calendar.region:
        raise HolidaysUnknown(f"“{calendar}” names no region: choose one, or enter its days off by hand.")
    seeds = days_for(calendar.region, year)
    if not seeds:
        raise HolidaysUnknown(f"No holidays are known for {calendar.region} in {year}: enter them by hand.")
    row_model = calendar.special_days.model
    rows = {row.on: row for row in calendar.special_days.filter(on__year=year)}
    by_hand = {on for on, row in rows.items() if row.source == "manual"}
    wanted = {seed.date: seed for seed in seeds if seed.date not in by_hand}
    changed = [rows[on] for on, seed in wanted.items() if on in rows and _update(rows[on], seed)]
    new = [
        row_model(calendar=calendar, on=on, source="loaded", **_fields(row_model, seed))
        for on, seed in wanted.items()
        if on not in rows
    ]
    gone = [row.pk for on, row in rows.items() if on not in wanted and on not in by_hand]
    if gone:
        calendar.special_days.filter(pk__in=gone).delete()
    calendar.special_days.bulk_create(new)
    calendar.special_days.bulk_update(changed, _fields(row_model, seeds[0]))
    published = make_up_days_published(calendar.region, year)
    calendar.holiday_years.update_or_create(
        year=year, defaults={"has_make_up_days": published, "loaded_at": timezone.now()}
    )
    if is_recorded:
        record_version(calendar, actor=actor, cause=Version.Cause.HOLIDAYS, about=year)
    return LoadedYear(
        days=len(wanted),
        working_days=sum(seed.kind == "working" for seed in wanted.values()),
        added=len(new),
        changed=len(changed),
        removed=len(gone),
        kept_by_hand=len(by_hand),
        has_make_up_days=published,
    )


def _fields(model: Any, seed: SeedDay) -> dict[str, str]:
    """What a row holds of a seed; the model of an early migration has one name only, which a later one takes apart."""
    own: dict[str, str] = {"kind": seed.kind, "hours": ""}
    if hasattr(model, "name_zh_hans"):
        names = {"name": seed.name, "name_zh_hans": seed.name_zh_hans, "name_zh_hant": seed.name_zh_hant}
        return own | names
    return own | {"name": seed.title}


def _update(row: Any, seed: SeedDay) -> bool:
    """Make a loaded row like the seed; say whether it was different."""
    changes = {
        field: value for field, value in _fields(type(row), seed).items() if getattr(row, field) != value
    }
    for field, value in changes.items():
        setattr(row, field, value)
    return bool(changes)
