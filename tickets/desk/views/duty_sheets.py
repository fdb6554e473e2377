"""A team's weeks as a spreadsheet, out and in; the hand-over sheet; the forecast of a week."""

import base64
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature, dumps, loads
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from staff.duty import teams_to_look_at
from staff.http import AgentRequest
from staff.services import PlanRefused
from tickets.desk.duty.forecast import lines_of
from tickets.desk.duty.handover import sheet_of
from tickets.desk.duty.spreadsheet import apply_reading, in_words, read_weeks, write_weeks
from tickets.desk.duty.table import LARGEST_BYTES, Unreadable
from tickets.desk.duty.week import TeamWeek, Week
from tickets.desk.views.duty import visible_week, week_url
from tickets.desk.views.queue import queue_links

WEEKS_OUT = 4
# What was looked at is sent back with this, so that nobody writes what he has not seen.
SALT = "duty-import"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def export_weeks(request: AgentRequest, team: int, year: int, number: int) -> HttpResponse:
    """Four weeks from this one as a spreadsheet."""
    shown = visible_week(request.user, team, Week(year, number))
    days = [shown.week.monday + timedelta(days=day) for day in range(7 * WEEKS_OUT)]
    response = HttpResponse(write_weeks(shown.team, days), content_type=XLSX)
    name = f"duty-{shown.team.pk}-{shown.week.year}-W{shown.week.number:02}.xlsx"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def import_weeks(request: AgentRequest, team: int, year: int, number: int) -> HttpResponse:
    """Read a spreadsheet, show what it would change, and on the second press write it."""
    shown = visible_week(request.user, team, Week(year, number))
    if not shown.may_plan:
        raise PermissionDenied(_("Shifts are planned by team leads and managers."))
    if request.method != "POST":
        return _render_import(request, shown)
    content, mark = _sent_file(request)
    if content is None:
        return _render_import(request, shown, error=_("Choose the file first."))
    try:
        reading = read_weeks(shown.team, content)
        if reading.errors or mark is None:
            return _render_import(request, shown, reading=reading, content=content)
        if mark != reading.mark:
            error = _("The plan has changed since you looked. These are the changes now.")
            return _render_import(request, shown, error=error, reading=reading, content=content)
        count = apply_reading(shown.team, reading, actor=request.user)
    except (Unreadable, PlanRefused) as refusal:
        return _render_import(request, shown, error=str(refusal))
    text = ngettext("%(count)d shift is changed.", "%(count)d shifts are changed.", count)
    messages.success(request, text % {"count": count})
    return redirect(week_url(shown.team, shown.week))


@require_safe
def show_handover(request: AgentRequest, team: int) -> HttpResponse:
    """What the next shift must know, to read or to print."""
    found = get_object_or_404(teams_to_look_at(request.user), pk=team)
    context = {
        "team": found,
        "sheet": sheet_of(found, request.user, _moment(request.GET.get("at", ""))),
        "queues": queue_links(request),
    }
    return render(request, "tickets/duty/handover.html", context)


@require_safe
def show_forecast(request: AgentRequest, team: int, year: int, number: int) -> HttpResponse:
    """Expected tickets of a week against people on duty, hour by hour."""
    shown = visible_week(request.user, team, Week(year, number))
    if not shown.may_plan:
        raise PermissionDenied(_("The forecast is for those who plan."))
    context = {
        "shown": shown,
        "team": shown.team,
        "week": shown.week,
        "before": shown.week.moved(-1),
        "after": shown.week.moved(1),
        "lines": lines_of(shown),
        "queues": queue_links(request),
    }
    return render(request, "tickets/duty/forecast.html", context)


def _sent_file(request: AgentRequest) -> tuple[bytes | None, str | None]:
    """The file as it was sent just now, or the one that was looked at before with the mark of what was seen."""
    upload = request.FILES.get("file")
    if upload is not None:
        return upload.read(LARGEST_BYTES + 1), None
    try:
        text, mark = loads(request.POST.get("seen", ""), salt=SALT, max_age=3600)
    except BadSignature:
        return None, None
    return base64.b64decode(text), mark


def _render_import(
    request: AgentRequest, shown: TeamWeek, *, error: str = "", reading: Any = None, content: bytes = b""
) -> HttpResponse:
    is_good = reading is not None and not reading.errors
    context = {
        "shown": shown,
        "team": shown.team,
        "week": shown.week,
        "error": error,
        "reading": reading,
        "changes": [in_words(move) for move in reading.moves] if is_good else [],
        "seen": dumps([base64.b64encode(content).decode(), reading.mark], salt=SALT)
        if is_good and reading.moves
        else "",
        "queues": queue_links(request),
    }
    refused = bool(error) or (request.method == "POST" and not is_good)
    return render(request, "tickets/duty/import.html", context, status=422 if refused else 200)


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
