"""What somebody is told about a ticket, in the page and perhaps by mail."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from staff.notices import NoticeKind
from tickets.models.event import Event
from tickets.models.ticket import Ticket


class Notice(models.Model):
    """One event that concerns one person."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="notices",
        verbose_name=_("user"),
        db_index=False,
    )
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+", verbose_name=_("ticket"))
    event = models.ForeignKey(
        Event, models.PROTECT, related_name="+", verbose_name=_("event"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=10, choices=NoticeKind.choices)
    created_at = models.DateTimeField(_("at"), default=timezone.now)
    # Who does not want it in the page gets it by mail only.
    is_shown = models.BooleanField(_("shown"), default=True)
    read_at = models.DateTimeField(_("read"), null=True)
    is_to_mail = models.BooleanField(_("by mail"), default=False)
    mailed_at = models.DateTimeField(_("mailed"), null=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ("-id",)
        indexes = [
            # The bell, and the list behind it.
            models.Index(fields=["user", "-id"], name="notice_list", condition=Q(is_shown=True)),
            models.Index(
                fields=["user", "ticket"],
                name="notice_unread",
                condition=Q(is_shown=True, read_at__isnull=True),
            ),
            # What is still to be mailed.
            models.Index(
                fields=["created_at"],
                name="notice_to_mail",
                condition=Q(is_to_mail=True, mailed_at__isnull=True),
            ),
            # What is old is forgotten.
            models.Index(fields=["created_at"], name="notice_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.ticket_id}"
