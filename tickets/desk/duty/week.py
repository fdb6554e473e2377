"""One team's week: people, days, shifts, absences, and what is wrong with the plan."""

import zoneinfo
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from common.wall_clock import moment_of
from common.wording import zone_name
from staff.duty import plan_of, planned_ids, teams_to_look_at
from staff.models import Absence, Membership, Rota, ShiftPattern, Team, User
from staff.shifts import DAY, Plan, Shift, Span, duty_spans, shifts_between
from tickets.desk.duty.conflicts import Conflict, conflicts_of_people, uncovered
from tickets.desk.duty.coverage import promised_spans
from tickets.rulebook import current_rulebook

LOOK_AHEAD = 14 * DAY
SENTENCES = {
    "double": _("%(user)s is booked twice"),
    "absent": _("%(user)s is absent but on the rota"),
    "long": _("%(user)s works more than 12 hours in a row"),
    "short_rest": _("%(user)s rests less than 8 hours"),
    "nobody": _("Nobody is on duty, although working time is promised"),
}


@dataclass(frozen=True)
class Week:
    """Which week it is; weeks are counted as ISO 8601 does, from Monday."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Week":
        """The week of a day."""
        year, number, _weekday = day.isocalendar()
        return cls(year, number)

    @property
    def monday(self) -> date:
        """Its first day; raises ValueError for a week that the year has not."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def days(self) -> list[date]:
        return [self.monday + number * DAY for number in range(7)]

    def moved(self, weeks: int) -> "Week":
        """A week so many later."""
        return Week.of(self.monday + weeks * timedelta(weeks=1))


@dataclass
class Block:
    """One shift in one cell."""

    shift: Shift
    pattern: ShiftPattern
    is_changed: bool
    is_absent: bool


@dataclass
class Cell:
    """One person's day."""

    day: date
    user: User
    is_today: bool
    blocks: list[Block] = field(default_factory=list)
    absences: list[str] = field(default_factory=list)


@dataclass
class Row:
    """One person's week."""

    user: User
    is_lead: bool
    is_planned: bool
    cells: list[Cell] = field(default_factory=list)


