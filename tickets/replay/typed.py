"""A policy or calendar as it stands in a form, for trying it out; nothing of it is saved."""

from collections.abc import Iterable, Sequence
from typing import Any

from sla.business_time import WorkingHours
from sla.hours import hours_of
from sla.models import BusinessCalendar, SlaPolicy
from sla.snapshots import calendar_snapshot, hours_from, policy_snapshot
from sla.terms import terms_from
from tickets.rulebook import Policy


class _Rows:
    """Answers `all()` like a related manager."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = list(rows)

    def all(self) -> Sequence[Any]:
        return self._rows


class _Typed:
    """A row whose related rows are those of a form."""

    def __init__(self, row: Any, **related: Iterable[Any]) -> None:
        self._row = row
        self.__dict__.update({name: _Rows(rows) for name, rows in related.items()})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def typed_policy(row: SlaPolicy, categories: Iterable[Any], segments: Iterable[Any]) -> Policy:
    """Return the policy as the engine would use it if it were saved."""
    # Stages change no clock, so those of the form need not be read.
    snapshot = policy_snapshot(_Typed(row, categories=categories, segments=segments, escalation_stages=()))
    return Policy(
        row=row,
        category_ids=frozenset(snapshot["categories"]),
        segment_ids=frozenset(snapshot["segments"]),
        hours=hours_of(row.calendar),
        terms=terms_from(snapshot),
    )


def typed_hours(
    calendar: BusinessCalendar, hours: Iterable[Any], special_days: Iterable[Any]
) -> WorkingHours:
    """Return the calendar's hours as they would be if these rows were saved."""
    return hours_from(calendar_snapshot(_Typed(calendar, hours=hours, special_days=special_days)))
