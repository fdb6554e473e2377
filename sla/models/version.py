"""What calendars and policies once were: each change makes a version, and a ticket keeps the one it started with."""

import uuid
from typing import Any, ClassVar, NoReturn, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sla.models.calendar import BusinessCalendar
from sla.models.policy import SlaPolicy


class WrittenOnceError(Exception):
    """A version was to be changed or deleted; what tickets were promised by stays as it was."""


class VersionQuerySet(models.QuerySet):
    def newest(self) -> Self:
        """The newest version of each calendar or policy."""
        owner: str = self.model.OWNER  # type: ignore[attr-defined]
        of_same = self.model._default_manager.filter(**{owner: models.OuterRef(owner)}).order_by("-number")
        return self.filter(number=models.Subquery(of_same.values("number")[:1]))

    def update(self, **fields: Any) -> NoReturn:
        raise WrittenOnceError("A version is never changed. Record a new one.")

    def delete(self) -> NoReturn:
        raise WrittenOnceError("A version is never deleted.")


class Version(models.Model):
    """One state of a calendar or policy, written once. The database refuses changes too."""

    class Cause(models.TextChoices):
        FIRST = "first", _("First version")
        EDITED = "edited", _("Edited")
        HOLIDAYS = "holidays", _("Holidays loaded")
        RESTORED = "restored", _("Earlier version restored")
        # Somebody wrote past the door, by a program or by SQL; the next promise has noticed it.
        FOUND = "found", _("Changed outside the administration")

    OWNER: ClassVar[str]

    # Never used twice, not even after a rollback: what processes remember by it stays true.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField(_("version"))
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices)
    # The year whose holidays were loaded, or the number of the version that was restored.
    about = models.PositiveIntegerField(null=True)
    reason = models.TextField(_("reason for the change"), blank=True, default="")
    # Codes and numbers, as sla.snapshots makes them.
    data = models.JSONField(_("content"))

    objects = VersionQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise WrittenOnceError("A version is never changed. Record a new one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise WrittenOnceError("A version is never deleted.")


class CalendarVersion(Version):
    """What a business calendar was. It outlives the calendar, hence no constraint."""

    OWNER = "calendar"

    calendar = models.ForeignKey(
        BusinessCalendar,
        models.DO_NOTHING,
        db_constraint=False,
        related_name="versions",
        verbose_name=_("calendar"),
    )

    class Meta:
        verbose_name = _("version of a business calendar")
        verbose_name_plural = _("versions of business calendars")
        ordering = ("calendar", "-number")
        constraints = [
            models.UniqueConstraint(fields=("calendar", "number"), name="a_calendar_version_has_its_number")
        ]


class PolicyVersion(Version):
    """What an SLA policy was. It outlives the policy, hence no constraint."""

    OWNER = "policy"

    policy = models.ForeignKey(
        SlaPolicy,
        models.DO_NOTHING,
        db_constraint=False,
        related_name="versions",
        verbose_name=_("SLA policy"),
    )

    class Meta:
        verbose_name = _("version of an SLA policy")
        verbose_name_plural = _("versions of SLA policies")
        ordering = ("policy", "-number")
        constraints = [
            models.UniqueConstraint(fields=("policy", "number"), name="a_policy_version_has_its_number")
        ]
