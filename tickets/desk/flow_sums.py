"""How long tickets stay where: counts by state, and dwell times by state and step, bounded and kept for a while."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Count, F, OuterRef, Subquery
from django.utils import timezone

from staff.models import User
from tickets.choices import EventKind
from tickets.models import Event, Ticket

DAYS = (7, 30, 90)
# The newest so many moves of the time are looked at: enough for a median, and never a whole table.
MOVES = 10_000
KEPT_SECONDS = 600


@dataclass(frozen=True)
class Dwell:
    """How long tickets stayed: how many did, half of them at most so long, nine of ten at most so long."""

    count: int
    median: timedelta
    ninetieth: timedelta


@dataclass
class FlowSums:
    """The figures of the flow page."""

    days: int
    by_state: dict[str, int]
    stays: dict[str, Dwell] = field(default_factory=dict)
    # By (step, from, to).
    steps: dict[tuple[str, str, str], Dwell] = field(default_factory=dict)
    is_cut: bool = False


def flow_sums(user: User, days: int) -> FlowSums:
    """The figures of the tickets that the user's teams have, or of all for who sees them all; kept ten minutes."""
    sees_all = user.has_perm("tickets.view_any_ticket")
    teams = None if sees_all else sorted(user.team_ids)
    whose = "all" if teams is None else "-".join(map(str, teams)) or "none"
    key = f"flow-{days}-{whose}"
    found: FlowSums | None = cache.get(key)
    if found is None:
        found = _add_up(teams, days)
        cache.set(key, found, KEPT_SECONDS)
    return found


def _add_up(teams: list[int] | None, days: int) -> FlowSums:
    tickets, steps = Ticket.objects.order_by(), Event.objects.filter(kind=EventKind.STEP)
    if teams is not None:
        tickets, steps = tickets.filter(team__in=teams), steps.filter(ticket__team__in=teams)
    sums = FlowSums(days, dict(tickets.values_list("status").annotate(Count("id"))))
    came = Event.objects.filter(
        ticket=OuterRef("ticket"), pk__lt=OuterRef("pk"), kind=EventKind.STEP, after=OuterRef("before")
    ).exclude(before=F("after"))
    moves = (
        steps.filter(at__gte=timezone.now() - timedelta(days=days))
        .order_by("-at")
        .annotate(since=Subquery(came.order_by("-pk").values("at")[:1]))
        .values_list("step", "before", "after", "at", "since", "ticket__created_at")[:MOVES]
    )
    stays, by_step = defaultdict[str, list[float]](list), defaultdict[tuple[str, str, str], list[float]](list)
    for step, before, after, at, since, created_at in moves:
        seconds = max(0.0, (at - (since or created_at)).total_seconds())
        by_step[step, before, after].append(seconds)
        # A step that leads back to the same state does not end the stay.
        if before != after:
            stays[before].append(seconds)
    sums.stays = {state: _dwell(times) for state, times in stays.items()}
    sums.steps = {key: _dwell(times) for key, times in by_step.items()}
    sums.is_cut = sum(map(len, by_step.values())) == MOVES
    return sums


def _dwell(times: Sequence[float]) -> Dwell:
    ordered = sorted(times)
    return Dwell(len(ordered), _share(ordered, 50), _share(ordered, 90))


def _share(ordered: Sequence[float], percent: int) -> timedelta:
    """The smallest of the times that so many percent do not exceed."""
    place = -(-len(ordered) * percent // 100) - 1
    return timedelta(seconds=ordered[max(0, place)])
