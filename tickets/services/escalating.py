"""Firing the stages of an escalation: each once, with all that it does, in one transaction with its event."""

import zoneinfo
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext

from sla.models import SlaPolicy
from staff.models import User
from tickets.choices import Delivery, EventKind, MessageKind, Status
from tickets.models import EscalationStage, Message, Promise, StageFiring, Ticket
from tickets.services.assigning import give_to_team
from tickets.services.door import lock
from tickets.services.refusal import StepRefused
from tickets.services.templates import fill
from tickets.services.turn import Turn, email_of, keep_clocks

BATCH = 200


def stages_due() -> QuerySet[Promise]:
    """Promises whose next escalation stage has come."""
    return Promise.objects.filter(next_stage_at__lte=timezone.now())


def fire_due_stages() -> int:
    """Fire the stages that have come; return how many. What a killed worker left undone the next one finds."""
    due = stages_due().order_by("next_stage_at", "id").select_related("ticket")
    return sum(_fire(promise) for promise in due[:BATCH])


@transaction.atomic
def _fire(promise: Promise) -> int:
    turn = Turn(lock(promise.ticket), actor=None)
    held = next((one for one in turn.promises.open if one.pk == promise.pk), None)
    if held is None:
        # Met meanwhile, and nothing is left to warn of.
        Promise.objects.filter(pk=promise.pk, next_stage_at__isnull=False).update(next_stage_at=None)
        return 0
    stages = _not_fired(held, turn.promises.due_stages(held))
    StageFiring.objects.bulk_create(
        StageFiring(promise=held, stage=stage, fired_at=turn.now) for stage in stages
    )
    for stage in stages:
        _act(turn, held, stage)
    if stages:
        turn.close()
    else:
        # The clock was stopped or set anew since it was looked at.
        keep_clocks(turn.ticket, turn.promises)
    return len(stages)


def _not_fired(promise: Promise, stages: list[EscalationStage]) -> list[EscalationStage]:
    """Those of the stages that have not fired for the promise: one may have been moved on after it had."""
    if not stages:
        return stages
    fired = set(StageFiring.objects.filter(promise=promise, stage__in=stages).values_list("stage", flat=True))
    return [stage for stage in stages if stage.pk not in fired]


def plan_stages(policy: SlaPolicy) -> None:
    """After a policy's stages were changed: find the next one anew for each promise that runs by it."""
    running = Promise.objects.filter(
        policy=policy, met_at__isnull=True, dropped_at__isnull=True, running_since_at__isnull=False
    )
    for ticket_id in running.order_by("ticket").values_list("ticket", flat=True).distinct():
        with transaction.atomic():
            turn = Turn(lock(Ticket(pk=ticket_id)), actor=None)
            for promise in turn.promises.open:
                turn.promises.plan(promise)
            keep_clocks(turn.ticket, turn.promises)


def _act(turn: Turn, promise: Promise, stage: EscalationStage) -> None:
    ticket = turn.ticket
    data: dict[str, Any] = {
        "promise": promise.pk, "promise_kind": promise.kind, "stage": stage.pk, "at_percent": stage.at_percent,
        "at_minutes": stage.at_minutes,
    }  # fmt: skip
    told = _people(ticket, stage)
    for person in told:
        _tell(turn, promise, person)
    data["told"] = [person.pk for person in told]
    if stage.watcher is not None:
        ticket.watchers.add(stage.watcher)
        data["watcher"] = stage.watcher_id
    if _raise_priority(turn, stage):
        data["priority"] = stage.priority
    if stage.progress_note is not None and (text := fill(stage.progress_note, ticket, _site_name(ticket))):
        address = email_of(ticket.customer)
        turn.say(MessageKind.AUTOMATIC, text, recipient=address, purpose=Message.Purpose.PROGRESS)
        data["told_customer"] = True
    if stage.reassign:
        data["reassigned" if _reassign(turn, stage) else "not_reassigned"] = stage.reassign
    turn.record(EventKind.ESCALATED, **data)


def _people(ticket: Ticket, stage: EscalationStage) -> list[User]:
    """Whom the stage tells, each once."""
    wanted = Q(pk__in=[stage.tells_person_id or 0])
    if stage.tells_assignee and ticket.assignee_id:
        wanted |= Q(pk=ticket.assignee_id)
    if stage.tells_team:
        wanted |= Q(memberships__team=ticket.team_id)
    elif stage.tells_leads:
        wanted |= Q(memberships__team=ticket.team_id, memberships__is_lead=True)
    return list(User.objects.filter(wanted, is_active=True).distinct().order_by("pk"))


def _tell(turn: Turn, promise: Promise, person: User) -> None:
    with translation.override(person.language), timezone.override(zoneinfo.ZoneInfo(person.time_zone)):
        subject, _line, body = (
            render_to_string(
                "tickets/mail/escalation.txt",
                {
                    "ticket": turn.ticket, "promise": promise, "is_late": turn.now > promise.due_at,
                    # What looks like the place of a link in a customer's words is not one.
                    "subject": turn.ticket.subject.replace("{{", "{ {"),
                    "link": settings.PUBLIC_URL + turn.ticket.get_absolute_url(),
                    "site_name": gettext(settings.SITE_NAME),
                },
            )
            .strip()
            .partition("\n")
        )  # fmt: skip
    message = turn.say(
        MessageKind.NOTE, body.strip(), recipient=person.email, purpose=Message.Purpose.STAFF, subject=subject
    )
    message.language = person.language
    message.delivery, message.next_attempt_at = Delivery.QUEUED, turn.now


def _raise_priority(turn: Turn, stage: EscalationStage) -> bool:
    """Raise the priority, never lower it; another policy may then serve the ticket."""
    ticket, weights = turn.ticket, turn.rulebook.weights
    if not stage.priority or weights.get(stage.priority, 1) <= weights.get(ticket.priority, 0):
        return False
    turn.record(EventKind.CHANGED, fields={"priority": [ticket.priority, stage.priority]})
    ticket.priority = stage.priority
    turn.promises.fit()
    return True


def _reassign(turn: Turn, stage: EscalationStage) -> bool:
    """Give the ticket away as the stage says; False where nobody can have it or a guard refuses."""
    ticket, kinds = turn.ticket, EscalationStage.Reassign
    own = ticket.team
    team = stage.to_team if stage.reassign == kinds.TEAM else ticket.team
    with translation.override(_language_of(ticket)):
        note = gettext("Escalation.")
    try:
        if stage.reassign == kinds.QUEUE:
            if ticket.status not in (Status.ASSIGNED, Status.WAITING):
                return False
            turn.step("hand_back", note=note)
            return True
        return team is not None and give_to_team(turn, team, note=note, leaves=ticket.assignee)
    except StepRefused:
        # A guard refused after the ticket was put to the other team: it stays with its own.
        ticket.team = own
        return False


def _language_of(ticket: Ticket) -> str:
    return ticket.assignee.language if ticket.assignee else settings.LANGUAGE_CODE


def _site_name(ticket: Ticket) -> str:
    with translation.override(ticket.language):
        return gettext(settings.SITE_NAME)
