"""Checklists: what has to be done on tickets of a category, and who has done what of it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Category
from common.localized import LocalizedName
from tickets.models.ticket import Ticket


class Checklist(LocalizedName):
    """What people tick off on tickets of a category and everything below it."""

    category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("With everything below it. Empty: all tickets."),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("checklist")
        verbose_name_plural = _("checklists")
        ordering = ("position", "id")


class ChecklistItem(LocalizedName):
    """One thing to tick off."""

    checklist = models.ForeignKey(
        Checklist, models.CASCADE, related_name="items", verbose_name=_("checklist")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("thing to tick off")
        verbose_name_plural = _("things to tick off")
        ordering = ("position", "id")


class ChecklistTick(models.Model):
    """That somebody has done it on a ticket; taken away when he takes it back, which the history keeps."""

    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="ticks", db_index=False, verbose_name=_("ticket")
    )
    item = models.ForeignKey(
        ChecklistItem, models.CASCADE, related_name="+", verbose_name=_("thing to tick off")
    )
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    done_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("tick")
        verbose_name_plural = _("ticks")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("ticket", "item"), name="a_thing_is_ticked_off_once_on_a_ticket")
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.item_id}"
