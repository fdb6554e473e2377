"""Who of a team is on duty, as the database has it now."""

import zoneinfo
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from common.hours_text import parse_hours_text
from common.wall_clock import moment_of
from staff.models import Absence, DutyEvent, Membership, Rota, ShiftChange, Team, User
from staff.shifts import DAY, Away, Change, Pattern, Plan, Rotation, Slot, Span, duty_spans, joined, without

# How far ahead somebody looks for the next change: first nearby, then a whole longest cycle.
NEARBY, FAR = timedelta(days=3), timedelta(days=70)
MOMENT = timedelta(microseconds=1)
# How long a change of duty is looked back for when nothing is known of a team.
LOOK_BACK = timedelta(hours=12)


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
    """Whether anybody of the team is on duty, and since when, at most twelve hours; None without a rota in force."""
    begins = now - LOOK_BACK
    covered = covered_spans(team_id, begins, now)
    if covered is None:
        return None
    last = covered[-1] if covered else Span(begins, begins)
    return (True, last.begins) if last.ends > now else (False, last.ends)


def covered_spans(team_id: int, begins: datetime, now: datetime) -> list[Span] | None:
    """When anybody of the team was on duty from a moment until now; None when no rota is in force now.

    For clocks that stand off duty. Whom the rota knows is on duty by the rota, even if he has switched himself away: a
    customer's clock must not stand because somebody pressed a button. Who is in no rota is there while he is present,
    which is written down when it is switched. A span that ends after `now` holds now.
    """
    plan = plan_of(team_id, begins.astimezone(UTC).date(), now.astimezone(UTC).date())
    if not any(rotation.covers(now.astimezone(rotation.zone).date()) for rotation in plan.rotations):
        return None
    return _covered(team_id, plan, Span(begins.astimezone(UTC), now.astimezone(UTC) + MOMENT))


def off_duty_spans(team_id: int, begins: datetime, ends: datetime) -> list[Span]:
    """When nobody of the team was on duty while a rota was in force, between two moments, in order."""
    window = Span(begins.astimezone(UTC), ends.astimezone(UTC))
    plan = plan_of(team_id, window.begins.date(), window.ends.date())
    in_force = [_in_force(rotation, window) for rotation in plan.rotations]
    clipped = [Span(max(one.begins, window.begins), min(one.ends, window.ends)) for one in in_force]
    return without(clipped, _covered(team_id, plan, window))


def _covered(team_id: int, plan: Plan, window: Span) -> list[Span]:
    members = list(
        Membership.objects.filter(team=team_id, user__is_active=True).values_list("user", "user__is_present")
    )
    on_shift, presences = duty_spans(plan, *window), _presences(dict(members), window)
    found: list[Span] = []
    for user, _is_present in members:
        away = [Span(one.begins, one.ends) for one in plan.aways if one.user == user]
        free = without(presences[user], [*planned_spans(plan, user, window), *away])
        found += [*on_shift.get(user, []), *free]
    return joined(found)


def planned_spans(plan: Plan, user: int, window: Span) -> list[Span]:
    """The pieces of a window in which a rota decides about a person, since it knows him."""
    return [
        _in_force(rotation, window)
        for rotation in plan.rotations
        if any(slot.user == user and slot.week <= rotation.cycle_weeks for slot in rotation.slots)
    ]


def _in_force(rotation: Rotation, window: Span) -> Span:
    begins = moment_of(rotation.begins_on, time(), rotation.zone)
    return Span(begins, moment_of(rotation.until, time(), rotation.zone) if rotation.until else window.ends)


def _presences(members: dict[int, bool], window: Span) -> dict[int, list[Span]]:
    """When each of them was present, told backwards from now, since every switch is written down; one query."""
    switched: dict[int, list[tuple[datetime, bool]]] = {}
    events = DutyEvent.objects.filter(
        kind=DutyEvent.Kind.PRESENCE_SWITCHED, user__in=members, at__gt=window.begins, at__lt=window.ends
    )
    for user, at, data in events.order_by("at", "id").values_list("user", "at", "data"):
        switched.setdefault(user, []).append((at, data["present"]))
    found = {}
    for user, is_present in members.items():
        known = switched.get(user, [])
        moments = [(window.begins, not known[0][1] if known else is_present), *known, (window.ends, False)]
        found[user] = [Span(one[0], other[0]) for one, other in pairwise(moments) if one[1]]
    return found


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
