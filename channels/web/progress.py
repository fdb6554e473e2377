"""Where a ticket stands, in the customer's words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.choices import CancelReason, PromiseKind, Status
from tickets.models import Ticket

_LINE = [
    (Status.RECEIVED, pgettext_lazy("where a ticket stands", "Received"), "created_at"),
    (Status.CLASSIFIED, pgettext_lazy("where a ticket stands", "Looked through"), "classified_at"),
    (Status.ASSIGNED, pgettext_lazy("where a ticket stands", "In work"), "assigned_at"),
    (Status.RESOLVED, pgettext_lazy("where a ticket stands", "Solved"), "resolved_at"),
    (Status.SURVEYED, pgettext_lazy("where a ticket stands", "Finished"), "surveyed_at"),
]
_PLACES = {status: place for place, (status, _label, _moment) in enumerate(_LINE)}
WAITING_LABEL = pgettext_lazy("where a ticket stands", "Waiting for you")
CANCELLED_LABEL = pgettext_lazy("where a ticket stands", "Closed")

SENTENCES = {
    Status.RECEIVED: _("We have your message and are looking through it."),
    Status.CLASSIFIED: _("Your message is with the right team; somebody there takes it up."),
    Status.ASSIGNED: _("Somebody is working on it."),
    Status.WAITING: _("We asked you something. Please answer below, then we go on."),
    Status.RESOLVED: _("We believe that it is solved."),
    Status.SURVEYED: _("This ticket is finished."),
}
CANCEL_SENTENCES = {
    CancelReason.SPAM: _("This ticket was closed, since it looked like advertising. If that is wrong, write below."),
    CancelReason.DUPLICATE: _("This ticket was closed, since you had asked the same before. We answer you there."),
    CancelReason.MERGED: _("This ticket was joined with another one. We answer you there."),
    CancelReason.WITHDRAWN: _("This ticket was closed as you asked."),
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """One step of the line: `state` is done, current or ahead; `status` colours the current one."""

    label: Any
    state: str
    status: str
    at: datetime | None


def stages(ticket: Ticket) -> list[Stage]:
    """The line of steps from received to finished."""
    if ticket.status == Status.CANCELLED:
        first = Stage(_LINE[0][1], "done", Status.RECEIVED, ticket.created_at)
        return [first, Stage(CANCELLED_LABEL, "current", Status.CANCELLED, ticket.cancelled_at)]
    is_waiting = ticket.status == Status.WAITING
    here = _PLACES[Status.ASSIGNED if is_waiting else Status(ticket.status)]
    line = []
    for place, (status, label, moment) in enumerate(_LINE):
        state = "done" if place < here else "current" if place == here else "ahead"
        if place == here and is_waiting:
            status, label, moment = Status.WAITING, WAITING_LABEL, "waiting_since_at"
        line.append(Stage(label, state, status, getattr(ticket, moment) if place <= here else None))
    return line


def sentence(ticket: Ticket) -> Any:
    """What the state means for the customer."""
    if ticket.status == Status.CANCELLED:
        return CANCEL_SENTENCES[CancelReason(ticket.cancel_reason)]
    return SENTENCES[Status(ticket.status)]


def answer_due_at(ticket: Ticket) -> datetime | None:
    """When the customer can expect an answer; None when he waits for none."""
    if not (ticket.is_open and ticket.awaits_reply):
        return None
    kinds = [PromiseKind.FIRST_RESPONSE, PromiseKind.NEXT_RESPONSE]
    open_ones = ticket.promises.filter(kind__in=kinds, met_at__isnull=True, dropped_at__isnull=True)
    return open_ones.order_by("due_at").values_list("due_at", flat=True).first()
