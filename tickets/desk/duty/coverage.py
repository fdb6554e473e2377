"""The hours in which a team's SLA policies let the clock run: in them somebody should be on duty."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sla.business_time import EPOCH, MICROSECOND, WEEK, WorkingHours
from sla.models import SlaPolicy
from staff.shifts import Span, joined
from tickets.rulebook import Rulebook


def promised_spans(rulebook: Rulebook, team_id: int, begins: datetime, ends: datetime) -> list[Span]:
    """Return the spans between two moments that the calendars of the team's policies hold open."""
    return joined(
        span for hours in hours_of_team(rulebook, team_id) for span in open_spans(hours, begins, ends)
    )


def hours_of_team(rulebook: Rulebook, team_id: int) -> list[WorkingHours]:
    """Return the working hours by which promises on the categories that the team serves are counted."""
    served = [
        category
        for category in rulebook.categories.values()
        if team_id in rulebook.serving_team_ids(category)
    ]
    found: list[WorkingHours] = []
    for policy in rulebook.policies:
        if not policy.row.is_active or not _counts_working_time(policy.row) or policy.hours in found:
            continue
        if any(not policy.category_ids or category.is_within(policy.category_ids) for category in served):
            found.append(policy.hours)
    return found


def open_spans(hours: WorkingHours, begins: datetime, ends: datetime) -> Iterator[Span]:
    """Give the open spans of a calendar between two moments, in order."""
    for number in _weeks(begins, ends):
        week = hours.week(number)
        for opens, closes in zip(week.opens, week.closes, strict=True):
            span = Span(max(EPOCH + opens * MICROSECOND, begins), min(EPOCH + closes * MICROSECOND, ends))
            if span.begins < span.ends:
                yield span


def _weeks(begins: datetime, ends: datetime) -> Iterable[int]:
    return range((begins - EPOCH) // MICROSECOND // WEEK, (ends - EPOCH) // MICROSECOND // WEEK + 1)


def _counts_working_time(policy: SlaPolicy) -> bool:
    targets = (
        (policy.first_response_minutes, policy.first_response_counts),
        (policy.next_response_minutes, policy.next_response_counts),
        (policy.resolution_minutes, policy.resolution_counts),
    )
    return any(minutes and counts == SlaPolicy.Counts.BUSINESS for minutes, counts in targets)
