"""Changing many tickets at once: what and which, the forecast, and the job with its progress."""

import secrets
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staff.http import AgentRequest
from tickets.desk.bulk import FORMS, BulkForm, Selection, items_of, progress_of, read_selection, what_it_does
from tickets.desk.views.queue import queue_links
from tickets.desk.words import Moments
from tickets.models import BulkAction, BulkItem, BulkJob, Ticket
from tickets.rulebook import current_rulebook
from tickets.services import bulk
from tickets.tasks import work_off_bulk_job

SHOWN_JOBS = 50
LONGEST_KEY = 40


@require_http_methods(["GET", "HEAD", "POST"])
def new_bulk(request: AgentRequest) -> HttpResponse:
    """The form of a bulk change, its forecast, and its start: `stage` says which of the three is sent."""
    if request.method != "POST":
        return redirect("tickets:bulk")
    rulebook = current_rulebook()
    chosen = read_selection(request.POST, request.user, rulebook)
    if not chosen.keys:
        messages.info(request, _("Mark some tickets first: with x, with the mouse, or the whole list."))
        return redirect("tickets:queue")
    stage, action = request.POST.get("stage", ""), request.POST.get("action", "")
    action = action if action in FORMS else BulkAction.ASSIGN
    data = request.POST if stage else None
    form = FORMS[action](data, user=request.user, rulebook=rulebook)
    if not stage or chosen.is_too_much:
        return _render(request, form, action, chosen)
    if not form.is_valid():
        return _render(request, form, action, chosen, status=422)
    if stage == "start":
        return _start(request, form, action, chosen)
    plan = bulk.plan_of(action, form.details(), request.user)
    return _render(request, form, action, chosen, forecast=bulk.forecast(plan, chosen.keys))


def _start(request: AgentRequest, form: BulkForm, action: str, chosen: Selection) -> HttpResponse:
    key = request.POST.get("key", "")[:LONGEST_KEY] or secrets.token_urlsafe(12)
    with transaction.atomic():
        job = bulk.start_job(
            action, form.details(), chosen.keys, actor=request.user,
            submission_key=f"{request.user.pk}-{key}", chosen_from=chosen.name,
        )  # fmt: skip
        work_off_bulk_job.enqueue(job.pk)
    return redirect(job)


def _render(
    request: AgentRequest, form: BulkForm, action: str, chosen: Selection, *, forecast: Any = None, status: int = 200
) -> HttpResponse:  # fmt: skip
    context = {
        "form": form, "action": action, "actions": BulkAction.choices, "chosen": chosen, "forecast": forecast,
        "most": bulk.MOST_TICKETS, "queues": queue_links(request),
        "first": Ticket.objects.filter(pk__in=chosen.keys[:5]).order_by("-id"),
        "key": request.POST.get("key", "")[:LONGEST_KEY] or secrets.token_urlsafe(12),
    }  # fmt: skip
    return render(request, "tickets/bulk_form.html", context, status=status)


@require_safe
def list_jobs(request: AgentRequest) -> HttpResponse:
    """The newest bulk changes: one's own, and for who sees every ticket everybody's."""
    jobs = BulkJob.objects.visible_to(request.user).select_related("started_by")[:SHOWN_JOBS]
    moments = Moments()
    lines = [
        {"job": job, "started": moments.short(job.created_at), "started_full": moments.full(job.created_at)}
        for job in jobs
    ]
    return render(request, "tickets/bulk_jobs.html", {"lines": lines, "queues": queue_links(request)})


@require_safe
def show_job(request: AgentRequest, pk: int) -> HttpResponse:
    """A job: how far it is, and what became of each ticket; for htmx only that."""
    job = get_object_or_404(
        BulkJob.objects.visible_to(request.user).select_related("started_by", "undone_by", "undoes"), pk=pk
    )
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    lines, next_key = items_of(job, state, after)
    context = {
        "job": job,
        **progress_of(job),
        "lines": lines,
        "state": state,
        "states": BulkItem.State.choices,
        "older_url": f"?{urlencode({'state': state, 'after': next_key})}" if next_key else "",
        "undone_by": getattr(job, "undone_by", None),
        "can_undo": job.finished_at is not None and bulk.undoable_items(job).exists(),
        "started": Moments().full(job.created_at),
    }
    if request.htmx:
        return render(request, "tickets/partials/_bulk_job.html", context)
    context |= {"what": what_it_does(job), "queues": queue_links(request)}
    return render(request, "tickets/bulk_job.html", context)


@require_POST
def undo_job(request: AgentRequest, pk: int) -> HttpResponse:
    """Take back what a job did, as a job of its own."""
    job = get_object_or_404(BulkJob.objects.visible_to(request.user), pk=pk)
    if job.finished_at is None or not bulk.undoable_items(job).exists():
        messages.warning(request, _("There is nothing that could be taken back."))
        return redirect(job)
    with transaction.atomic():
        undo = bulk.undo_job(job, actor=request.user)
        work_off_bulk_job.enqueue(undo.pk)
    return redirect(undo)
