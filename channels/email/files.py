"""The files of a message: those that its mail carries, and links to those that are too large for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from channels.models import FileLink
from common.links import new_link, public_link
from tickets.models import Attachment, Message


@dataclass(frozen=True)
class LinkedFile:
    """A file that a mail leads to."""

    name: str
    size: int
    link: str
    expires_at: datetime


def chosen_attachments(message: Message) -> tuple[list[Attachment], list[Attachment]]:
    """The message's files that the mail carries, and those that are too large for it."""
    attached, left_out, room = [], [], settings.MAIL_FILES_BYTES
    for attachment in message.attachments.all():
        if attachment.size <= room:
            room -= attachment.size
            attached.append(attachment)
        else:
            left_out.append(attachment)
    return attached, left_out


def linked_files(attachments: Sequence[Attachment]) -> list[LinkedFile]:
    """Links to the files, the same ones at every attempt."""
    return [_linked(attachment) for attachment in attachments]


def _linked(attachment: Attachment) -> LinkedFile:
    nonce, token_hash = new_link("file")
    link, _is_new = FileLink.objects.get_or_create(
        attachment=attachment,
        defaults={
            "link_nonce": nonce, "token_hash": token_hash,
            "expires_at": timezone.now() + timedelta(days=settings.FILE_LINK_DAYS),
        },
    )  # fmt: skip
    return LinkedFile(attachment.name, attachment.size, public_link("file", link.link_nonce), link.expires_at)
