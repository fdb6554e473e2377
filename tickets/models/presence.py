"""Who has a ticket open right now."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket


class Presence(models.Model):
    """Somebody looks at a ticket or writes on it; worth nothing a few seconds after it was last seen."""

    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="presences", verbose_name=_("ticket"), db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("user")
    )
    is_writing = models.BooleanField(_("writes"), default=False)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        constraints = [
            models.UniqueConstraint(fields=("ticket", "user"), name="somebody_is_on_a_ticket_once"),
        ]
        indexes = [
            # What is old is forgotten.
            models.Index(fields=["seen_at"], name="presence_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} – {self.user_id}"
