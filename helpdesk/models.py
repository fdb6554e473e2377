"""When periodic work is due next."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Schedule(models.Model):
    """One periodic task and its next moment, moved on by compare-and-set so that of many workers one starts it."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    next_run_at = models.DateTimeField(_("next run"))
    last_run_at = models.DateTimeField(_("last run"), null=True)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ("name",)

    def __str__(self) -> str:
        return gettext(self.name)
