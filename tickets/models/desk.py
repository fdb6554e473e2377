"""What the desk keeps for one person."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.choices import MessageKind
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


__all__ = ["Draft", "RecentSearch"]
