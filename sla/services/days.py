"""Changing single days of a calendar."""

from typing import Any

from django.db import transaction

from sla.models import SpecialDay
from sla.services.versions import record_version


@transaction.atomic
def save_special_day(day: SpecialDay, *, actor: Any, reason: str) -> None:
    """Make a day of a calendar differ from its weekday, as a new version of the calendar."""
    day.save()
    record_version(day.calendar, actor=actor, reason=reason)


@transaction.atomic
def remove_special_day(day: SpecialDay, *, actor: Any, reason: str) -> None:
    """Make a day like its weekday again, as a new version of the calendar."""
    day.delete()
    record_version(day.calendar, actor=actor, reason=reason)