class TeamWeek:
    """Everything that a week page shows, read in few queries however many people the team has."""

    def __init__(self, team: Team, week: Week, reader: User) -> None:
        self.team, self.week, self.reader = team, week, reader
        self.plan: Plan = plan_of(team.pk, week.monday - DAY, week.days[-1] + DAY)
        rotation = self.plan.rotation_on(week.days[-1]) or (self.plan.rotations or (None,))[0]
        self.zone = rotation.zone if rotation else zoneinfo.ZoneInfo(reader.time_zone)
        self.has_rota = bool(self.plan.rotations)
        self.begins = moment_of(week.monday, time(0), self.zone)
        self.ends = moment_of(week.days[-1] + DAY, time(0), self.zone)
        # Notes and kinds of absences are for those who plan, and for the person.
        self.may_plan = may_plan(reader, team)

    @property
    def zone_name(self) -> str:
        """What people call the zone of the times shown."""
        return zone_name(self.zone.key)

    @cached_property
    def memberships(self) -> list[Membership]:
        """The active members, leads first."""
        found = Membership.objects.filter(team=self.team, user__is_active=True).select_related("user")
        return list(found.order_by("-is_lead", "user__display_name", "pk"))

    @cached_property
    def patterns(self) -> dict[int, ShiftPattern]:
        """All kinds of shift by key."""
        return {pattern.pk: pattern for pattern in ShiftPattern.objects.all()}

    @cached_property
    def shifts(self) -> list[Shift]:
        """The shifts of the members in this week and on the days beside it."""
        members = {membership.user_id for membership in self.memberships}
        days = self.week.days
        return [s for s in shifts_between(self.plan, days[0] - DAY, days[-1] + DAY) if s.user in members]

    @cached_property
    def absences(self) -> list[Absence]:
        """The members' absences in this week."""
        members = [membership.user_id for membership in self.memberships]
        return list(
            Absence.objects.filter(
                user__in=members, starts_at__lt=self.ends, ends_at__gt=self.begins
            ).order_by("starts_at")
        )

    @cached_property
    def spans(self) -> dict[int, list[Span]]:
        """When whom of the members is on duty in this week."""
        members = {membership.user_id for membership in self.memberships}
        found = duty_spans(self.plan, self.begins, self.ends)
        return {user: spans for user, spans in found.items() if user in members}

    @cached_property
    def rows(self) -> list[Row]:
        """One row for each person."""
        planned = planned_ids(self.plan, self.ends - timedelta(seconds=1))
        changed = {(change.on, change.pattern, change.user_in) for change in self.plan.changes}
        rows = []
        for membership in self.memberships:
            user = membership.user
            row = Row(user, membership.is_lead, user.pk in planned)
            for day in self.week.days:
                cell = Cell(day, user, day == timezone.now().astimezone(self.zone).date())
                cell.absences = self._absences_on(user, day)
                for shift in self.shifts:
                    if (shift.user, shift.on) == (user.pk, day) and shift.pattern in self.patterns:
                        cell.blocks.append(
                            Block(
                                shift, self.patterns[shift.pattern],
                                is_changed=(day, shift.pattern, user.pk) in changed,
                                is_absent=_is_away(self.plan, shift),
                            )
                        )  # fmt: skip
                row.cells.append(cell)
            rows.append(row)
        return rows

    @property
    def by_day(self) -> list[tuple[date, list[Cell]]]:
        """The same cells, day by day, for a narrow screen: those with something in them, all for who plans."""
        return [
            (day, [cell for row in self.rows for cell in (row.cells[number],) if self._is_shown(cell)])
            for number, day in enumerate(self.week.days)
        ]

    def _is_shown(self, cell: Cell) -> bool:
        return self.may_plan or bool(cell.blocks or cell.absences)

    @cached_property
    def conflicts(self) -> list[dict[str, Any]]:
        """What is wrong, in words; a conflict that begins before the week belongs to the week before."""
        if not self.has_rota:
            return []
        found = conflicts_of_people([*self.shifts, *self._shifts_elsewhere()], self.plan.aways)
        promised = promised_spans(current_rulebook(), self.team.pk, self._covered_from(), self.ends)
        found += uncovered(promised, self.spans)
        names = {membership.user_id: membership.user for membership in self.memberships}
        return [
            {
                "kind": conflict.kind,
                "text": SENTENCES[conflict.kind] % {"user": names.get(conflict.user or 0, "")},
                "when": self.span_in_words(conflict),
                "user": conflict.user,
                "day": conflict.begins.astimezone(self.zone).date(),
            }
            for conflict in found
            if self.begins <= conflict.begins < self.ends or conflict.begins < self.begins < conflict.ends
        ]

    def _covered_from(self) -> datetime:
        """Before the first rota begins nothing was planned, so nothing is missing."""
        first = min(rotation.begins_on for rotation in self.plan.rotations)
        return min(max(self.begins, moment_of(first, time(0), self.zone)), self.ends)

    def _shifts_elsewhere(self) -> list[Shift]:
        """What the members work in other teams on the same days."""
        members = {membership.user_id for membership in self.memberships}
        others = Membership.objects.filter(user__in=members).exclude(team=self.team)
        teams = Rota.objects.filter(team__in=others.values("team")).values_list("team", flat=True).distinct()
        days = self.week.days
        return [
            shift
            for team in teams.order_by("team")
            for shift in shifts_between(plan_of(team, days[0], days[-1]), days[0] - DAY, days[-1] + DAY)
            if shift.user in members
        ]

    def span_in_words(self, span: Conflict | Span) -> str:
        """From when to when, in the rota's zone."""
        begins, ends = span.begins.astimezone(self.zone), span.ends.astimezone(self.zone)
        first = f"{date_format(begins, 'D')} {begins:%H:%M}"
        if begins.date() == ends.date() or (ends - begins <= timedelta(hours=24) and ends.time() == time(0)):
            return f"{first}–{ends:%H:%M}"
        return f"{first} – {date_format(ends, 'D')} {ends:%H:%M}"

    def _absences_on(self, user: User, day: date) -> list[str]:
        begins, ends = moment_of(day, time(0), self.zone), moment_of(day + DAY, time(0), self.zone)
        found = []
        for absence in self.absences:
            if absence.user_id != user.pk or absence.starts_at >= ends or absence.ends_at <= begins:
                continue
            is_open = self.may_plan or user == self.reader
            words = absence.get_kind_display() if is_open else str(_("Absent"))
            if absence.starts_at > begins or absence.ends_at < ends:
                part = Span(max(absence.starts_at, begins), min(absence.ends_at, ends))
                words += " {:%H:%M}–{:%H:%M}".format(*(moment.astimezone(self.zone) for moment in part))
            found.append(words)
        return found


def may_plan(user: User, team: Team) -> bool:
    """Whether the user may plan this team's shifts: a lead his own, who shapes rotas all."""
    return user.has_perm("staff.plan_duty") and teams_to_look_at(user).filter(pk=team.pk).exists()


def next_shifts(user: User, count: int = 5) -> list[dict[str, Any]]:
    """A person's next shifts in all his teams, the one that is on first; one query for who is in no rota."""
    now = timezone.now().astimezone(UTC)
    last = now.date() + LOOK_AHEAD
    found: list[tuple[Shift, Team, bool]] = []
    for team in user.teams.filter(is_active=True, rotas__isnull=False).distinct():
        plan = plan_of(team.pk, now.date(), last)
        found += [
            (shift, team, _is_away(plan, shift))
            for shift in shifts_between(plan, now.date() - 2 * DAY, last)
            if shift.user == user.pk and shift.ends > now
        ]
    found = sorted(found, key=lambda one: one[0].begins)[:count]
    patterns = ShiftPattern.objects.in_bulk([shift.pattern for shift, _team, _away in found])
    return [
        {
            "shift": shift,
            "team": team,
            "pattern": patterns[shift.pattern],
            "is_on": shift.begins <= now,
            "is_absent": is_absent,
        }
        for shift, team, is_absent in found
    ]


def _is_away(plan: Plan, shift: Shift) -> bool:
    return any(
        away.user == shift.user and away.begins < shift.ends and shift.begins < away.ends
        for away in plan.aways
    )
