"""How long people worked on a ticket."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket


class TimeEntry(models.Model):
    """A stretch of work by one person: counted by the page while he looked, or written down by hand."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="time_entries", verbose_name=_("ticket"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("user")
    )
    seconds = models.PositiveIntegerField(_("seconds"))
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    # Of the page that counts; it sends its sum again and again.
    visit = models.UUIDField(unique=True, null=True, editable=False)
    # Somebody has put it right: the page that counted it changes it no more.
    is_edited = models.BooleanField(_("edited"), default=False)
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("time entry")
        verbose_name_plural = _("time entries")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.seconds} s"
