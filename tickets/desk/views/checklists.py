"""Ticking off on the ticket page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from staff.http import AgentRequest
from tickets import services
from tickets.desk.checklists import checklists_in_words
from tickets.desk.page import visible_ticket
from tickets.desk.words import Moments
from tickets.models import ChecklistItem, Ticket
from tickets.rulebook import Rulebook, current_rulebook
from tickets.services import StepRefused


@require_POST
def tick(request: AgentRequest, pk: int, item: int) -> HttpResponse:
    """Tick a thing off, or take that back; `done` says which."""
    ticket, rulebook = visible_ticket(request.user, pk), current_rulebook()
    chosen = get_object_or_404(ChecklistItem, pk=item)
    had_all = _has_all(ticket, rulebook)
    try:
        services.tick(ticket, chosen, actor=request.user, is_done=request.POST.get("done") == "1")
    except StepRefused as refusal:
        messages.error(request, refusal.reason)
    if not request.htmx:
        return redirect(f"{ticket.get_absolute_url()}#checklists")
    del ticket.ticked_item_ids
    if _has_all(ticket, rulebook) != had_all and rulebook.asks_for_checklists(ticket):
        # Steps have become possible, or are no longer.
        return HttpResponseClientRefresh()
    context = {"ticket": ticket, "checklists": checklists_in_words(ticket, rulebook, Moments())}
    return render(request, "tickets/partials/_checklists.html", context)


def _has_all(ticket: Ticket, rulebook: Rulebook) -> bool:
    return {item.pk for item in rulebook.checklist_items(ticket.category)} <= ticket.ticked_item_ids
