"""What has become of each team's duty since somebody last looked, so that nothing in between is missed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from staff.duty import LOOK_BACK, MOMENT, covered_spans
from staff.models import Team, TeamDuty
from staff.shifts import DAY, Span, without

# A plan that is changed afterwards reaches back no further than this.
OFTEN_ENOUGH = timedelta(minutes=5)
# After a longer standstill what was before is not made up for.
AT_MOST = timedelta(days=14)


@dataclass(frozen=True)
class DutyLook:
    """A team's duty from the last look until now; `covered` is None when no rota is in force."""

    team: Team
    known: TeamDuty | None
    begins: datetime
    now: datetime
    covered: list[Span] | None

    @property
    def is_covered(self) -> bool:
        """Whether anybody is on duty now."""
        return bool(self.covered) and self.covered[-1].ends > self.now  # type: ignore[index]

    @property
    def since(self) -> datetime:
        """Since when it is so, at most since the last look."""
        last = self.covered[-1] if self.covered else Span(self.begins, self.begins)
        return last.begins if self.is_covered else last.ends

    @property
    def gaps(self) -> list[Span]:
        """When nobody was on duty, in order; the last one goes on if it ends after now."""
        return without([Span(self.begins, self.now + MOMENT)], self.covered or [])

    @property
    def is_news(self) -> bool:
        """Whether something is different from what was seen last, or that is long ago."""
        if self.known is None or self.covered is None:
            return True
        is_old = self.now - self.known.looked_at >= OFTEN_ENOUGH
        return is_old or self.is_covered != self.known.is_covered or self.since > self.begins


def looks_at_duty(now: datetime) -> Iterator[DutyLook]:
    """Look at each team that has a rota, or had one when it was last looked at."""
    has_rota = Q(is_active=True, rotas__begins_on__lte=now.date() + DAY)
    teams = Team.objects.filter(has_rota | Q(duty__isnull=False)).distinct().select_related("duty")
    for team in teams.order_by("id"):
        known: TeamDuty | None = getattr(team, "duty", None)
        begins = max(known.looked_at, now - AT_MOST) if known else now - LOOK_BACK
        covered = covered_spans(team.pk, min(begins, now), now) if team.is_active else None
        if known or covered is not None:
            yield DutyLook(team, known, min(begins, now), now, covered)


def is_known_off_duty(team_id: int | None) -> bool:
    """Whether nobody of the team was on duty when its duty was last looked at."""
    return TeamDuty.objects.filter(team=team_id, is_covered=False).exists()
