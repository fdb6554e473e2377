"""The bell, what is behind it, and what one wants to be told."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from staff.http import AgentRequest
from tickets import services
from tickets.desk.notices import COUNTED, bell_count, notices_of, place_of_notice
from tickets.desk.views.queue import queue_links
from tickets.desk.words import Moments
from tickets.models import Notice, Ticket


@require_safe
def show_bell(request: AgentRequest) -> HttpResponse:
    """How much one has not read; 204 when the bell says so already."""
    unread = services.unread_notices(request.user).order_by().values("pk")[: COUNTED + 1]
    count = bell_count(len(unread))
    if request.GET.get("count") == count:
        return HttpResponse(status=204)
    return render(request, "tickets/partials/_bell.html", {"unread": count, "is_known": True})


@require_safe
def show_notices(request: AgentRequest) -> HttpResponse:
    """What one was told, newest first."""
    context = {"notices": notices_of(request.user, Moments()), "queues": queue_links(request)}
    return render(request, "tickets/notices.html", context)


@require_POST
def open_notice(request: AgentRequest, pk: int) -> HttpResponse:
    """Go to what the notice is about; it counts as read."""
    visible = Ticket.objects.visible_to(request.user)
    notice = get_object_or_404(
        Notice.objects.select_related("event").filter(user=request.user, ticket__in=visible), pk=pk
    )
    services.mark_read(request.user, notice_id=pk)
    return redirect(place_of_notice(notice))


@require_POST
def read_all(request: AgentRequest) -> HttpResponse:
    """Take everything as read."""
    services.mark_read(request.user)
    return redirect("tickets:notices")
