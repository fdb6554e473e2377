"""Whose shift is over: from the rotas, so that a missed minute is made up for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from staff.duty import plan_of
from staff.models import DutyEvent, Membership, Rota
from staff.shifts import DAY, Span, joined, shifts_between

# How long a shift's end is looked back for, should nothing have run meanwhile.
LOOK_BACK = timedelta(hours=12)


@dataclass(frozen=True)
class ShiftEnd:
    """One person of a team has gone off shift."""

    team_id: int
    user_id: int
    at: datetime
    rule: str

    @property
    def key(self) -> str:
        """What it is known by for ever."""
        return f"{self.team_id}:{self.user_id}:{self.at:%Y-%m-%dT%H:%M}"


def shift_ends(team_id: int, begins: datetime, ends: datetime) -> list[tuple[datetime, int]]:
    """Return when whom of a team's shift is over, after one moment and until another; shifts that touch are one."""
    begins, ends = begins.astimezone(UTC), ends.astimezone(UTC)
    plan = plan_of(team_id, begins.date(), ends.date())
    by_user: dict[int, list[Span]] = {}
    for shift in shifts_between(plan, begins.date() - 2 * DAY, ends.date() + DAY):
        by_user.setdefault(shift.user, []).append(Span(shift.begins, shift.ends))
    return sorted(
        (span.ends, user)
        for user, spans in by_user.items()
        for span in joined(spans)
        if begins < span.ends <= ends
    )


def ends_to_work_off(now: datetime) -> list[ShiftEnd]:
    """Return the shift ends whose rule is still to be applied, the earliest first; who is on again is left alone."""
    found: list[ShiftEnd] = []
    for team_id, rule in _rules(now).items():
        ends = shift_ends(team_id, now - LOOK_BACK, now)
        latest = {user: at for at, user in ends}
        again = _on_shift(team_id, now) if latest else set()
        members = Membership.objects.filter(team=team_id, user__in=latest).values_list("user_id", flat=True)
        found += [ShiftEnd(team_id, user, latest[user], rule) for user in members if user not in again]
    done = set(DutyEvent.objects.filter(key__in=[end.key for end in found]).values_list("key", flat=True))
    return sorted((end for end in found if end.key not in done), key=lambda end: (end.at, end.user_id))


def _rules(now: datetime) -> dict[int, str]:
    """What each team with a rota in force does with open tickets, for those that do something."""
    rules: dict[int, str] = {}
    for rota in Rota.objects.filter(team__is_active=True).order_by("begins_on"):
        if rota.begins_on <= now.astimezone(rota.zone).date():
            rules[rota.team_id] = rota.at_shift_end
    return {team: rule for team, rule in rules.items() if rule != Rota.AtShiftEnd.KEEP}


def _on_shift(team_id: int, now: datetime) -> set[int]:
    """Who is on shift, on a break or not."""
    now = now.astimezone(UTC)
    plan = plan_of(team_id, now.date(), now.date())
    shifts = shifts_between(plan, now.date() - 2 * DAY, now.date() + DAY)
    return {shift.user for shift in shifts if shift.begins <= now < shift.ends}
