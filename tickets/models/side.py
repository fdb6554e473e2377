"""Asking somebody else about a ticket by mail, beside the conversation with the customer."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket


class SideConversation(models.Model):
    """A thread with a third party; its messages are notes, which the customer never sees."""

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, related_name="side_conversations", verbose_name=_("ticket")
    )
    subject = models.CharField(_("subject"), max_length=200)
    address = models.EmailField(_("address"))
    # The token of the address that answers come to is made of it.
    link_nonce = models.CharField(max_length=32, editable=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    awaits_answer = models.BooleanField(_("awaits an answer"), default=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("side conversation")
        verbose_name_plural = _("side conversations")
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(awaits_answer=False),
                name="a_closed_side_conversation_awaits_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address} · {self.subject}"
