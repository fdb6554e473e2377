"""Who else looks at or writes on the ticket; asked by the page every few seconds."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from staff.http import AgentRequest
from tickets.models import Ticket
from tickets.services import presence


@require_POST
def note_presence(request: AgentRequest, pk: int) -> HttpResponse:
    """Note that one is there and answer who else is; 204 when that is as the page shows it."""
    state = request.POST.get("state", "")
    if state == "gone":
        presence.leave(pk, request.user)
        return HttpResponse(status=204)
    is_writing = state == "writing"
    around = presence.look_around(pk, request.user, is_writing=is_writing)
    if around is None:
        ticket = get_object_or_404(Ticket.objects.visible_to(request.user), pk=pk)
        presence.arrive(ticket, request.user, is_writing=is_writing)
        around = presence.look_around(pk, request.user, is_writing=is_writing)
    if around is None or around.mark == request.POST.get("mark", ""):
        return HttpResponse(status=204)
    response = render(request, "tickets/partials/_presence.html", {"others": around.others})
    response.headers["X-Mark"] = around.mark
    return response
