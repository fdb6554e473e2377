"""What people have begun to write, kept on the server: it survives a crash, and another device goes on with it."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from staff.models import User
from tickets.choices import MessageKind
from tickets.models import Draft, Ticket

KINDS = (MessageKind.REPLY.value, MessageKind.NOTE.value)


class DraftConflict(Exception):
    """Another device has saved, sent or emptied the draft meanwhile; `draft` is the newer one, if there is one."""

    def __init__(self, draft: Draft | None) -> None:
        super().__init__()
        self.draft = draft


def drafts_of(user: User, ticket: Ticket) -> dict[str, Draft]:
    """The user's drafts on a ticket by their kind."""
    return {draft.kind: draft for draft in Draft.objects.filter(user=user, ticket=ticket.pk)}


@transaction.atomic
def save_draft(ticket: Ticket, kind: str, body: str, *, actor: User, version: int) -> int:
    """Keep what is written so far and return its new version, 0 for an empty text; raise DraftConflict.

    `version` is the one that the text goes on from, 0 for none. The same text again is no conflict.
    """
    if kind not in KINDS:
        raise ValueError(kind)
    known = Draft.objects.select_for_update().filter(user=actor, ticket=ticket.pk, kind=kind).first()
    if known is not None and known.body == body:
        return known.version
    if (known.version if known else 0) != version:
        raise DraftConflict(known)
    if not body.strip():
        if known is not None:
            known.delete()
        return 0
    if known is None:
        # Of two devices that begin at the same moment the second one finds the first one's.
        made, is_new = Draft.objects.get_or_create(
            user=actor, ticket=ticket, kind=kind, defaults={"body": body}
        )
        if not is_new:
            raise DraftConflict(made)
        return made.version
    known.body, known.version, known.saved_at = body, known.version + 1, timezone.now()
    known.save(update_fields=["body", "version", "saved_at"])
    return known.version


def drop_draft(ticket: Ticket, kind: str, actor: Any) -> None:
    """It has been sent."""
    if isinstance(actor, User):
        Draft.objects.filter(user=actor.pk, ticket=ticket.pk, kind=kind).delete()
