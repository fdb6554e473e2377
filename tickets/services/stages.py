"""When the stages of an escalation are due, on the clock of one promise.

A stage is a place on the clock: so many seconds spent. What stops the clock puts the stage off, and how far the last
fired one had come is all that must be remembered.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sla.business_time import NoWorkingTime, WorkingHours
from sla.clock import due_after, seconds_spent
from tickets.models import EscalationStage, Promise


def next_stage(
    promise: Promise, stages: Iterable[EscalationStage], hours: WorkingHours | None
) -> datetime | None:
    """When a running promise reaches its next stage; None when no stage is left."""
    assert promise.running_since_at is not None
    left = [seconds for seconds, _stage in _waiting(promise, stages)]
    if not left:
        return None
    try:
        return due_after(promise.running_since_at, max(0, min(left) - promise.spent_seconds), hours)
    except NoWorkingTime:
        # The calendar's notice in the admin tells the manager.
        return None


def stages_reached(
    promise: Promise, stages: Sequence[EscalationStage], hours: WorkingHours | None, now: datetime
) -> list[EscalationStage]:
    """The stages that a promise's clock has reached by now and that have not fired, earliest first."""
    spent = promise.spent_seconds
    if promise.running_since_at is not None:
        spent += max(0, seconds_spent(promise.running_since_at, now, hours))
    reached = [(seconds, stage.pk, stage) for seconds, stage in _waiting(promise, stages) if seconds <= spent]
    return [stage for _seconds, _pk, stage in sorted(reached, key=lambda one: one[:2])]


def _waiting(promise: Promise, stages: Iterable[EscalationStage]) -> list[tuple[int, EscalationStage]]:
    """The stages that watch the promise and have not fired; one that would lie before the start never does."""
    places = [
        (stage.seconds_at(promise.target_minutes), stage) for stage in stages if stage.is_for(promise.kind)
    ]
    return [place for place in places if place[0] > promise.escalated_to_seconds]
