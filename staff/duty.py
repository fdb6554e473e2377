"""Who of a team is on duty, as the database has it now."""

import zoneinfo
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from common.hours_text import parse_hours_text
from staff.models import Absence, Membership, Rota, ShiftChange, Team, User
from staff.shifts import (
    DAY,
    LOOKS_BACK,
    Away,
    Change,
    Pattern,
    Plan,
    Rotation,
    Slot,
    Span,
    duty_spans,
    without,
)

# How far ahead somebody looks for the next change: first nearby, then a whole longest cycle.
NEARBY, FAR = timedelta(days=3), timedelta(days=70)
MOMENT = timedelta(microseconds=1)


def plan_of(team_id: int, first: date, last: date) -> Plan:
    """Everything that decides about the shifts which begin on these days, and around them, in three queries."""
    # Zones differ from UTC by less than a day, and a shift may have begun the day before.
    first, last = first - 2 * DAY, last + 2 * DAY
    plan = _shifts_of(team_id, first, last)
    if not plan.rotations:
        return plan
    begins = datetime(first.year, first.month, first.day, tzinfo=UTC)
    ends = datetime(last.year, last.month, last.day, tzinfo=UTC) + DAY
    aways = Absence.objects.filter(user__memberships__team=team_id, starts_at__lt=ends, ends_at__gt=begins)
    found = aways.values_list("user_id", "starts_at", "ends_at")
    return replace(plan, aways=tuple(Away(*row) for row in found))


def on_duty_ids(team_id: int, at: datetime) -> set[int]:
    """The members who may get new tickets: active, present, not absent, and, if the rota has them, on shift.

    Whom the rota in force does not know is on duty whenever he is present. Three queries at most.
    """
    away = Absence.objects.filter(user=OuterRef("user"), starts_at__lte=at, ends_at__gt=at)
    members = set(
        Membership.objects.filter(team=team_id, user__is_active=True, user__is_present=True)
        .exclude(Exists(away))
        .values_list("user_id", flat=True)
    )
    if not members:
        return members
    at = at.astimezone(UTC)
    plan = _shifts_of(team_id, at.date() - 2 * DAY, at.date() + DAY)
    on_shift = duty_spans(plan, at, at + MOMENT)
    return members & (on_shift.keys() | (members - planned_ids(plan, at)))


def planned_ids(plan: Plan, at: datetime) -> set[int]:
    """Those whom the rota in force at a moment knows: for them the rota decides."""
    for rotation in plan.rotations:
        if rotation.covers(at.astimezone(rotation.zone).date()):
            return {slot.user for slot in rotation.slots if slot.week <= rotation.cycle_weeks}
    return set()


def spans_of(team_id: int, begins: datetime, ends: datetime) -> dict[int, list[Span]]:
    """When each member is on duty by the rota between two moments; whom no rota knows is not in it."""
    begins, ends = begins.astimezone(UTC), ends.astimezone(UTC)
    spans = duty_spans(plan_of(team_id, begins.date(), ends.date()), begins, ends)
    members = set(
        Membership.objects.filter(team=team_id, user__is_active=True).values_list("user_id", flat=True)
    )
    return {user: found for user, found in spans.items() if user in members}


def next_change(team_id: int, after: datetime) -> datetime | None:
    """The next moment when somebody of the team comes on or goes off duty by the rota; None when there is none."""
    for ahead in (NEARBY, FAR):
        moments = boundaries(spans_of(team_id, after, after + ahead), after, after + ahead)
        if moments:
            return moments[0]
    return None


def duty_since(team_id: int, now: datetime) -> tuple[bool, datetime] | None:
    """Whether anybody of the team is on duty, and since when by the rota, at most twelve hours; None without a rota.

    For clocks that stand still off duty: asked late, it still tells the exact moment.
    """
    begins = now - LOOKS_BACK
    plan = plan_of(team_id, begins.astimezone(UTC).date(), now.astimezone(UTC).date())
    if not any(rotation.covers(now.astimezone(rotation.zone).date()) for rotation in plan.rotations):
        return None
    stretches = coverage_of(spans_of(team_id, begins, now + MOMENT), begins, now + MOMENT)
    is_covered, since = bool(stretches[-1][1]), now
    for stretch, people in reversed(stretches):
        if bool(people) != is_covered:
            break
        since = stretch.begins
    if not is_covered and on_duty_ids(team_id, now):
        # Somebody whom the rota does not know is there; since when, nobody wrote down.
        return True, now
    return is_covered, since


