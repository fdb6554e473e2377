"""How tickets hang together: which one went into which, and what people say they have to do with each other."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.choices import LinkKind
from tickets.models.ticket import Ticket


class Merge(models.Model):
    """That a ticket was merged into another, and all that is needed to undo it exactly."""

    source = models.ForeignKey(
        Ticket, models.PROTECT, related_name="merges", verbose_name=_("merged ticket"), db_index=False
    )
    target = models.ForeignKey(Ticket, models.PROTECT, related_name="+", verbose_name=_("merged into"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    # How both were before, and what moved along.
    undo = models.JSONField(editable=False)
    undone_at = models.DateTimeField(_("undone"), null=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(source=F("target")), name="a_ticket_is_not_merged_into_itself"
            ),
            models.UniqueConstraint(
                fields=("source",),
                condition=Q(undone_at__isnull=True),
                name="a_ticket_is_merged_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} → {self.target_id}"


class TicketLink(models.Model):
    """What one ticket has to do with another; read from the first: it is related to, caused by … the second."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="links", verbose_name=_("ticket"))
    other = models.ForeignKey(
        Ticket, models.PROTECT, related_name="links_to_it", verbose_name=_("other ticket")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=LinkKind.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("linked by")
    )
    created_at = models.DateTimeField(_("linked"), default=timezone.now)

    class Meta:
        verbose_name = _("link between tickets")
        verbose_name_plural = _("links between tickets")
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(condition=~Q(ticket=F("other")), name="a_ticket_is_not_linked_to_itself"),
            models.UniqueConstraint(
                fields=("ticket", "other", "kind"), name="two_tickets_are_linked_once_in_a_way"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.other_id}"
