"""Tickets expected in a week, hour by hour, against people on duty."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay
from django.utils import timezone

from staff.models import Team
from staff.shifts import Span
from tickets.desk.duty.week import TeamWeek
from tickets.models import Ticket

WEEKS = 8
HOUR = timedelta(hours=1)
# More per person and hour than this is too much; the strip marks it.
MANY_PER_PERSON = 3.0
# A ticket every four weeks in this hour: what comes more rarely, as at night, needs nobody to sit there.
WORTH_COMING = 0.25


@dataclass(frozen=True)
class Hour:
    """One hour of one day."""

    begins: datetime
    expected: float
    people: int

    @property
    def is_empty(self) -> bool:
        """Whether neither tickets nor people are there."""
        return not self.people and self.expected < 0.05

    @property
    def level(self) -> int:
        """How much there is to do for each person: 0 nothing, 1 easy, 2 busy, 3 too much or nobody there."""
        if self.expected < (0.05 if self.people else WORTH_COMING):
            return 0
        if not self.people or self.expected / self.people > MANY_PER_PERSON:
            return 3
        return 2 if self.expected / self.people > MANY_PER_PERSON / 2 else 1


def expected_by_hour(team: Team, zone: ZoneInfo, now: datetime | None = None) -> dict[tuple[int, int], float]:
    """Return how many tickets the team gets on average in each (weekday, hour) of the last eight weeks; one query."""
    until = (now or timezone.now()).replace(minute=0, second=0, microsecond=0)
    # By the hour of the zone, in the database: half-hour zones and summer time are its business.
    rows = (
        Ticket.objects.filter(team=team, created_at__gte=until - timedelta(weeks=WEEKS), created_at__lt=until)
        .annotate(
            day=ExtractIsoWeekDay("created_at", tzinfo=zone), hour=ExtractHour("created_at", tzinfo=zone)
        )
        .order_by()
        .values_list("day", "hour")
        .annotate(count=Count("pk"))
    )
    return {(day - 1, hour): count / WEEKS for day, hour, count in rows}


def lines_of(week: TeamWeek) -> list[tuple[int, list[Hour | None]]]:
    """Return for each hour of the day what the seven days have in it; an hour that a day skips is nothing."""
    expected = expected_by_hour(week.team, week.zone)
    found: dict[tuple[int, int], Hour] = {}
    moment = week.begins
    while moment < week.ends:
        local = moment.astimezone(week.zone)
        place = local.weekday(), local.hour
        # Where clocks are put back an hour comes twice: the first one is shown.
        found.setdefault(place, Hour(local, expected.get(place, 0.0), people_at(week.spans, moment)))
        moment += HOUR
    return [(hour, [found.get((day, hour)) for day in range(7)]) for hour in range(24)]


def people_at(spans: Mapping[int, list[Span]], moment: datetime) -> int:
    """How many are on duty for at least half of the hour that begins at a moment."""
    middle = moment + HOUR / 2
    return sum(any(span.begins <= middle < span.ends for span in found) for found in spans.values())
