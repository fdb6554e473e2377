"""Ticking off what the checklists of a ticket's category ask for."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tickets.choices import EventKind
from tickets.models import ChecklistItem, ChecklistTick, Ticket
from tickets.services.door import lock
from tickets.services.refusal import StepRefused
from tickets.services.turn import Turn


@transaction.atomic
def tick(ticket: Ticket, item: ChecklistItem, *, actor: Any, is_done: bool) -> bool:
    """Tick a thing off, or take that back, with an event; False when it is so already. Raise StepRefused."""
    held = lock(ticket)
    turn = Turn(held, actor=actor, is_quiet=True)
    if item.pk not in {one.pk for one in turn.rulebook.checklist_items(held.category)}:
        raise StepRefused(
            [_("“%(item)s” is not on the checklists of this ticket any more.") % {"item": item}]
        )
    known = ChecklistTick.objects.filter(ticket=held.pk, item=item.pk)
    if known.exists() is is_done:
        return False
    if is_done:
        ChecklistTick.objects.create(ticket=held, item=item, done_by=actor, done_at=turn.now)
    else:
        known.delete()
    turn.record(EventKind.CHECKLIST, item=item.pk, name=item.name, is_done=is_done)
    turn.close()
    return True
