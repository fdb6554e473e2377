"""Giving a ticket to another team."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from staff.models import Team, User
from tickets.choices import Status
from tickets.models import Ticket
from tickets.services.assigning import give_to_team, place_again
from tickets.services.door import lock
from tickets.services.refusal import StepRefused
from tickets.services.turn import Turn


@transaction.atomic
def assign_to_team(
    ticket: Ticket, team: Team, *, actor: Any, note: str = "", expected_version: int | None = None
) -> Ticket:
    """Give the ticket to a team that serves it: to whom the team's strategy chooses, else to its queue.

    Raise StepRefused or StaleTicket.
    """
    turn = Turn(lock(ticket, expected_version=expected_version), actor=actor)
    move_to_team(turn, team, note=note)
    return turn.close()


def move_to_team(turn: Turn, team: Team, *, note: str = "", leaves: User | None = None) -> None:
    """Give the ticket to a team that serves it, not to who leaves it; the caller closes the turn.

    Raise StepRefused, perhaps after some of the steps: then the caller undoes the transaction.
    """
    held, actor = turn.ticket, turn.actor
    serving = turn.rulebook.serving_team_ids(held.category)
    if serving and team.pk not in serving:
        raise StepRefused(
            [
                _(
                    "“%(team)s” does not serve this category. Choose another category first: classify the ticket anew."
                )
                % {"team": team.label}
            ]
        )
    if give_to_team(turn, team, actor=actor, note=note, leaves=leaves):
        return
    if held.status == Status.ASSIGNED:
        turn.step("hand_back", note=note.strip() or _("Given to the team “%(team)s”.") % {"team": team.label})
        # The other team has not had it yet: it is given out there like a new one.
        held.assigned_at = None
    placed = place_again(turn)
    turn.step(
        "classify", note=note, category=held.category, priority=held.priority, team=team,
        routing_rule=placed.rule, tier=placed.tier,
    )  # fmt: skip
