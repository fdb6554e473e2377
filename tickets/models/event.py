"""What happened to a ticket; written once."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from tickets.choices import EventKind, Status
from tickets.models.ticket import Ticket


class WrittenOnceError(Exception):
    """An event was to be changed or deleted; history is only ever added to."""


class EventQuerySet(models.QuerySet):
    def update(self, **fields: Any) -> NoReturn:
        raise WrittenOnceError("An event is never changed. Record a new one.")

    def delete(self) -> NoReturn:
        raise WrittenOnceError("An event is never deleted.")


class Event(models.Model):
    """One thing that happened to a ticket, when and by whom. The database refuses changes too."""

    # Who moves rows from one customer to another leaves these where they are.
    is_written_once = True

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="events", verbose_name=_("ticket"))
    kind = models.CharField(_("kind"), max_length=20, choices=EventKind.choices)
    # For a step: its name and the two states.
    step = models.CharField(_("step"), max_length=20, blank=True, default="")
    before = models.CharField(_("from"), max_length=20, choices=Status.choices, blank=True, default="")
    after = models.CharField(_("to"), max_length=20, choices=Status.choices, blank=True, default="")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="+", verbose_name=_("by the customer")
    )
    # Codes and ids, never sentences: templates say it in the reader's language.
    data = models.JSONField(_("details"), default=dict)
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ("id",)
        indexes = [
            # The history on the ticket page.
            models.Index(fields=["ticket", "id"], name="event_history"),
            # The flow page: the newest steps.
            models.Index(fields=["-at"], name="step_moment", condition=Q(kind=EventKind.STEP.value)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.step}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise WrittenOnceError("An event is never changed. Record a new one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise WrittenOnceError("An event is never deleted.")
