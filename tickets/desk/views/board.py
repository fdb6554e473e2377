"""The board, and the step that moves a card."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from staff.http import AgentRequest
from tickets.choices import Status
from tickets.desk.board import SCOPES, board_of, columns_of, read_scope, steps_between
from tickets.desk.forms import BOARD_FORMS, SENDING
from tickets.desk.keys import read_key
from tickets.desk.listing import is_unchanged, new_mark
from tickets.desk.page import SOME_REPLY, visible_ticket
from tickets.desk.queues import QUEUES
from tickets.desk.views.queue import queue_links
from tickets.desk.views.ticket import form_context
from tickets.models import SavedView
from tickets.rulebook import current_rulebook
from tickets.services.turn import refusal_reasons
from tickets.workflow import STEPS, StepRequest


@require_safe
def show_board(request: AgentRequest) -> HttpResponse:
    """A list's tickets by status; 204 when the board that asks is still as it was."""
    if request.htmx and is_unchanged(request.GET.get("mark", "")):
        return HttpResponse(status=204)
    of, mark, rulebook, view = request.GET.get("of", ""), new_mark(), current_rulebook(), None
    if of.startswith("view-"):
        views = SavedView.objects.visible_to(request.user)
        view = get_object_or_404(views, pk=read_key(of.removeprefix("view-")))
    scope = read_scope(of, request.user, rulebook, view)
    back = f"{reverse('tickets:board')}?{urlencode({'of': scope.key})}"
    context = {
        "scope": scope,
        "scopes": [(name, QUEUES[name].label) for name in SCOPES],
        "columns": columns_of(scope, request.user, rulebook, back=back),
        "refresh_url": f"{reverse('tickets:board')}?{urlencode({'of': scope.key, 'mark': mark})}",
    }
    if request.htmx:
        return render(request, "tickets/partials/_board.html", context)
    return render(request, "tickets/board.html", {**context, "queues": queue_links(request)})


@require_safe
def show_move(request: AgentRequest, pk: int, target: str) -> HttpResponse:
    """The form of the step that leads a card to a column, or why it cannot go there now."""
    if target not in Status.values:
        raise Http404
    ticket, rulebook = visible_ticket(request.user, pk), current_rulebook()
    names = steps_between(ticket.status, target, request.user)
    back = board_of(request.GET.get("back", "")) or reverse("tickets:board")
    context = {"ticket": ticket, "target": Status(target).label, "back": back}
    if names:
        reply = SOME_REPLY if names[0] in SENDING else ""
        asked = StepRequest(names[0], request.user, rulebook, reply=reply)
        context["refusal"] = refusal_reasons(ticket, asked, forgive_form=True)
        seen = {"version": ticket.version, "seen": ticket.newest_event}
        form = BOARD_FORMS[names[0]](
            step=names[0], ticket=ticket, user=request.user, rulebook=rulebook, initial=seen
        )
        context |= form_context(request, form, ticket, None) | {"step": STEPS[names[0]]}
    else:
        context["refusal"] = [
            _("No step leads from “%(source)s” to “%(target)s”.")
            % {"source": ticket.get_status_display(), "target": Status(target).label}
        ]
    if request.htmx:
        return render(request, "tickets/partials/_board_move.html", context)
    return render(request, "tickets/board_move.html", {**context, "queues": queue_links(request)})
