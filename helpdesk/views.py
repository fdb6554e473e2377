"""The home page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from channels.web.categories import public_categories, roots_of
from helpdesk.home import popular_articles, staff_home
from helpdesk.palette import find_commands
from staff.http import AgentRequest
from tickets.desk.keys import read_key
from tickets.desk.page import visible_ticket

LONGEST = 100


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """The portal's front page for customers, one's own work for staff."""
    if request.user.is_authenticated:
        return render(request, "helpdesk/home.html", staff_home(request.user))
    context = {"categories": roots_of(public_categories()), "articles": popular_articles()}
    return render(request, "helpdesk/front.html", context)


@require_safe
def palette(request: AgentRequest) -> HttpResponse:
    """The commands that fit what was typed, for the ticket that is open if one is."""
    pk = read_key(request.GET.get("ticket", ""))
    ticket = visible_ticket(request.user, pk) if pk else None
    groups = find_commands(request, request.GET.get("q", "")[:LONGEST], ticket)
    return render(request, "helpdesk/partials/_palette.html", {"groups": groups})
