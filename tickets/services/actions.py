"""Doing several things to a ticket: all of them or none, each through the service that does it alone too."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Tag
from staff.models import User
from tickets.choices import Status
from tickets.models import Ticket
from tickets.models.actions import NEEDS_NOTE, Actions
from tickets.services.conversation import add_note, link_article
from tickets.services.door import take_step
from tickets.services.editing import change_ticket, set_tags
from tickets.services.handing import assign_to_team
from tickets.services.refusal import StepRefused
from tickets.services.templates import fill_text
from tickets.workflow import STEPS

# What is done, and the name under which a refusal speaks of it.
Work = tuple[str, Callable[[], Any]]


@transaction.atomic
def do_all(works: Iterable[Work]) -> None:
    """Do one after the other; when one is refused nothing is done, and StepRefused says which and why."""
    for name, work in works:
        try:
            with transaction.atomic():
                work()
        except StepRefused as refusal:
            said = _("Nothing was done. “%(action)s” is not possible:") % {"action": name}
            raise StepRefused([said, *refusal.reasons]) from refusal


def changes_of(actions: Actions, ticket: Ticket, *, actor: Any, takes: bool = False) -> list[Work]:
    """What the actions change on the ticket, in the order in which each makes the next possible, without words to the
    customer and the step; `takes`: whoever does it gets the ticket.
    """
    works: list[Work] = []
    if actions.category_id or actions.priority:
        works.append((_("Classify"), lambda: _classify(actions, ticket, actor)))
    add, remove = set(actions.add_tags.all()), set(actions.remove_tags.all())
    if add or remove:
        works.append((_("Tags"), lambda: _tag(ticket, add, remove, actor)))
    if actions.article is not None:
        works.append((_("Link article"), lambda: link_article(ticket, actions.article, actor=actor)))
    if actions.note.strip() and actions.step not in NEEDS_NOTE:
        note = _words(actions.note, ticket, actor)
        works.append((_("Internal note"), lambda: add_note(ticket, note, actor=actor)))
    assignee_id = actor.pk if takes else actions.assignee_id
    if assignee_id:
        works.append((_("Assign"), lambda: _assign(ticket, assignee_id, actor)))
    elif (team := actions.team) is not None:
        works.append((_("Assign"), lambda: _give_to_team(ticket, team, actor)))
    return works


def step_of(actions: Actions, ticket: Ticket, *, actor: Any) -> list[Work]:
    """The step that the actions take last, if any."""
    if not actions.step:
        return []
    details: dict[str, Any] = {}
    if actions.step in NEEDS_NOTE:
        details["note"] = _words(actions.note, ticket, actor)
    if actions.step == "cancel":
        details["cancel_reason"] = actions.cancel_reason
    return [(str(STEPS[actions.step].label), lambda: take_step(ticket, actions.step, actor=actor, **details))]


def _words(text: str, ticket: Ticket, actor: Any) -> str:
    return fill_text(text.strip(), ticket, actor or "", language=ticket.language)


def _classify(actions: Actions, ticket: Ticket, actor: Any) -> None:
    now = Ticket.objects.select_related("category").get(pk=ticket.pk)
    category = actions.category or now.category
    if category == now.category and now.status != Status.RECEIVED:
        if actions.priority:
            change_ticket(ticket, actor=actor, priority=actions.priority)
        return
    priority = actions.priority or now.priority or (category.default_priority if category else "")
    take_step(ticket, "classify", actor=actor, category=category, priority=priority)


def _tag(ticket: Ticket, add: set[Tag], remove: set[Tag], actor: Any) -> None:
    set_tags(ticket, (set(ticket.tags.all()) - remove) | add, actor=actor)


def _assign(ticket: Ticket, assignee_id: int, actor: Any) -> None:
    # Read anew: an automation rule is kept in memory, and he may have left meanwhile.
    assignee = User.objects.get(pk=assignee_id)
    has_it = Ticket.objects.filter(pk=ticket.pk, assignee=assignee_id).exclude(status=Status.CLASSIFIED)
    if not has_it.exists():
        take_step(ticket, "assign", actor=actor, assignee=assignee)


def _give_to_team(ticket: Ticket, team: Any, actor: Any) -> None:
    if Ticket.objects.filter(pk=ticket.pk, team=team.pk).exclude(assignee=None).exists():
        return
    assign_to_team(ticket, team, actor=actor)
