"""The one door: every step of every ticket goes through here, whoever asks and from wherever."""

from typing import Any

from django.db import transaction

from tickets.models import Message, Ticket
from tickets.rulebook import Rulebook, current_rulebook
from tickets.services.assigning import place_again
from tickets.services.refusal import StaleTicket, StepRefused
from tickets.services.texts import resolution_words
from tickets.services.turn import Turn, email_of, may_take, refusal_reasons
from tickets.workflow import STEPS, Step, StepRequest


def lock(ticket: Ticket, *, expected_version: int | None = None) -> Ticket:
    """Read the ticket anew and hold its row, so that of two who act at once the second sees what the first did."""
    held = (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("customer", "category", "team", "assignee")
        .get(pk=ticket.pk)
    )
    if expected_version is not None and held.version != expected_version:
        raise StaleTicket(held)
    return held


@transaction.atomic
def take_step(
    ticket: Ticket,
    name: str,
    *,
    actor: Any,
    note: str = "",
    reply: str = "",
    expected_version: int | None = None,
    **details: Any,
) -> Ticket:
    """Move the ticket one step and record it; raise StepRefused with the reasons, or StaleTicket.

    `actor`: a user, a customer, or None for the system. `note` is the reason kept in the event; `reply` goes to
    the customer in the same write. `details` are what the step's method takes, such as assignee or cancel_reason.
    """
    if name not in STEPS:
        raise StepRefused([f"There is no step “{name}”. The steps are: {', '.join(STEPS)}."])
    held = lock(ticket, expected_version=expected_version)
    turn = Turn(held, actor=actor)
    rulebook = turn.rulebook
    if name == "reopen" and "assignee" not in details:
        details["assignee"] = held.assignee if rulebook.can_serve(held, held.assignee) else None
    if name == "classify":
        details |= _placement(turn, details.get("category"), details.get("team"))
    turn.step(name, note=note, reply=reply, **details)
    if name == "resolve" and not reply:
        _tell_resolved(turn)
    return turn.close()


def possible_steps(
    ticket: Ticket, actor: Any, *, rulebook: Rulebook | None = None, reply: str = ""
) -> list[tuple[Step, list[str]]]:
    """The steps that somebody of this kind takes, each with the reasons why not now; no reasons: a button.

    With a `reply` the answer is as if it were sent together with the step.
    """
    rulebook = rulebook or current_rulebook()
    answers = []
    for step in STEPS.values():
        request = StepRequest(step.name, actor, rulebook, reply=reply)
        if may_take(ticket, request):
            answers.append((step, refusal_reasons(ticket, request, forgive_form=True)))
    return answers


def _placement(turn: Turn, category: Any, team: Any) -> dict[str, Any]:
    found = place_again(turn, category=category)
    return {"team": team or found.team, "routing_rule": found.rule, "tier": found.tier}


def _tell_resolved(turn: Turn) -> None:
    ticket = turn.ticket
    turn.say_words(
        resolution_words(ticket, turn.rulebook),
        recipient=email_of(ticket.customer),
        purpose=Message.Purpose.RESOLVED,
    )


__all__ = ["StaleTicket", "StepRefused", "lock", "possible_steps", "take_step"]
