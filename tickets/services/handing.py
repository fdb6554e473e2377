"""Giving a ticket to another team, and merging it into another ticket."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from staff.models import Team, User
from tickets.choices import CancelReason, MessageKind, Status
from tickets.models import Ticket
from tickets.services.assigning import give_to_team, place_again
from tickets.services.door import lock, take_step
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


@transaction.atomic
def merge(
    ticket: Ticket, into: Ticket, *, actor: Any, note: str = "", expected_version: int | None = None
) -> Ticket:
    """Cancel the ticket as merged into another of the same customer, with a note on both.

    Raise StepRefused or StaleTicket. What the customer writes on the merged ticket later goes on in the other one.
    """
    # Always in the same order, so that two merges of the same pair wait for each other instead of deadlocking.
    for pk in sorted({ticket.pk, into.pk}):
        Ticket.objects.select_for_update().only("pk").get(pk=pk)
    other = lock(into)
    if reasons := reasons_against_merging(ticket, other):
        raise StepRefused(reasons)
    merged = take_step(
        ticket, "cancel", actor=actor, note=note, expected_version=expected_version,
        cancel_reason=CancelReason.MERGED, merged_into=other,
    )  # fmt: skip
    _write_note(merged, _("Merged into %(number)s.") % {"number": other.number}, note, actor)
    _write_note(
        other,
        _("%(number)s “%(subject)s” was merged into this ticket.")
        % {"number": merged.number, "subject": merged.subject},
        note,
        actor,
    )
    return merged


def reasons_against_merging(ticket: Ticket, other: Ticket) -> list[str]:
    """What speaks against merging the ticket into the other, besides what the step of cancelling requires."""
    if other.customer_id != ticket.customer_id:
        return [
            _("%(number)s is another customer’s ticket. Only tickets of one customer can be merged.")
            % {"number": other.number}
        ]
    if other.status == Status.CANCELLED:
        return [
            _("%(number)s is cancelled. Name a ticket that goes on, or restore it first.")
            % {"number": other.number}
        ]
    return []


def _write_note(ticket: Ticket, sentence: str, note: str, actor: Any) -> None:
    turn = Turn(lock(ticket), actor=actor)
    turn.say(MessageKind.NOTE, f"{sentence}\n{note}".strip())
    turn.close()
