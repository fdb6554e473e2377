"""The flow page: the machine with how many tickets are where and how long they stay; and one ticket's own way."""

from collections import defaultdict
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from staff.http import AgentRequest
from tickets.choices import OPEN_STATUSES, EventKind, Status
from tickets.desk.flow import Box, Way, picture
from tickets.desk.flow_sums import DAYS, Dwell, flow_sums
from tickets.desk.page import visible_ticket
from tickets.desk.views.queue import queue_links
from tickets.desk.words import Moments
from tickets.models import Ticket
from tickets.rulebook import current_rulebook
from tickets.services import possible_steps
from tickets.workflow import STEPS

USUAL_DAYS = 30


@require_safe
def show_flow(request: AgentRequest) -> HttpResponse:
    """Every state with its tickets and how long they stay there; every step with how long it took to come."""
    if not request.user.has_perm("tickets.work_on_ticket"):
        raise PermissionDenied
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, DAYS) else USUAL_DAYS
    sums, moments = flow_sums(request.user, days), Moments()
    open_stays = [stay.median for state, stay in sums.stays.items() if state in OPEN_STATUSES]
    longest = max(open_stays, default=None)

    def said(stay: Dwell | None) -> dict[str, Any]:
        if stay is None:
            return {"times": 0}
        return {
            "times": stay.count,
            "median": moments.exact_span(stay.median),
            "ninetieth": moments.exact_span(stay.ninetieth),
            # In the picture there is little room.
            "short": f"{moments.span(stay.median)} · 90 % {moments.span(stay.ninetieth)}",
            "shorter": moments.span(stay.median),
        }

    def of_box(box: Box) -> dict[str, Any]:
        stay = sums.stays.get(box.status.value)
        return {
            "count": sums.by_state.get(box.status.value, 0), **said(stay),
            "url": f"{reverse('tickets:queue', args=['all'])}?{urlencode({'status': box.status.value})}",
            "is_slowest": stay is not None and stay.median == longest and box.status in OPEN_STATUSES,
        }  # fmt: skip

    def of_way(way: Way) -> dict[str, Any]:
        return said(sums.steps.get((way.step, way.source, way.target)))

    context = {
        "flow": picture(of_box, of_way), "days": days, "choices": DAYS, "is_cut": sums.is_cut,
        "queues": queue_links(request),
    }  # fmt: skip
    return render(request, "tickets/flow.html", context)


@require_safe
def show_ticket_flow(request: AgentRequest, pk: int) -> HttpResponse:
    """Where a ticket stands, which way it came, and what is blocked and why."""
    ticket = visible_ticket(request.user, pk)
    steps = possible_steps(ticket, request.user, rulebook=current_rulebook())
    blocked = {step.name: reasons for step, reasons in steps if reasons and ticket.status in step.sources}
    possible = {step.name for step, reasons in steps if not reasons}
    came, walked = _way_of(ticket)

    def of_box(box: Box) -> dict[str, Any]:
        is_here = box.status == ticket.status
        return {"is_here": is_here, "was_there": box.status.value in walked["states"] and not is_here}

    def of_way(way: Way) -> dict[str, Any]:
        is_ahead = way.source == ticket.status
        return {
            "numbers": came.get((way.step, way.source, way.target), []),
            "is_blocked": is_ahead and way.step in blocked,
            "is_possible": is_ahead and way.step in possible,
        }

    context = {
        "ticket": ticket, "flow": picture(of_box, of_way), "lines": walked["lines"], "queues": queue_links(request),
        "possible": [STEPS[name].label for name in STEPS if name in possible],
        "blocked": [(STEPS[name].label, reasons) for name, reasons in blocked.items()],
    }  # fmt: skip
    return render(request, "tickets/ticket_flow.html", context)


def _way_of(ticket: Ticket) -> tuple[dict[tuple[str, str, str], list[int]], dict[str, Any]]:
    """The steps that the ticket took: the numbers of each way's turns, and the way in words; one query."""
    moments, labels = Moments(), {status.value: status.label for status in Status}
    came: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    lines, states, since = [], {Status.RECEIVED.value}, ticket.created_at
    events = ticket.events.filter(kind=EventKind.STEP).select_related("actor", "customer").order_by("id")
    for number, event in enumerate(events, start=1):
        came[event.step, event.before, event.after].append(number)
        states.add(event.after)
        step = STEPS.get(event.step)
        lines.append(
            {
                "label": step.label if step else event.step,
                "target": labels.get(event.after, event.after),
                "status": event.after,
                "at": moments.full(event.at),
                "after": moments.exact_span(event.at - since),
                "who": str(event.actor or event.customer or _("the system")),
            }
        )
        since = event.at
    return came, {"lines": lines, "states": states}
