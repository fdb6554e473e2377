"""The managers' overview."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import formats
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from helpdesk.charts import bar_chart, line_chart
from helpdesk.measures import RANGES, Figures, Overview, Sums, add_up, current_sums
from staff.models import Team, User
from surveys.seeding import LOW_SCORE_TAG

DEFAULT_RANGE = 30


@require_safe
@permission_required("tickets.view_overview", raise_exception=True)
def overview(request: HttpRequest) -> HttpResponse:
    """How the desk is doing: leads see their teams, managers all."""
    days = next((n for n in RANGES if str(n) == request.GET.get("days")), DEFAULT_RANGE)
    return render(request, "helpdesk/overview.html", overview_context(request.user, days))


def overview_context(user: Any, days: int = DEFAULT_RANGE) -> dict[str, Any]:
    """The figures that this user may see, in the form the page shows them."""
    sees_all = user.has_perm("tickets.view_any_ticket")
    sums = current_sums(days)
    found = add_up(sums, None if sees_all else user.team_ids)
    return {
        "days": days,
        "ranges": RANGES,
        "sees_all": sees_all,
        "taken_at": sums.taken_at,
        "total": found.total,
        "ages": [_("under 1 day"), _("1–3 days"), _("3–7 days"), _("older")],
        "open_rows": [
            (status, counts, count, queue_url(status=status.value))
            for status, counts, count in found.total.open_rows
        ],
        "teams": _team_rows(found, user, sees_all),
        **_trend(found, sums),
    }


def queue_url(queue: str = "all", **filters: Any) -> str:
    """The desk's list of the tickets behind a figure."""
    return reverse("tickets:queue", args=[queue]) + (f"?{urlencode(filters)}" if filters else "")


def _team_rows(found: Overview, user: User, sees_all: bool) -> list[tuple[str, Figures, dict[str, str]]]:
    teams = Team.objects.all() if sees_all else Team.objects.filter(pk__in=user.team_ids)
    rows = [
        (team.label, found.by_team[team.pk], _team_urls(team.pk))
        for team in teams
        if team.is_active or team.pk in found.by_team
    ]
    if None in found.by_team:
        rows.append((_("No team yet"), found.by_team[None], _team_urls("none")))
    return rows


def _team_urls(team: int | str) -> dict[str, str]:
    return {
        "all": queue_url(team=team),
        "late": queue_url("broken", team=team),
        "low": queue_url(team=team, tag=LOW_SCORE_TAG["code"]),
    }


def _trend(found: Overview, sums: Sums) -> dict[str, Any]:
    labels = [formats.date_format(start, "MONTH_DAY_FORMAT") for start in sums.starts]
    weeks = list(found.by_week.values())
    return {
        "is_daily": sums.days == min(RANGES),
        "weeks": list(zip(sums.starts, weeks, strict=True)),
        "flow_chart": bar_chart(
            labels,
            [
                (_("Received"), [week.resolved.whole for week in weeks]),
                (_("of them resolved"), [week.resolved.part for week in weeks]),
            ],
        ),
        "quality_chart": line_chart(
            labels,
            [
                (_("First response on time"), [week.first_response.percent for week in weeks]),
                (_("Resolution on time"), [week.resolution.percent for week in weeks]),
                (_("CSAT"), [week.satisfied.percent for week in weeks]),
            ],
        ),
    }