def off_duty_spans(team_id: int, begins: datetime, ends: datetime) -> list[Span]:
    """When nobody of the team was on duty by a rota in force, between two moments, in order."""
    plan = plan_of(team_id, begins.astimezone(UTC).date(), ends.astimezone(UTC).date())
    if not plan.rotations:
        return []
    first = min(plan.rotations, key=lambda rotation: rotation.begins_on)
    in_force = datetime.combine(first.begins_on, time(), first.zone).astimezone(UTC)
    covered = [span for found in spans_of(team_id, begins, ends).values() for span in found]
    return without([Span(max(begins, in_force), ends)], covered)


def boundaries(spans: dict[int, list[Span]], begins: datetime, ends: datetime) -> list[datetime]:
    """The moments strictly between two others at which some span begins or ends, in order."""
    moments = {moment for found in spans.values() for span in found for moment in span}
    return sorted(moment for moment in moments if begins < moment < ends)


def coverage_of(
    spans: dict[int, list[Span]], begins: datetime, ends: datetime
) -> list[tuple[Span, frozenset[int]]]:
    """Who is on duty in each stretch between two moments, the stretches in order and without gaps."""
    edges = [begins, *boundaries(spans, begins, ends), ends]
    return [
        (
            Span(one, other),
            frozenset(
                user
                for user, found in spans.items()
                if any(span.begins <= one and span.ends >= other for span in found)
            ),
        )
        for one, other in pairwise(edges)
    ]


def plannable_teams(user: User) -> QuerySet[Team]:
    """The teams whose shifts the user may plan."""
    if not user.has_perm("staff.plan_duty"):
        return Team.objects.none()
    return _in_reach(user)


def teams_to_look_at(user: User) -> QuerySet[Team]:
    """The teams whose weeks the user may see: his own, and all for who plans for all."""
    return _in_reach(user)


def _in_reach(user: User) -> QuerySet[Team]:
    teams = Team.objects.filter(is_active=True)
    # Who shapes rotas looks after every team, a lead after his own.
    return teams if user.has_perm("staff.change_rota") else teams.filter(pk__in=list(user.team_ids))


_PATTERN = ("id", "begins", "ends", "breaks")
_SLOT = ("week", "weekday", "pattern_id", "user_id")


def _shifts_of(team_id: int, first: date, last: date) -> Plan:
    """The team's rotas, and what differs from them on these days, in two queries: every assignment asks for it."""
    columns = ("id", "begins_on", "time_zone", "cycle_weeks", *(f"slots__{name}" for name in _SLOT))
    rows = list(
        Rota.objects.filter(team=team_id)
        .order_by("begins_on", "id")
        .values_list(*columns, *(f"slots__pattern__{name}" for name in _PATTERN))
    )
    if not rows:
        return Plan()
    changes = list(
        ShiftChange.objects.filter(team=team_id, on__range=(first, last)).values_list(
            "on", "pattern_id", "user_out_id", "user_in_id", *(f"pattern__{name}" for name in _PATTERN)
        )
    )
    patterns = {row[8]: row[8:] for row in rows if row[8]} | {row[4]: row[4:] for row in changes}
    return Plan(
        rotations=_rotations(rows),
        patterns=tuple(
            Pattern(pk, begins, ends, parse_hours_text(breaks))
            for pk, begins, ends, breaks in patterns.values()
        ),
        changes=tuple(Change(*row[:4]) for row in changes),
    )


def _rotations(rows: list[Any]) -> tuple[Rotation, ...]:
    heads = {row[0]: row[1:4] for row in rows}
    begins = [head[0] for head in heads.values()]
    found = []
    for (pk, (begins_on, zone, weeks)), until in zip(heads.items(), [*begins[1:], None], strict=True):
        slots = tuple(Slot(*row[4:8]) for row in rows if row[0] == pk and row[4])
        found.append(Rotation(zoneinfo.ZoneInfo(zone), begins_on, weeks, slots, until))
    return tuple(found)
