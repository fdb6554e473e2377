"""Files that go with what people are writing, kept with the draft from the moment they are chosen."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from common.links import new_link
from common.uploads import MOST_FILES, CheckedUpload
from staff.models import User
from tickets.choices import MessageKind
from tickets.models import Attachment, Draft, DraftFile, Ticket
from tickets.services.refusal import StepRefused

# So long a file stays that is not sent and whose draft nobody goes on with.
KEPT = timedelta(days=14)


def keep_file(ticket: Ticket, kind: str, upload: CheckedUpload, *, actor: User, key: UUID) -> DraftFile:
    """Keep a file with the draft; with a key that is known return the one that is there already.

    Raise ValidationError when there are as many as may go with one message.
    """
    row = DraftFile(
        user=actor, ticket=ticket, kind=kind, key=key, name=upload.name, content_type=upload.content_type,
        size=upload.size, sha256=upload.sha256,
    )  # fmt: skip
    # Before the transaction, which must not wait for a disk.
    row.file.save(upload.name, upload.file, save=False)
    kept = None
    try:
        kept = _insert(row)
    finally:
        if kept is not row:
            row.file.delete(save=False)
    return kept


@transaction.atomic
def _insert(row: DraftFile) -> DraftFile:
    # Several come at once: one after the other, so that they are counted.
    User.objects.select_for_update(no_key=True).only("pk").get(pk=row.user_id)
    there = DraftFile.objects.filter(user=row.user_id, ticket=row.ticket_id, kind=row.kind)
    if known := there.filter(key=row.key).first():
        return known
    if there.count() >= MOST_FILES:
        raise ValidationError(
            _(
                "“%(name)s” was not kept: up to %(most)d files can go with one message. "
                "Remove one, or send the rest in a second message."
            )
            % {"name": row.name, "most": MOST_FILES}
        )
    row.save(force_insert=True)
    return row


def take_files(ticket: Ticket, kind: str, keys: Sequence[int], *, actor: Any) -> list[Attachment]:
    """The kept files with these keys as attachments of a message, not kept any more; raise StepRefused if one is gone.

    The caller holds the transaction and saves the attachments; the files stay where they lie. Without keys it asks
    the database nothing.
    """
    if not keys:
        return []
    rows = list(
        DraftFile.objects.select_for_update().filter(user=actor.pk, ticket=ticket.pk, kind=kind, pk__in=keys)
    )
    if len(rows) < len(set(keys)):
        raise StepRefused(
            [
                _(
                    "A file that should go with it is no longer there: it was removed or sent on another device. "
                    "Look at the files below your text, then send it."
                )
            ]
        )
    DraftFile.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return [
        Attachment(
            file=str(row.file.name), name=row.name, content_type=row.content_type, size=row.size,
            sha256=row.sha256, link_nonce=new_link("attachment")[0],
        )
        for row in rows
    ]  # fmt: skip


def give_back(attachments: Iterable[Attachment], *, actor: User) -> None:
    """Keep the files of a reply with the draft again; the caller holds the transaction and forgets the reply."""
    rows = list(attachments)
    if not rows:
        return
    Attachment.objects.filter(pk__in=[row.pk for row in rows]).delete()
    DraftFile.objects.bulk_create(
        DraftFile(
            user=actor, ticket_id=row.ticket_id, kind=MessageKind.REPLY, file=str(row.file.name), name=row.name,
            content_type=row.content_type, size=row.size, sha256=row.sha256,
        )
        for row in rows
    )  # fmt: skip


@transaction.atomic
def drop_files(ticket: Ticket, keys: Sequence[int], *, actor: User) -> int:
    """Delete files that one does not want to send after all; return how many there were."""
    return _delete(DraftFile.objects.filter(user=actor, ticket=ticket.pk, pk__in=keys))


@transaction.atomic
def forget_draft_files() -> int:
    """Delete files that nobody has sent for long; return how many."""
    long_ago = timezone.now() - KEPT
    draft = Draft.objects.filter(
        user=OuterRef("user"), ticket=OuterRef("ticket"), kind=OuterRef("kind"), saved_at__gte=long_ago
    )
    return _delete(DraftFile.objects.filter(~Exists(draft), created_at__lt=long_ago))


def _delete(files: Any) -> int:
    rows = list(files.select_for_update(of=("self",)))
    DraftFile.objects.filter(pk__in=[row.pk for row in rows]).delete()

    def delete_stored() -> None:
        for row in rows:
            row.file.storage.delete(str(row.file.name))

    transaction.on_commit(delete_stored)
    return len(rows)


__all__ = ["drop_files", "forget_draft_files", "give_back", "keep_file", "take_files"]
