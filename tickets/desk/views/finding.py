"""The search box above every page: what it offers while one types, and what one looked for last."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from staff.http import AgentRequest
from tickets import services
from tickets.desk.filters import LONGEST_SEARCH
from tickets.desk.search.operators import OPERATORS
from tickets.desk.search.suggesting import offers
from tickets.rulebook import current_rulebook


@require_safe
def find(request: AgentRequest) -> HttpResponse:
    """Offers for the text so far; for none the recent searches and the operators."""
    text = request.GET.get("q", "").replace("\x00", "")[:LONGEST_SEARCH]
    context: dict[str, Any] = {"text": text.strip()}
    if text.strip():
        context |= offers(text, request.user, current_rulebook())
    else:
        context |= {"recent": services.recent_searches(request.user), "operators": OPERATORS}
    return render(request, "tickets/partials/_found.html", context)


@require_POST
def change_recent(request: AgentRequest) -> HttpResponse:
    """Remember a search, or with no text forget all."""
    if text := request.POST.get("q", "").strip():
        services.remember_search(request.user, text)
    else:
        services.forget_searches(request.user)
    return HttpResponse(status=204)
