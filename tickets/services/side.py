"""Side conversations: a third party is written to and answers, each in one transaction with its event.

While one awaits an answer the ticket's clocks stand still where the policy says so.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from catalog.choices import Channel
from common.links import new_nonce
from tickets.choices import Delivery, EventKind, MessageKind, PauseReason, Status
from tickets.models import Attachment, Message, SideConversation, Ticket
from tickets.services.door import lock, take_step
from tickets.services.intake import create_ticket
from tickets.services.refusal import StepRefused
from tickets.services.turn import Turn, email_of

NO_FILES: tuple[Attachment, ...] = ()
# So much of an answer is mailed to the agent who waits for it.
MOST_TOLD = 2_000


@transaction.atomic
def start_side_conversation(
    ticket: Ticket,
    body: str,
    *,
    actor: Any,
    address: str,
    subject: str,
    attachments: Sequence[Attachment] = NO_FILES,
) -> SideConversation:
    """Write to a third party about the ticket, in a thread of its own."""
    turn = Turn(lock(ticket), actor=actor)
    side = SideConversation.objects.create(
        ticket=turn.ticket, subject=" ".join(subject.split())[:200], address=address, link_nonce=new_nonce(),
        started_by=actor, created_at=turn.now,
    )  # fmt: skip
    _send(turn, side, body, attachments)
    return side


@transaction.atomic
def send_as_new_ticket(
    ticket: Ticket, body: str, *, actor: Any, subject: str, attachments: Sequence[Attachment] = NO_FILES
) -> Ticket:
    """Write to the ticket's customer about something else: a ticket that begins with this reply and follows the other.

    Raises StepRefused when the customer has no address.
    """
    if not email_of(ticket.customer):
        raise StepRefused(
            [_("The customer has no e-mail address. Call him, and write the call down as a new ticket.")]
        )
    made = create_ticket(
        customer=ticket.customer, subject=subject, body=body, actor=actor, channel=Channel.EMAIL,
        language=ticket.language, category=ticket.category, attachments=attachments, acknowledge=False,
        begins_with=MessageKind.REPLY, follows=ticket, product=ticket.product, order=ticket.order, team=ticket.team,
    )  # fmt: skip
    steps: list[tuple[str, dict[str, Any]]] = [("assign", {"assignee": actor})]
    if made.status == Status.RECEIVED and made.category is not None:
        priority = ticket.priority or made.category.default_priority
        steps.insert(0, ("classify", {"category": made.category, "priority": priority}))
    for step, details in steps:
        try:
            with transaction.atomic():
                made = take_step(made, step, actor=actor, **details)
        except StepRefused:
            # It waits for somebody who may; the mail goes out all the same.
            break
    return made


@transaction.atomic
def write_to_side(
    side: SideConversation, body: str, *, actor: Any, attachments: Sequence[Attachment] = NO_FILES
) -> Message:
    """Write once more in a side conversation; one that was closed is open again."""
    turn = Turn(lock(side.ticket), actor=actor)
    held = _held(side)
    held.awaits_answer, held.closed_at = True, None
    held.save(update_fields=["awaits_answer", "closed_at"])
    return _send(turn, held, body, attachments)


@transaction.atomic
def add_side_answer(
    side: SideConversation,
    body: str,
    *,
    attachments: Sequence[Attachment] = NO_FILES,
    source_key: str | None = None,
    **mail: Any,
) -> Message:
    """The third party has answered; `mail` are fields that only a mail has."""
    if source_key and (known := Message.objects.filter(source_key=source_key).first()):
        return known
    turn = Turn(lock(side.ticket), actor=None)
    held = _held(side)
    held.awaits_answer = False
    held.save(update_fields=["awaits_answer"])
    message = turn.say(
        MessageKind.NOTE, body, attachments=attachments, purpose=Message.Purpose.SIDE, side=held,
        source_key=source_key, **mail,
    )  # fmt: skip
    _tell_asker(turn, held, body)
    _close(turn, held, "answered")
    return message


def _tell_asker(turn: Turn, side: SideConversation, body: str) -> None:
    """Mail the answer's beginning to the agent who asked, or to who has the ticket now; the desk shows the answer."""
    people = (side.started_by, turn.ticket.assignee)
    person = next((one for one in people if one is not None and one.is_active and one.email), None)
    if person is None:
        return
    with translation.override(person.language):
        said = {"address": side.address, "subject": side.subject}
        words = gettext("%(address)s has answered about “%(subject)s”:") % said
    turn.say(
        MessageKind.NOTE, f"{words}\n\n{body.strip()[:MOST_TOLD]}", actor=None, recipient=person.email,
        purpose=Message.Purpose.STAFF, language=person.language, delivery=Delivery.QUEUED, next_attempt_at=turn.now,
        # The conversation shows the answer itself.
        is_copy=True,
    )  # fmt: skip


@transaction.atomic
def close_side_conversation(side: SideConversation, *, actor: Any) -> bool:
    """Nothing more is expected; False when it was closed already."""
    turn = Turn(lock(side.ticket), actor=actor)
    held = _held(side)
    if held.closed_at is not None:
        return False
    held.awaits_answer, held.closed_at = False, turn.now
    held.save(update_fields=["awaits_answer", "closed_at"])
    _close(turn, held, "closed")
    return True


def _send(turn: Turn, side: SideConversation, body: str, attachments: Sequence[Attachment]) -> Message:
    message = turn.say(
        MessageKind.NOTE, body, attachments=attachments, purpose=Message.Purpose.SIDE, side=side,
        recipient=side.address, subject=side.subject, delivery=Delivery.QUEUED, next_attempt_at=turn.now,
    )  # fmt: skip
    _close(turn, side, "asked")
    return message


def _close(turn: Turn, side: SideConversation, what: str) -> None:
    """Let the clocks follow, and write down what happened."""
    waits = turn.ticket.side_conversations.filter(awaits_answer=True).exists()
    change = turn.promises.pause if waits else turn.promises.resume
    change(PauseReason.SIDE)
    turn.touch()
    turn.record(EventKind.SIDE, what=what, side=side.pk, address=side.address, waits=waits)
    turn.close()


def _held(side: SideConversation) -> SideConversation:
    return (
        SideConversation.objects.select_for_update(of=("self",)).select_related("started_by").get(pk=side.pk)
    )
