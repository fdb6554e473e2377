"""Telling all tickets of an incident at once: each through the door, in a transaction of its own, exactly once."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common.sweeping import LOOKED_AT, one_by_one
from tickets.choices import EventKind, Status
from tickets.models import Announcement, Message, Telling, Ticket
from tickets.services.conversation import add_reply
from tickets.services.door import lock, take_step
from tickets.services.refusal import StepRefused
from tickets.services.turn import Turn

BATCH = 200


@transaction.atomic
def announce(incident: Ticket, body: str, *, actor: Any, resolves: bool = False) -> Announcement:
    """Order a reply, and perhaps the resolution, for every open ticket gathered under the incident.

    A sweep carries it out. Raise StepRefused when there is none.
    """
    held = lock(incident)
    tickets = list(held.gathered.open().order_by("id"))
    if not tickets:
        raise StepRefused(
            [_("No open ticket is gathered under this one. Link those that it is about first.")]
        )
    made = Announcement.objects.create(incident=held, body=body, actor=actor, resolves=resolves)
    Telling.objects.bulk_create([Telling(announcement=made, ticket=ticket) for ticket in tickets])
    turn = Turn(held, actor=actor, is_quiet=True)
    turn.record(EventKind.TOLD_ALL, announcement=made.pk, count=len(tickets), resolves=resolves)
    turn.close()
    return made


def open_tellings() -> QuerySet[Telling]:
    """What is still to be told."""
    return Telling.objects.filter(done_at__isnull=True)


def tell_all() -> int:
    """Tell the tickets that have been waiting longest; return how many were dealt with."""
    return one_by_one(
        open_tellings().order_by("id").values_list("pk", flat=True)[:LOOKED_AT], _tell, most=BATCH
    ).done


def _tell(telling_id: int) -> int:
    telling = Telling.objects.select_for_update(of=("self",)).get(pk=telling_id)
    if telling.done_at is not None:
        # Another worker was quicker.
        return 0
    announcement = telling.announcement
    with translation.override(announcement.actor.language):
        try:
            with transaction.atomic():
                telling.message = _reply(telling.ticket, announcement)
        except StepRefused as refusal:
            telling.reasons = refusal.reasons
    telling.done_at = timezone.now()
    telling.save(update_fields=["message", "reasons", "done_at"])
    return 1


def _reply(ticket: Ticket, announcement: Announcement) -> Message:
    actor = announcement.actor
    if not ticket.is_open:
        raise StepRefused([_("It is %(status)s by now.") % {"status": ticket.get_status_display()}])
    if not ticket.is_visible_to(actor):
        raise StepRefused([_("You do not see the tickets of its team. Ask somebody of the team to answer.")])
    if announcement.resolves:
        ticket = _taken(ticket, announcement)
    return add_reply(ticket, announcement.body, actor=actor, step="resolve" if announcement.resolves else "")


def _taken(ticket: Ticket, announcement: Announcement) -> Ticket:
    """What nobody has is taken by who announces the resolution: only a ticket that somebody has can be resolved."""
    actor, incident = announcement.actor, announcement.incident
    if ticket.status == Status.RECEIVED:
        category = ticket.category or incident.category
        priority = ticket.priority or incident.priority or (category.default_priority if category else "")
        ticket = take_step(ticket, "classify", actor=actor, category=category, priority=priority)
    if ticket.status == Status.CLASSIFIED:
        ticket = take_step(ticket, "assign", actor=actor, assignee=actor)
    return ticket
