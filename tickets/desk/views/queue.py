"""The queue page, its live refresh, and the counts beside every page of the desk."""

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from staff.http import AgentRequest
from tickets.desk.filters import Filters, filter_choices
from tickets.desk.listing import (
    counts_by_team,
    cut,
    in_words,
    is_unchanged,
    new_mark,
    queue_counts,
    tickets_of,
)
from tickets.desk.queues import FIRST, QUEUES, Queue
from tickets.desk.saved_views import new_view_url
from tickets.desk.search import read_query
from tickets.rulebook import Rulebook, current_rulebook


@require_safe
def show_queue(request: AgentRequest, queue: str = "") -> HttpResponse:
    """A queue's page, or for htmx its rows; 204 when the list that asks is still as it was."""
    if request.htmx and is_unchanged(request.GET.get("mark", "")):
        return HttpResponse(status=204)
    filters = Filters.read(request.GET)
    # The bar above every page searches everywhere.
    chosen = QUEUES.get(queue or ("all" if filters.search else FIRST))
    if chosen is None:
        raise Http404
    context = list_context(request, chosen, filters)
    return render(
        request, "tickets/partials/_refresh.html" if request.htmx else "tickets/queue.html", context
    )


@require_safe
def show_counts(request: AgentRequest) -> HttpResponse:
    """The list of queues with their counts, for pages that show no queue themselves."""
    return render(request, "tickets/partials/_queues.html", {"queues": queue_links(request, counted=True)})


def list_context(request: AgentRequest, queue: Queue, filters: Filters) -> dict[str, Any]:
    """What the rows and the frame around them need."""
    mark, rulebook = new_mark(), current_rulebook()
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    page = cut(tickets_of(queue, filters, request.user, rulebook), queue.order, after=after, before=before)
    here = {name: key for name, key in (("after", after), ("before", before)) if key}
    is_narrowing = bool(filters.values) or "filters" in request.GET
    return {
        "queue": queue,
        "queues": queue_links(request, queue, counted=True),
        "filters": filters,
        # What is not understood finds nothing, so a list with rows has no problem to tell.
        "problems": [] if page.rows else read_query(filters.search, request.user, rulebook).problems,
        "choices": filter_choices(filters, rulebook) if is_narrowing and not request.htmx else [],
        "teams": team_links(request, queue, filters, rulebook),
        "rows": in_words(page.rows, rulebook),
        "newer_url": filters.query(before=page.before) if page.before else "",
        "older_url": filters.query(after=page.after) if page.after else "",
        "refresh_url": queue_url(queue) + filters.query(**here, mark=mark),
        "url": queue_url(queue),
        "filter_url": filters.query(filters="open"),
        "view_url": new_view_url(filters) if filters.query() else "",
    }


def team_links(
    request: AgentRequest, queue: Queue, filters: Filters, rulebook: Rulebook
) -> list[dict[str, Any]]:
    """For a list of warnings and who leads: each team with how many it has, as a link to its part."""
    if not queue.is_split_by_team or not request.user.has_perm("tickets.lead_tickets"):
        return []
    others = replace(filters, values={name: key for name, key in filters.values.items() if name != "team"})
    found = counts_by_team(tickets_of(queue, others, request.user, rulebook), rulebook)
    return [
        {
            "name": name,
            "count": count,
            "url": queue_url(queue) + filters.query(team=key),
            "is_current": filters.values.get("team") == key,
        }
        for key, name, count in found
    ]


def queue_url(queue: Queue) -> str:
    """The address of a queue."""
    return reverse("tickets:queue", args=[queue.name])


def queue_links(
    request: AgentRequest, current: Queue | None = None, *, counted: bool = False
) -> list[dict[str, Any]]:
    """The queues as links; with their counts for one query more."""
    counts = queue_counts(request.user) if counted else {}
    return [
        {
            "name": queue.name,
            "label": queue.label,
            "icon": queue.icon,
            "url": queue_url(queue),
            "is_current": queue is current,
            "count": counts.get(queue.name, ""),
            "is_alarm": queue.name == "broken" and counts.get(queue.name, "0") != "0",
        }
        for queue in QUEUES.values()
    ]
