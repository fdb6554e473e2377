"""A team's week, and planning one person's day in it."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from staff.duty import teams_to_look_at
from staff.http import AgentRequest
from staff.models import Absence, Team, User
from staff.services import PlanRefused
from tickets.desk.duty.forms import FORMS, PlanForm
from tickets.desk.duty.week import TeamWeek, Week
from tickets.desk.views.queue import queue_links


@require_safe
def show_duty(request: AgentRequest) -> HttpResponse:
    """Lead to this week of the first team one may look at."""
    team = teams_to_look_at(request.user).order_by("name").first()
    own = teams_to_look_at(request.user).filter(pk__in=request.user.team_ids).order_by("name").first()
    if team is None:
        return render(request, "tickets/duty/none.html", {"queues": queue_links(request)})
    return redirect(week_url(own or team, Week.of(timezone.localdate())))


@require_safe
def show_week(request: AgentRequest, team: int, year: int, number: int) -> HttpResponse:
    """One team's week."""
    shown = visible_week(request.user, team, Week(year, number))
    teams = list(teams_to_look_at(request.user).order_by("name"))
    today = Week.of(timezone.now().astimezone(shown.zone).date())
    context = {
        "shown": shown,
        "team": shown.team,
        "week": shown.week,
        "teams": [(one, one.pk == shown.team.pk) for one in teams],
        "before": shown.week.moved(-1),
        "after": shown.week.moved(1),
        "today": today,
        "queues": queue_links(request),
    }
    return render(request, "tickets/duty/week.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def plan_day(request: AgentRequest, team: int, on: str, user: int) -> HttpResponse:
    """One person's day, with a form for each thing that can be planned; `action` names the one that is sent."""
    day = _day(on)
    week = visible_week(request.user, team, Week.of(day))
    if not week.may_plan:
        raise PermissionDenied(_("Shifts are planned by team leads and managers."))
    person = _member(week, user)
    if request.method != "POST":
        return _render_day(request, week, person, day)
    form_class = FORMS.get(request.POST.get("action", ""))
    if form_class is None:
        raise Http404
    form = form_class(request.POST, week=week, user=person, day=day, actor=request.user)
    if not form.is_valid():
        return _render_day(request, week, person, day, form, status=422)
    try:
        form.save()
    except PlanRefused as refusal:
        form.add_error(None, str(refusal))
        return _render_day(request, week, person, day, form, status=422)
    messages.success(request, _("The plan is changed."))
    return redirect(week_url(week.team, week.week))


def visible_week(user: User, team: int, week: Week) -> TeamWeek:
    """The week of a team that the user may look at, or a 404."""
    try:
        in_range = 2000 < week.monday.year < 2200
    except ValueError as error:
        raise Http404 from error
    if not in_range:
        raise Http404
    return TeamWeek(get_object_or_404(teams_to_look_at(user), pk=team), week, user)


def week_url(team: Team, week: Week) -> str:
    """The address of a team's week."""
    return reverse("tickets:duty-week", args=[team.pk, week.year, week.number])


def _day(on: str) -> date:
    try:
        return date.fromisoformat(on)
    except ValueError as error:
        raise Http404 from error


def _member(week: TeamWeek, user: int) -> User:
    found = next((row.user for row in week.memberships if row.user_id == user), None)
    if found is None:
        raise Http404
    return found


def _render_day(
    request: AgentRequest, week: TeamWeek, person: User, day: date, sent: PlanForm | None = None,
    *, status: int = 200,
) -> HttpResponse:  # fmt: skip
    row = next(row for row in week.rows if row.user == person)
    cell = next(cell for cell in row.cells if cell.day == day)
    forms = {
        action.replace("-", "_"): sent
        if sent is not None and sent.action == action
        else form_class(week=week, user=person, day=day, actor=request.user)
        for action, form_class in FORMS.items()
    }
    context: dict[str, Any] = {
        "shown": week,
        "team": week.team,
        "week": week.week,
        "person": person,
        "day": day,
        "cell": cell,
        "forms": forms,
        "form": sent,
        "absences": Absence.objects.filter(user=person, ends_at__gt=week.begins).order_by("starts_at")[:10],
        "queues": queue_links(request),
    }
    return render(request, "tickets/duty/day.html", context, status=status)
