"""Who of a team gets a ticket. Pure: plain values in, the choice and its reasons out.

Whatever the strategy, nobody gets a ticket who is off duty, full, or lacks a skill that it needs. Then nobody may
be left, and the ticket waits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from staff.models import Strategy

# Why a candidate was not chosen.
OFF_DUTY, LACKS_SKILL, FULL = "off_duty", "lacks_skill", "full"
NOT_ON_CALL, LATER = "not_on_call", "later"

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Candidate:
    """One member of the team, as he stands at this moment."""

    user_id: int
    is_on_duty: bool = True
    is_on_call: bool = False
    # The weights of all open tickets he has; in the same measure as the capacity, which may be without limit.
    load: int = 0
    capacity: int | None = None
    skills: frozenset[int] = frozenset()
    last_assigned_at: datetime | None = None


@dataclass(frozen=True)
class Need:
    """What the ticket asks for."""

    weight: int = 1
    skills: frozenset[int] = frozenset()
    is_premium: bool = False
    # Who served this customer last, if anybody did.
    last_agent_id: int | None = None


@dataclass(frozen=True)
class Choice:
    """Who was chosen, by what, and why each of the others was not: (user_id, reason, load)."""

    chosen: Candidate | None
    reason: str
    others: tuple[tuple[int, str, int], ...] = ()
    need: Need = field(default_factory=Need)

    def as_data(self) -> dict[str, Any]:
        """What the event keeps: codes and figures."""
        chosen = self.chosen
        return {
            "by": str(self.reason),
            "load": chosen.load if chosen else None,
            "capacity": chosen.capacity if chosen else None,
            "weight": self.need.weight,
            "others": [list(other) for other in self.others],
        }


def choose(strategy: str, candidates: Sequence[Candidate], need: Need) -> Choice:
    """Choose by the team's strategy among those who may get the ticket; nobody when there is none."""
    reasons = {one.user_id: why_not(one, need) for one in candidates}
    able = [one for one in candidates if not reasons[one.user_id]]
    on_call = [one for one in able if one.is_on_call]
    if need.is_premium and on_call:
        reasons |= {one.user_id: NOT_ON_CALL for one in able if not one.is_on_call}
        able = on_call
    chosen, reason = None, ""
    if able:
        reason, rank = _ranking(strategy, able, need)
        chosen = min(able, key=rank)
    others = [
        (one.user_id, reasons[one.user_id] or LATER, one.load)
        for one in sorted(candidates, key=lambda one: one.user_id)
        if one is not chosen
    ]
    return Choice(chosen, reason, tuple(others), need)


def why_not(candidate: Candidate, need: Need) -> str:
    """Why somebody cannot get the ticket, whatever the strategy; empty when he can."""
    if not candidate.is_on_duty:
        return OFF_DUTY
    if not need.skills <= candidate.skills:
        return LACKS_SKILL
    # Not whether this ticket still fits in: light ones would fill every gap, and a heavy one would wait for ever.
    is_full = candidate.capacity is not None and candidate.load >= candidate.capacity
    return FULL if is_full else ""


def _ranking(
    strategy: str, able: Sequence[Candidate], need: Need
) -> tuple[str, Callable[[Candidate], tuple[Any, ...]]]:
    if strategy == Strategy.LAST_AGENT and any(one.user_id == need.last_agent_id for one in able):
        return Strategy.LAST_AGENT, lambda one: (one.user_id != need.last_agent_id,)
    if strategy == Strategy.ROUND_ROBIN:
        return Strategy.ROUND_ROBIN, lambda one: (_last(one), one.load, one.user_id)
    if strategy == Strategy.BEST_SKILL:
        # Who has few other skills comes first, so that who has many is kept free for what only he can do. But only of
        # the half of the least loaded that has waited longer: small loads are often equal, and by skills alone the
        # same people would get every other ticket.
        least = min(one.load for one in able)
        free = sorted((one for one in able if one.load == least), key=lambda one: (_last(one), one.user_id))
        longer = {one.user_id for one in free[: (len(free) + 1) // 2]}
        return Strategy.BEST_SKILL, lambda one: (
            one.user_id not in longer,
            len(one.skills - need.skills),
            _last(one),
            one.user_id,
        )
    return Strategy.LEAST_LOAD, lambda one: (one.load, _last(one), one.user_id)


def _last(candidate: Candidate) -> datetime:
    return candidate.last_assigned_at or _LONG_AGO
