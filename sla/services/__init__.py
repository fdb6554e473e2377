"""Writes to calendars and policies that touch more than one row."""

from sla.services.days import remove_special_day, save_special_day
from sla.services.holidays import HolidaysUnknown, LoadedYear, load_holidays
from sla.services.versions import record_version, restore_version

__all__ = [
    "HolidaysUnknown",
    "LoadedYear",
    "load_holidays",
    "record_version",
    "remove_special_day",
    "restore_version",
    "save_special_day",
]
