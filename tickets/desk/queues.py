"""The desk's queues: what each is called, which tickets it holds and in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from staff.models import User
from tickets.querysets import TicketQuerySet

# The orders that pages are cut in; each ends with the id, so that a key names one row.
BY_DUE = ("due_at", "id")
# As BY_DUE, but premium tickets jump.
BY_PLACE = ("queue_at", "id")
BY_ACTIVITY = ("-last_message_at", "-id")


@dataclass(frozen=True)
class Queue:
    """One list of tickets that people work through."""

    name: str
    label: Any
    icon: str
    choose: Callable[[TicketQuerySet, User], TicketQuerySet]
    empty: Any
    order: tuple[str, str] = BY_DUE
    is_counted: bool = True
    # A list of warnings: who leads sees how many each team has.
    is_split_by_team: bool = False

    def of(self, tickets: TicketQuerySet, user: User) -> TicketQuerySet:
        """Those of the tickets (which the user may see) that are in this queue for him."""
        return self.choose(tickets, user)


QUEUES: dict[str, Queue] = {
    queue.name: queue
    for queue in [
        Queue(
            "mine", pgettext_lazy("queue", "Mine"), "person-check", lambda tickets, user: tickets.assigned_to(user),
            _("You have no open tickets. Take one from “Unassigned”."),
        ),
        Queue(
            "team", pgettext_lazy("queue", "My teams"), "people", lambda tickets, user: tickets.of_teams_of(user),
            _("Your teams have no open tickets."), BY_PLACE,
        ),
        Queue(
            "unassigned", pgettext_lazy("queue", "Unassigned"), "inbox",
            lambda tickets, user: tickets.unassigned(), _("Every ticket has somebody who looks after it."),
            BY_PLACE,
        ),
        Queue(
            "waiting", pgettext_lazy("queue", "Waiting for customer"), "hourglass-split",
            lambda tickets, user: tickets.waiting(), _("No ticket waits for a customer’s answer."), BY_ACTIVITY,
        ),
        Queue(
            "due-soon", pgettext_lazy("queue", "Due soon"), "alarm", lambda tickets, user: tickets.due_soon(),
            _("Nothing falls due within the hour."), is_split_by_team=True,
        ),
        Queue(
            "broken", pgettext_lazy("queue", "Overdue"), "exclamation-triangle",
            lambda tickets, user: tickets.broken(), _("No promise is overdue. Well done."),
            is_split_by_team=True,
        ),
        Queue(
            "all", pgettext_lazy("queue", "All tickets"), "stack", lambda tickets, user: tickets,
            _("No ticket is here yet."), BY_ACTIVITY, is_counted=False,
        ),
    ]
}  # fmt: skip
FIRST = "mine"
