"""What the desk keeps for one person."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.choices import MessageKind
from tickets.models.conversation import StoredFile
from tickets.models.ticket import Ticket


class RecentSearch(models.Model):
    """Something one person looked for, to be looked for again with one key."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="recent_searches", verbose_name=_("user")
    )
    text = models.CharField(_("text"), max_length=200)
    searched_at = models.DateTimeField(_("searched"), default=timezone.now)

    class Meta:
        verbose_name = _("recent search")
        verbose_name_plural = _("recent searches")
        ordering = ("-searched_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=("user", "text"), name="a_person_has_a_recent_search_once")
        ]

    def __str__(self) -> str:
        return self.text


class Draft(models.Model):
    """What one person has begun to write on a ticket and not sent yet."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts", verbose_name=_("user")
    )
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="drafts", verbose_name=_("ticket"))
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind.choices)
    body = models.TextField(_("text"))
    # Counts each saving, so that a second device that shows an older text is noticed.
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(_("saved"), default=timezone.now)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("user", "ticket", "kind"), name="a_person_has_one_draft_of_a_kind_on_a_ticket"
            )
        ]

    def __str__(self) -> str:
        return self.body[:60]


class DraftFile(StoredFile):
    """A file that goes with what one person is writing; only he may look at it.

    It lies where attachments lie, so that it stays in its place when the message is sent.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="draft_files", verbose_name=_("user")
    )
    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="draft_files", db_index=False, verbose_name=_("ticket")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=MessageKind.choices)
    # Made by the page, so that a file that is sent twice, because its answer was lost, is kept once.
    key = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta(StoredFile.Meta):
        verbose_name = _("file of a draft")
        verbose_name_plural = _("files of drafts")
        constraints = [
            # The ticket page asks by it whether there are any.
            models.UniqueConstraint(
                fields=("ticket", "user", "kind", "key"), name="a_draft_keeps_a_file_once"
            )
        ]


__all__ = ["Draft", "DraftFile", "RecentSearch"]
