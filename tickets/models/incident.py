"""What is told to all tickets of an incident at once, and what became of it on each."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.models.conversation import Message
from tickets.models.ticket import Ticket


class Announcement(models.Model):
    """One reply to the customers of all tickets gathered under an incident, perhaps with their resolution."""

    incident = models.ForeignKey(
        Ticket, models.PROTECT, related_name="announcements", verbose_name=_("incident")
    )
    body = models.TextField(_("text"))
    resolves = models.BooleanField(_("resolves them"), default=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.body[:60]


class Telling(models.Model):
    """One ticket that is to be told; done when it was, or when the reasons say why not."""

    announcement = models.ForeignKey(
        Announcement, models.CASCADE, related_name="tellings", verbose_name=_("announcement")
    )
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="+", verbose_name=_("ticket"))
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, related_name="+", db_index=False, verbose_name=_("message")
    )
    # Sentences in the language of who announced it.
    reasons = models.JSONField(_("reasons"), default=list)
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        verbose_name = _("telling")
        verbose_name_plural = _("tellings")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("announcement", "ticket"), name="a_ticket_is_told_an_announcement_once"
            ),
        ]
        indexes = [
            # The sweep for what is still to be told.
            models.Index(fields=["id"], name="telling_open", condition=Q(done_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.announcement_id} – {self.ticket_id}"
