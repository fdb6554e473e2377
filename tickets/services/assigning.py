"""Who gets a ticket: chosen by the team's strategy among those on duty, able and not full, and written down why."""

from typing import Any

from staff.duty import on_duty_ids
from staff.models import Strategy, Team, Tier, User
from staff.services import note_assigned
from tickets.choices import Status
from tickets.models import Ticket
from tickets.routing.people import candidates_of, hold_members, last_agent_id
from tickets.routing.rules import Placement, facts_of, route
from tickets.routing.strategies import Choice, Need, choose
from tickets.rulebook import Rulebook
from tickets.services.refusal import StepRefused
from tickets.services.turn import Turn


def place_again(turn: Turn, *, category: Any = None, preferred: Team | None = None) -> Placement:
    """Where the ticket belongs by the rules as they are now, as a ticket of this category if one is given."""
    ticket, rulebook = turn.ticket, turn.rulebook
    facts = facts_of(ticket, rulebook, category=category)
    return route(rulebook, facts, is_major=ticket.is_major, preferred=preferred, current=ticket.team)


def need_of(ticket: Ticket, team: Team, rulebook: Rulebook) -> Need:
    """What the ticket asks of whoever gets it."""
    asks_who = team.strategy == Strategy.LAST_AGENT
    return Need(
        weight=rulebook.weight_of(ticket.priority),
        skills=rulebook.needed_skill_ids(ticket),
        is_premium=ticket.tier == Tier.PREMIUM,
        last_agent_id=last_agent_id(ticket) if asks_who else None,
    )


def choose_assignee(turn: Turn, team: Team, *, leaves: User | None = None) -> tuple[User | None, Choice]:
    """Who of the team gets the ticket, if anybody but who leaves can; the team is held until the transaction ends."""
    need = need_of(turn.ticket, team, turn.rulebook)
    members = [member for member in hold_members(team.pk) if leaves is None or member.user_id != leaves.pk]
    with_skills = bool(need.skills) or team.strategy == Strategy.BEST_SKILL
    on_duty = on_duty_ids(team.pk, turn.now)
    found = candidates_of(members, on_duty, turn.rulebook.weights, with_skills=with_skills, but=turn.ticket)
    choice = choose(team.strategy, found, need)
    if choice.chosen is None:
        return None, choice
    user = next(member.user for member in members if member.user_id == choice.chosen.user_id)
    # Known by the query above; the guard asks for it.
    user.team_ids = frozenset({team.pk})
    return user, choice


def give_to_team(
    turn: Turn, team: Team, *, actor: Any = None, note: str = "", leaves: User | None = None
) -> bool:
    """Assign the ticket to somebody of the team but who leaves it; False when nobody can have it. Raise StepRefused."""
    user, choice = choose_assignee(turn, team, leaves=leaves)
    if user is None:
        return False
    turn.ticket.team = team
    turn.step("assign", actor=actor, note=note, assignee=user, team=team, why=choice.as_data())
    note_assigned(team.pk, user.pk, turn.now)
    return True


def route_again(turn: Turn) -> None:
    """Place a ticket about which the rules may say something else now, and give it out if nobody has it.

    Who has it keeps it; only its tier changes then.
    """
    ticket, placed = turn.ticket, place_again(turn)
    if ticket.status == Status.CLASSIFIED:
        turn.step(
            "classify", actor=None, category=ticket.category, priority=ticket.priority, team=placed.team,
            routing_rule=placed.rule, tier=placed.tier,
        )  # fmt: skip
        assign_if_possible(turn)
    else:
        ticket.tier = placed.tier


def assign_if_possible(turn: Turn) -> bool:
    """Give a classified ticket to somebody of its team; False leaves it in the team's queue."""
    team = turn.rulebook.teams.get(turn.ticket.team_id or 0)
    if team is None:
        return False
    try:
        return give_to_team(turn, team)
    except StepRefused:
        return False
