"""The time people spend on a ticket: counted by its page, put right by hand; the ticket has the sum."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext as _

from staff.models import User
from tickets.choices import EventKind
from tickets.models import Ticket, TimeEntry
from tickets.services.door import lock
from tickets.services.refusal import StepRefused
from tickets.services.turn import Turn
from tickets.workflow import LEAD, actor_kinds

# Nobody works on one ticket for longer without a break: a page that says so has gone wrong.
LONGEST = 12 * 3600


@transaction.atomic
def count_visit(ticket: Ticket, user: User, visit: UUID, seconds: int) -> int:
    """Note how long the user has worked on the ticket's page since it was opened; return the ticket's sum.

    The page sends its own sum again and again: the same twice changes nothing, and it only grows.
    """
    seconds = min(max(seconds, 0), LONGEST)
    entry, is_new = TimeEntry.objects.select_for_update().get_or_create(
        visit=visit, defaults={"ticket": ticket, "user": user, "seconds": seconds}
    )
    before = 0 if is_new else entry.seconds
    if is_new or (
        seconds > before and not entry.is_edited and (entry.ticket_id, entry.user_id) == (ticket.pk, user.pk)
    ):
        TimeEntry.objects.filter(pk=entry.pk).update(seconds=seconds)
        Ticket.objects.filter(pk=ticket.pk).update(
            time_spent_seconds=F("time_spent_seconds") + seconds - before
        )
    return int(Ticket.objects.values_list("time_spent_seconds", flat=True).get(pk=ticket.pk))


@transaction.atomic
def add_time(ticket: Ticket, minutes: int, *, actor: Any, note: str = "") -> TimeEntry:
    """Write down time that no page has counted."""
    held = lock(ticket)
    entry = TimeEntry.objects.create(ticket=held, user=actor, seconds=minutes * 60, note=note, is_edited=True)
    _record(held, actor, before=0, after=entry.seconds, of=actor.pk)
    return entry


@transaction.atomic
def change_time(entry: TimeEntry, minutes: int, *, actor: Any, note: str = "") -> None:
    """Put an entry right; nought takes it away. Of others' only a lead may: else raise StepRefused."""
    if entry.user_id != actor.pk and LEAD not in actor_kinds(actor):
        raise StepRefused([_("Only a team lead changes the time of others. Ask one.")])
    held = lock(entry.ticket)
    found = TimeEntry.objects.select_for_update().filter(pk=entry.pk).first()
    if found is None or (found.seconds // 60 == minutes and found.note == note):
        return
    TimeEntry.objects.filter(pk=entry.pk).update(seconds=minutes * 60, note=note, is_edited=True)
    _record(held, actor, before=found.seconds, after=minutes * 60, of=found.user_id)


def _record(held: Ticket, actor: Any, **data: Any) -> None:
    total = held.time_entries.aggregate(total=Sum("seconds"))["total"] or 0
    Ticket.objects.filter(pk=held.pk).update(time_spent_seconds=total)
    turn = Turn(held, actor=actor, is_quiet=True)
    turn.record(EventKind.TIME_SPENT, **data)
    turn.close()
