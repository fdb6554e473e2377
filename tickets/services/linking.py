"""What tickets have to do with one another: links of several kinds, children, and messages split off."""

from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Category
from common.links import new_link
from tickets.choices import EventKind, LinkKind, MessageKind, Status
from tickets.models import Attachment, Message, Ticket, TicketLink
from tickets.services.door import lock, take_step
from tickets.services.editing import change_ticket
from tickets.services.intake import create_ticket
from tickets.services.merging import is_below
from tickets.services.refusal import StepRefused
from tickets.services.turn import Turn


@transaction.atomic
def link_tickets(ticket: Ticket, other: Ticket, kind: str, *, actor: Any) -> TicketLink:
    """Say what one ticket is to another; twice is once. Raise StepRefused."""
    if ticket.pk == other.pk:
        raise StepRefused([_("A ticket cannot be linked to itself. Name another one.")])
    if kind == LinkKind.RELATED and (
        known := TicketLink.objects.filter(ticket=other, other=ticket, kind=kind)
    ):
        # It reads the same from both sides.
        return known[0]
    link, is_new = TicketLink.objects.get_or_create(
        ticket=ticket, other=other, kind=kind, defaults={"author": actor}
    )
    if is_new:
        _record_on_both(link, EventKind.LINKED, actor=actor)
    return link


@transaction.atomic
def unlink_tickets(link: TicketLink, *, actor: Any) -> None:
    """Take a link away; what was said of it stays in the history of both."""
    if TicketLink.objects.filter(pk=link.pk).delete()[0]:
        _record_on_both(link, EventKind.UNLINKED, actor=actor)


def _record_on_both(link: TicketLink, kind: EventKind, *, actor: Any) -> None:
    pair = sorted([(link.ticket, link.other, link.kind), (link.other, link.ticket, f"-{link.kind}")],
                  key=lambda one: one[0].pk)  # fmt: skip
    for ticket, other, link_kind in pair:
        turn = Turn(lock(ticket), actor=actor, is_quiet=True)
        turn.record(kind, other=other.pk, link=str(link_kind))
        turn.close()


@transaction.atomic
def place_below(ticket: Ticket, parent: Ticket | None, *, actor: Any) -> Ticket:
    """Make the ticket a child of another, which then waits for it; None takes it out. Raise StepRefused."""
    if parent is not None and (parent.pk == ticket.pk or is_below(parent, ticket)):
        raise StepRefused([_("A ticket cannot be placed below itself.")])
    return change_ticket(ticket, actor=actor, parent=parent)


@transaction.atomic
def gather(ticket: Ticket, incident: Ticket | None, *, actor: Any) -> Ticket:
    """Gather the ticket under the one about what hit many; None takes it out. Raise StepRefused."""
    if incident is not None:
        if incident.pk == ticket.pk or incident.incident_id is not None:
            raise StepRefused(
                [
                    _("%(number)s is itself part of an incident. Name the incident.")
                    % {"number": incident.number}
                ]
            )
        if ticket.gathered.exists():
            raise StepRefused(
                [
                    _("Tickets are gathered under %(number)s. Merge it into the other incident instead.")
                    % {"number": ticket.number}
                ]
            )
    return change_ticket(ticket, actor=actor, incident=incident)


@transaction.atomic
def create_child(
    parent: Ticket, *, subject: str, body: str, actor: Any, category: Category | None = None
) -> Ticket:
    """Ask colleagues for a part of the work, as a ticket of its own that the other waits for.

    It begins with a note, so nothing goes to the customer.
    """
    made = create_ticket(
        customer=parent.customer, subject=subject, body=body, actor=actor, channel=parent.channel,
        language=parent.language, category=category or parent.category, acknowledge=False,
        begins_with=MessageKind.NOTE, product=parent.product, order=parent.order, parent=parent,
    )  # fmt: skip
    turn = Turn(lock(parent), actor=actor, is_quiet=True)
    turn.record(EventKind.LINKED, other=made.pk, link="child")
    turn.close()
    return _classified_like(made, parent, actor=actor)


@transaction.atomic
def split_message(message: Message, *, subject: str, actor: Any) -> Ticket:
    """Make a ticket of its own of what a customer wrote, with its files; the message says where it went.

    Raise StepRefused.
    """
    origin = lock(message.ticket)
    held = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if held.kind != MessageKind.CUSTOMER:
        raise StepRefused([_("Only what the customer wrote can be split off. Write a new ticket instead.")])
    if held.split_into_id is not None:
        raise StepRefused([_("The message was split off already; it says where it went.")])
    files = list(held.attachments.all())
    made = create_ticket(
        customer=origin.customer, subject=subject, body=held.body, actor=actor, channel=held.channel,
        language=held.language, category=origin.category, attachments=[_copy(file) for file in files],
        acknowledge=False, product=origin.product, order=origin.order,
        first_message={name: getattr(held, name) for name in ("folded", "html", "sender", "is_doubtful")},
    )  # fmt: skip
    # It says what it said when it was said.
    Message.objects.filter(ticket=made, kind=MessageKind.CUSTOMER).update(
        created_at=held.created_at, customer=held.customer
    )
    Message.objects.filter(pk=held.pk).update(split_into=made)
    TicketLink.objects.create(ticket=made, other=origin, kind=LinkKind.SPLIT, author=actor)
    for ticket, other, kind in ((origin, made, EventKind.SPLIT), (made, origin, EventKind.LINKED)):
        turn = Turn(lock(ticket), actor=actor, is_quiet=True)
        turn.record(kind, other=other.pk, split=held.pk, link=str(LinkKind.SPLIT))
        turn.close()
    return _classified_like(made, origin, actor=actor)


def _classified_like(made: Ticket, other: Ticket, *, actor: Any) -> Ticket:
    """Classify a new ticket that no rule has classified as the one it came from."""
    held = Ticket.objects.get(pk=made.pk)
    if held.status != Status.RECEIVED or held.category is None:
        return held
    priority = other.priority or held.category.default_priority
    try:
        with transaction.atomic():
            return take_step(held, "classify", actor=actor, category=held.category, priority=priority)
    except StepRefused:
        # It waits for somebody who may.
        return held


def _copy(file: Attachment) -> Attachment:
    """The file once more: what becomes of the one must not happen to the other."""
    nonce, _hash = new_link("attachment")
    with file.file.open("rb") as opened:
        content = ContentFile(opened.read(), file.name)
    return Attachment(
        file=content, name=file.name, content_type=file.content_type, size=file.size, sha256=file.sha256,
        content_id=file.content_id, link_nonce=nonce,
    )  # fmt: skip
