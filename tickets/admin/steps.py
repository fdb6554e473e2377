"""Steps in the admin: the page of one step, through the same door as everywhere."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tickets.desk.forms import STEP_FORMS, StepForm
from tickets.models import Ticket
from tickets.rulebook import current_rulebook
from tickets.services import StaleTicket, StepRefused, possible_steps
from tickets.services.turn import refusal_reasons
from tickets.workflow import STEPS, StepRequest

# With it a step is looked at as if its form's reply were written already.
SOME_REPLY = "…"


class ReplyStepForm(StepForm):
    """A step that goes with words to the customer; the desk has its reply box for them."""

    reply = forms.CharField(
        label=_("Reply to the customer"),
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("It is sent with the step. Empty: what was said before is enough."),
    )

    def details(self) -> dict[str, Any]:
        """What the step's method takes, and the reply."""
        return {"reply": self.cleaned_data["reply"]}


FORMS = {**STEP_FORMS, "wait": ReplyStepForm, "resolve": ReplyStepForm}


def step_buttons(ticket: Ticket, user: Any) -> list[dict[str, Any]]:
    """The steps that people of this kind take: possible ones with their page, the others with the reasons."""
    return [
        {
            "name": step.name,
            "label": step.label,
            "reasons": reasons,
            "url": reverse("admin:tickets_ticket_step", args=[ticket.pk, step.name]),
        }
        for step, reasons in possible_steps(ticket, user, reply=SOME_REPLY)
    ]


def step_page(request: HttpRequest, ticket: Ticket, name: str, frame: dict[str, Any]) -> HttpResponse:
    """The form of a step; a POST takes it, or says why not and keeps what was typed."""
    rulebook = current_rulebook()
    manner: dict[str, Any] = {"step": name, "ticket": ticket, "user": request.user, "rulebook": rulebook}
    if request.method != "POST":
        asked = StepRequest(name, request.user, rulebook, reply=SOME_REPLY)
        reasons = refusal_reasons(ticket, asked, forgive_form=True)
        form = FORMS[name](initial={"version": ticket.version}, **manner)
        return _render(request, form, frame, reasons=reasons, is_possible=not reasons)
    form = FORMS[name](data=request.POST, **manner)
    if not form.is_valid():
        return _render(request, form, frame, status=422)
    try:
        form.take()
    except StepRefused as refusal:
        return _render(request, form, frame, reasons=refusal.reasons, status=422)
    except StaleTicket as stale:
        # Sent again, the form is about the newer state.
        form.data = {**form.data.dict(), "version": stale.ticket.version}  # type: ignore[attr-defined]
        said = gettext(
            "Somebody changed this ticket meanwhile: it is now “%(status)s”. What you typed is still here; "
            "look again, then send it once more."
        ) % {"status": stale.ticket.get_status_display()}
        return _render(request, form, frame, reasons=[said], status=409)
    said = gettext("“%(step)s” is done.") % {"step": STEPS[name].label}
    messages.success(request, said)
    return redirect("admin:tickets_ticket_change", ticket.pk)


def _render(
    request: HttpRequest,
    form: StepForm,
    frame: dict[str, Any],
    *,
    reasons: list[str] | None = None,
    is_possible: bool = True,
    status: int = 200,
) -> HttpResponse:
    step = STEPS[form.step]
    context = {
        **frame,
        "title": f"{step.label} · {form.ticket.number}",
        "ticket": form.ticket,
        "original": form.ticket,
        "step": step,
        "form": form,
        "reasons": reasons or [],
        "is_possible": is_possible,
    }
    return render(request, "admin/tickets/ticket/step.html", context, status=status)
