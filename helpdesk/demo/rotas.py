"""The demo's shifts: three kinds, a rota for each team, somebody on leave and two who have swapped."""

from datetime import date, datetime, time, timedelta
from typing import Any

from common.wall_clock import moment_of
from helpdesk.demo.data import read
from helpdesk.demo.people import Staff
from staff.models import Absence, Rota, RotaSlot, ShiftPattern, User
from staff.services import note_absence, swap_shifts
from staff.services.planning import Place

# Rotas begin before the present week, so that there is a past to look at.
WEEKS_BEFORE = 2
DAY = timedelta(days=1)


def make_rotas(staff: Staff, now: datetime) -> None:
    """Make the kinds of shift, every team's rota, an absence next week and a swap in it."""
    patterns = {entry["code"]: _pattern(entry) for entry in read("rotas")["pattern"]}
    people = {member.user.email: member.user for member in staff.members}
    monday = now.date() - now.weekday() * DAY
    for entry in read("rotas")["rota"]:
        rota = Rota.objects.create(
            team=staff.teams[entry["team"]], begins_on=monday - timedelta(weeks=WEEKS_BEFORE),
            time_zone=entry["zone"], cycle_weeks=len(entry["weeks"]), at_shift_end=entry["at_shift_end"],
        )  # fmt: skip
        RotaSlot.objects.bulk_create(
            RotaSlot(rota=rota, week=week, weekday=weekday, pattern=patterns[code], user=people[email])
            for week, plan in enumerate(entry["weeks"], 1)
            for email, codes in plan.items()
            for weekday, code in enumerate(codes)
            if code != "-"
        )
    _plan_next_week(staff, people, patterns, monday + timedelta(weeks=1))


def _pattern(entry: dict[str, Any]) -> ShiftPattern:
    english, hans, hant = entry["name"]
    return ShiftPattern.objects.create(
        code=entry["code"], name=english, name_zh_hans=hans, name_zh_hant=hant, breaks=entry["breaks"],
        begins=time.fromisoformat(entry["hours"][0]), ends=time.fromisoformat(entry["hours"][1]),
        colour=entry["colour"],
    )  # fmt: skip


def _plan_next_week(
    staff: Staff, people: dict[str, User], patterns: dict[str, ShiftPattern], monday: date
) -> None:
    rota = Rota.objects.get(team=staff.teams["repairs"])
    away = people["zhaoxinyi@demo.example"]
    first, last = (moment_of(monday + days * DAY, time(0), rota.zone) for days in (4, 6))
    lead = staff.lead_of("repairs").user
    note_absence(away, first, last, kind=Absence.Kind.LEAVE, note="回老家", actor=lead)
    orders, lead = staff.teams["orders"], staff.lead_of("orders").user
    one = Place(monday + DAY, patterns["早"], people["liujia@demo.example"])
    other = Place(monday + DAY, patterns["晚"], people["sunhao@demo.example"])
    swap_shifts(orders, one, other, actor=lead, reason="孩子家长会")
