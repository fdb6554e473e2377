"""Taking a step: its form, in a dialog of the ticket page or as a page of its own."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staff.http import AgentRequest
from tickets import services
from tickets.desk.board import board_of
from tickets.desk.forms import BOARD_FORMS, STEP_FORMS, StepForm
from tickets.desk.keys import read_key
from tickets.desk.page import visible_ticket
from tickets.desk.stale import is_harmless
from tickets.desk.views.queue import queue_links
from tickets.desk.views.ticket import form_context, lead_to
from tickets.models import Ticket
from tickets.rulebook import current_rulebook
from tickets.services import StaleTicket, StepRefused
from tickets.workflow import STEPS


@require_safe
def show_step(request: AgentRequest, pk: int, name: str) -> HttpResponse:
    """The form of a step."""
    ticket = visible_ticket(request.user, pk)
    seen = {"version": ticket.version, "seen": ticket.newest_event}
    return _render(request, _form(request, ticket, name, initial=seen))


@require_http_methods(["GET", "HEAD", "POST"])
def take_step(request: AgentRequest, pk: int) -> HttpResponse:
    """Take the step that the form names in `step`, with what else it holds."""
    ticket = visible_ticket(request.user, pk)
    if request.method != "POST":
        # Who loads the page of a refusal again, or signs in anew meanwhile, comes here.
        return redirect(ticket)
    form = _form(request, ticket, request.POST.get("step", ""), data=request.POST)
    if not form.is_valid():
        return _render(request, form, status=422)
    seen = form.cleaned_data["seen"]
    try:
        taken = _take(form, request)
    except StaleTicket:
        return _render(request, form, stale_after=seen or 0, status=409)
    except StepRefused as refusal:
        return _render(request, form, reasons=refusal.reasons, status=422)
    messages.success(
        request,
        _("%(number)s: “%(step)s” is done.") % {"number": ticket.number, "step": STEPS[form.step].label},
    )
    if back := board_of(request.POST.get("back", "")):
        return lead_to(request, back)
    # A step may give the ticket to a team whose tickets one does not see.
    return lead_to(request, taken if taken.is_visible_to(request.user) else "tickets:queue")


@require_POST
def take(request: AgentRequest, pk: int) -> HttpResponse:
    """Assign a ticket of a list to oneself; the answer is what to say above the list, which fetches itself anew."""
    ticket = visible_ticket(request.user, pk)
    if ticket.assignee_id == request.user.pk and ticket.is_open:
        messages.info(request, _("%(number)s is yours already.") % {"number": ticket.number})
        return render(request, "partials/_messages.html")
    version = read_key(request.POST.get("version", "")) or None
    try:
        services.take_step(
            ticket, "assign", actor=request.user, assignee=request.user, expected_version=version
        )
    except StaleTicket:
        said = _("%(number)s has changed since you saw the list. Look at it once more, then take it.")
        messages.warning(request, said % {"number": ticket.number})
    except StepRefused as refusal:
        messages.warning(request, f"{ticket.number}: {refusal.reason}")
    else:
        messages.success(request, _("%(number)s is yours now.") % {"number": ticket.number})
    return render(request, "partials/_messages.html")


def _take(form: StepForm, request: AgentRequest) -> Ticket:
    try:
        return form.take()
    except StaleTicket as stale:
        if not is_harmless(form.ticket, form.cleaned_data["seen"], request.user):
            raise
        form.cleaned_data["version"] = stale.ticket.version
        return form.take()


def _form(request: AgentRequest, ticket: Ticket, name: str, **kwargs: object) -> StepForm:
    if name not in STEPS:
        raise Http404
    forms = BOARD_FORMS if board_of(request.POST.get("back", "")) else STEP_FORMS
    return forms[name](step=name, ticket=ticket, user=request.user, rulebook=current_rulebook(), **kwargs)


def _render(
    request: AgentRequest,
    form: StepForm,
    *,
    reasons: list[str] | None = None,
    stale_after: int | None = None,
    status: int = 200,
) -> HttpResponse:
    context = form_context(request, form, form.ticket, stale_after)
    context |= {
        "step": STEPS[form.step],
        "reasons": reasons or [],
        "back": board_of(request.POST.get("back", "")),
    }
    if request.htmx:
        return render(request, "tickets/partials/_step_form.html", context, status=status)
    return render(request, "tickets/step.html", {**context, "queues": queue_links(request)}, status=status)
