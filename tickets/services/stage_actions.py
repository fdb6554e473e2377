"""What a stage of an escalation does to a ticket: whom it tells, and what it changes."""

import zoneinfo
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext

from staff.models import User
from tickets.choices import Delivery, EventKind, MessageKind, Status
from tickets.models import EscalationStage, Message, Promise, Ticket
from tickets.models.actions import Telling
from tickets.services.assigning import give_to_team
from tickets.services.door import lock
from tickets.services.handing import move_to_team
from tickets.services.informing import people_to_inform
from tickets.services.refusal import StepRefused
from tickets.services.templates import fill
from tickets.services.texts import warning_words
from tickets.services.turn import Turn, email_of

# So long a warning waits for others to the same colleague: what falls due together comes as one mail.
GATHERING = timedelta(seconds=10)


def act(turn: Turn, promise: Promise, stage: EscalationStage) -> Turn:
    """Do all that the stage says; return the turn in which the caller goes on."""
    data: dict[str, Any] = {
        "promise": promise.pk, "promise_kind": promise.kind, "stage": stage.pk, "at_percent": stage.at_percent,
        "at_minutes": stage.at_minutes,
    }  # fmt: skip
    # Before the ticket is given away: who has it now is told.
    told = people_to_tell(turn.ticket, stage)
    if _raise_priority(turn, stage):
        data["priority"] = stage.priority
    if stage.reassign:
        turn.close()
        data |= _reassigned(turn.ticket, stage)
        turn = Turn(lock(turn.ticket), actor=None, now=turn.now, is_quiet=True)
    _tell(turn, promise, told)
    data["told"] = [person.pk for person in told]
    if stage.watcher is not None:
        turn.ticket.watchers.add(stage.watcher)
        data["watcher"] = stage.watcher_id
    if _tell_customer(turn, stage):
        data["told_customer"] = True
    turn.record(EventKind.ESCALATED, **data)
    return turn


def people_to_tell(ticket: Ticket, who: Telling) -> list[User]:
    """Whom a stage or a rule tells, each once; where a team is to be told and has nobody, those in charge."""
    wanted = Q(pk=who.tells_person_id or 0)
    if who.tells_assignee and ticket.assignee_id:
        wanted |= Q(pk=ticket.assignee_id)
    team = Q(memberships__team=ticket.team_id) if ticket.team_id else Q(pk=0)
    if who.tells_team:
        wanted |= team
    has_nobody = who.tells_team and not User.objects.filter(team, is_active=True).exists()
    if who.tells_leads or has_nobody:
        wanted |= Q(pk__in=people_to_inform(ticket).values("pk"))
    return list(User.objects.filter(wanted, is_active=True).distinct().order_by("pk"))


def _tell(turn: Turn, promise: Promise, people: list[User]) -> None:
    """One note, which is mailed to each in his own language."""
    for place, person in enumerate(people):
        with timezone.override(zoneinfo.ZoneInfo(person.time_zone)):
            words = warning_words(
                promise, turn.ticket, person.language, is_late=turn.now > promise.due_at, told=people,
                rulebook=turn.rulebook,
            )  # fmt: skip
        turn.say(
            MessageKind.NOTE, words.body, recipient=person.email, purpose=Message.Purpose.STAFF,
            subject=words.subject, sender_name=words.sender, language=person.language,
            delivery=Delivery.QUEUED, next_attempt_at=turn.now + GATHERING,
            is_copy=place > 0,
        )  # fmt: skip


def _tell_customer(turn: Turn, stage: EscalationStage) -> bool:
    ticket = turn.ticket
    with translation.override(ticket.language):
        site_name = gettext(settings.SITE_NAME)
    text = fill(stage.progress_note, ticket, site_name) if stage.progress_note is not None else ""
    if text:
        address = email_of(ticket.customer)
        turn.say(MessageKind.AUTOMATIC, text, recipient=address, purpose=Message.Purpose.PROGRESS)
    return bool(text)


def _raise_priority(turn: Turn, stage: EscalationStage) -> bool:
    """Raise the priority, never lower it; another policy may then serve the ticket."""
    ticket, weights = turn.ticket, turn.rulebook.weights
    if not stage.priority or weights.get(stage.priority, 1) <= weights.get(ticket.priority, 0):
        return False
    turn.record(EventKind.CHANGED, fields={"priority": [ticket.priority, stage.priority]})
    ticket.priority = stage.priority
    turn.touch()
    turn.promises.fit()
    return True


def _reassigned(ticket: Ticket, stage: EscalationStage) -> dict[str, Any]:
    """Give the ticket away as the stage says, or leave it as it is; return what is to be written down of it."""
    with translation.override(ticket.assignee.language if ticket.assignee else settings.LANGUAGE_CODE):
        try:
            with transaction.atomic():
                turn = Turn(lock(ticket), actor=None)
                is_given = _give_away(turn, stage, gettext("Escalation."))
                if is_given:
                    turn.close()
        except StepRefused as refusal:
            return {"not_reassigned": stage.reassign, "reasons": refusal.reasons}
    return {"reassigned" if is_given else "not_reassigned": stage.reassign}


def _give_away(turn: Turn, stage: EscalationStage, note: str) -> bool:
    """Whether it was given away; False when there is nobody else. Raise StepRefused."""
    ticket, kinds = turn.ticket, EscalationStage.Reassign
    if stage.reassign == kinds.QUEUE:
        if ticket.status == Status.CLASSIFIED:
            raise StepRefused([gettext("It is in the queue already.")])
        turn.step("hand_back", note=note)
        return True
    if stage.reassign == kinds.OTHER:
        return ticket.team is not None and give_to_team(turn, ticket.team, note=note, leaves=ticket.assignee)
    team = turn.rulebook.teams.get(stage.to_team_id or 0)
    if team is None:
        raise StepRefused([gettext("The team “%(team)s” is not in use.") % {"team": stage.to_team}])
    if team.pk == ticket.team_id:
        raise StepRefused([gettext("The team “%(team)s” has it already.") % {"team": team}])
    move_to_team(turn, team, note=note, leaves=ticket.assignee)
    return True
