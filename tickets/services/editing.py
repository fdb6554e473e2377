"""Changing what is known about a ticket, outside the life cycle."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Tag
from tickets.choices import EventKind
from tickets.models import Attachment, Ticket
from tickets.services.assigning import route_again
from tickets.services.door import lock
from tickets.services.refusal import StepRefused
from tickets.services.turn import Turn
from tickets.workflow import LEAD, actor_kinds

EDITABLE = (
    "subject",
    "priority",
    "product",
    "order",
    "field_values",
    "language",
    "parent",
    "is_major",
    "incident",
)


@transaction.atomic
def change_ticket(
    ticket: Ticket,
    *,
    actor: Any,
    expected_version: int | None = None,
    files: Sequence[Attachment] = (),
    **changes: Any,
) -> Ticket:
    """Set fields of EDITABLE, with one event that says what was and what is; raise StaleTicket.

    A new priority may bring another policy and so other promises. `files` are unsaved attachments of extra fields;
    the newest of a field counts, and what the customer sent stays with his message. Only a lead marks a major event:
    the ticket is routed anew, and given out if nobody has it; else raise StepRefused.
    """
    if unknown := set(changes) - set(EDITABLE):
        raise ValueError(
            f"{', '.join(sorted(unknown))} cannot be changed here; the life cycle is changed by steps."
        )
    held = lock(ticket, expected_version=expected_version)
    old = {name: getattr(held, name) for name in changes}
    changed = {name: value for name, value in changes.items() if value != old[name]}
    if not changed and not files:
        return held
    if "is_major" in changed and LEAD not in actor_kinds(actor):
        raise StepRefused([_("Only a team lead marks a major event, or takes the mark away. Ask one.")])
    turn = Turn(held, actor=actor)
    for name, value in changed.items():
        setattr(held, name, value)
    if "priority" in changed and held.is_open:
        turn.promises.fit()
    fields = {name: [_code(old[name]), _code(value)] for name, value in changed.items()}
    if files:
        before, after = fields.get("field_values", [{}, {}])
        fields["field_values"] = [
            before | _names_before(held, files),
            after | {f.field_key: f.name for f in files},
        ]
        for file in files:
            file.ticket = held
            file.save()
    turn.record(EventKind.CHANGED, fields=fields)
    if "is_major" in changed:
        route_again(turn)
    return turn.close()


@transaction.atomic
def set_field(
    ticket: Ticket, key: str, value: Any, *, actor: Any, expected_version: int | None = None
) -> Ticket:
    """Answer one extra field and leave the others as they are now; None takes the answer away. Raise StaleTicket."""
    held = lock(ticket, expected_version=expected_version)
    values = {name: answer for name, answer in held.field_values.items() if name != key}
    if value is not None:
        values[key] = value
    return change_ticket(held, actor=actor, field_values=values)


def _names_before(ticket: Ticket, files: Sequence[Attachment]) -> dict[str, str]:
    known = ticket.attachments.filter(field_key__in=[file.field_key for file in files]).order_by("id")
    return dict(known.values_list("field_key", "name"))


@transaction.atomic
def set_tags(
    ticket: Ticket, tags: Iterable[Tag], *, actor: Any, expected_version: int | None = None
) -> Ticket:
    """Let the ticket have exactly these tags; raise StaleTicket."""
    held, wanted = lock(ticket, expected_version=expected_version), set(tags)
    before = set(held.tags.all())
    if wanted == before:
        return held
    held.tags.set(wanted)
    turn = Turn(held, actor=actor)
    codes = [sorted(tag.code for tag in some) for some in (before, wanted)]
    turn.record(EventKind.CHANGED, fields={"tags": codes})
    return turn.close()


@transaction.atomic
def switch_watching(ticket: Ticket, *, actor: Any) -> bool:
    """Begin or stop watching; whoever watches sees the ticket whatever its team. Return whether he watches now."""
    if ticket.watchers.filter(pk=actor.pk).exists():
        ticket.watchers.remove(actor)
        return False
    ticket.watchers.add(actor)
    return True


def _code(value: Any) -> Any:
    return getattr(value, "pk", value)
