"""Coming back to a ticket later, and the time spent on it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from staff.http import AgentRequest
from tickets import services
from tickets.desk.keys import read_key
from tickets.desk.page import visible_ticket
from tickets.desk.timing import FollowUpForm, TimeForm, entries_of, quick_choices, time_words
from tickets.desk.views.queue import queue_links
from tickets.desk.views.ticket import lead_to
from tickets.desk.words import Moments
from tickets.models import Ticket, TimeEntry
from tickets.services import StepRefused


@require_http_methods(["GET", "HEAD", "POST"])
def follow_up(request: AgentRequest, pk: int) -> HttpResponse:
    """Say when to come back to the ticket."""
    ticket = visible_ticket(request.user, pk)
    moments = Moments()
    context: dict[str, Any] = {
        "ticket": ticket,
        "choices": [(code, words, moments.short(at)) for code, words, at in quick_choices(timezone.now())],
    }
    if request.method != "POST":
        initial = {"at": ticket.follow_up_at} if ticket.follow_up_at else {}
        return _page(request, "_follow_up", {**context, "form": FollowUpForm(initial=initial)})
    form = FollowUpForm(request.POST)
    if form.is_valid():
        at = form.cleaned_data["at"]
        try:
            services.set_follow_up(ticket, at, actor=request.user, note=form.cleaned_data["note"])
        except StepRefused as refusal:
            form.add_error(None, refusal.reason)
        else:
            said = _("%(number)s comes back at %(moment)s.") if at else _("%(number)s does not come back.")
            messages.success(
                request, said % {"number": ticket.number, "moment": moments.short(at) if at else ""}
            )
            return lead_to(request, ticket)
    return _page(request, "_follow_up", {**context, "form": form}, 422)


@require_POST
def count_time(request: AgentRequest, pk: int) -> HttpResponse:
    """Take the sum that the ticket's page has counted so far; the answer is the ticket's sum in words."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user).only("pk"), pk=pk)
    try:
        visit = UUID(request.POST.get("visit", ""))
    except ValueError:
        return HttpResponse(status=422)
    total = services.count_visit(ticket, request.user, visit, read_key(request.POST.get("seconds", "")))
    return HttpResponse(time_words(total), content_type="text/plain")


@require_http_methods(["GET", "HEAD", "POST"])
def time_entries(request: AgentRequest, pk: int) -> HttpResponse:
    """Who worked how long on the ticket; add time, or put an entry right."""
    ticket = visible_ticket(request.user, pk)
    form = TimeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            _save(request, ticket, form)
        except StepRefused as refusal:
            form.add_error(None, refusal.reason)
        else:
            messages.success(request, _("The time is kept."))
            return lead_to(request, ticket)
    context = {
        "ticket": ticket,
        "form": form,
        "entries": entries_of(ticket, Moments()),
        "total": time_words(ticket.time_spent_seconds),
    }
    return _page(request, "_time_entries", context, 422 if form.errors else 200)


def _save(request: AgentRequest, ticket: Ticket, form: TimeForm) -> None:
    cleaned = form.cleaned_data
    if not cleaned["entry"]:
        services.add_time(ticket, cleaned["minutes"], actor=request.user, note=cleaned["note"])
        return
    entry = get_object_or_404(
        TimeEntry.objects.select_related("ticket"), ticket=ticket.pk, pk=cleaned["entry"]
    )
    services.change_time(entry, cleaned["minutes"], actor=request.user, note=cleaned["note"])


def _page(request: AgentRequest, partial: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    template = f"tickets/partials/{partial}.html"
    if request.htmx:
        return render(request, template, context, status=status)
    titles = {"_follow_up": _("Follow-up"), "_time_entries": _("Time spent")}
    more = {"partial": template, "queues": queue_links(request), "title": titles[partial]}
    return render(request, "tickets/relation.html", context | more, status=status)
