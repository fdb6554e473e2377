"""What happens before and after a promise is missed: the stages of a policy's escalation, and which have fired."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.choices import Priority
from sla.models import SlaPolicy
from staff.models import Team
from tickets.choices import PromiseKind
from tickets.models.actions import Telling
from tickets.models.promise import Promise
from tickets.models.rules import ReplyTemplate
from tickets.stage_words import sentence


class EscalationStage(Telling):
    """At one moment on the clock of a policy's promises: whom to tell, and what to do."""

    class Reassign(models.TextChoices):
        QUEUE = "queue", _("hand it back to the queue")
        OTHER = "other", _("give it to somebody else of the team")
        TEAM = "team", _("give it to another team")

    policy = models.ForeignKey(
        SlaPolicy, models.CASCADE, related_name="escalation_stages", verbose_name=_("SLA policy")
    )
    is_active = models.BooleanField(_("in use"), default=True)
    watches = models.CharField(
        _("promise"),
        max_length=20,
        choices=PromiseKind.choices,
        blank=True,
        default="",
        help_text=_("Empty: each promise of the policy."),
    )
    at_percent = models.SmallIntegerField(
        _("at percent of the target"),
        null=True,
        blank=True,
        help_text=_(
            "-25: when a quarter of the time is left; 0: when it is due; 50: half the time too late."
        ),
    )
    at_minutes = models.IntegerField(
        _("at minutes"),
        null=True,
        blank=True,
        help_text=_(
            "-15: a quarter of an hour before it is due; 30: half an hour after. In the promise’s own time."
        ),
    )
    priority = models.CharField(
        _("raise the priority to"), max_length=10, choices=Priority.choices, blank=True, default=""
    )
    reassign = models.CharField(
        _("reassign"), max_length=10, choices=Reassign.choices, blank=True, default=""
    )
    to_team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("other team")
    )
    watcher = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("add as watcher"),
    )
    progress_note = models.ForeignKey(
        ReplyTemplate,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tell the customer"),
        help_text=_("The reply template is sent by itself, in the customer’s language."),
    )

    class Meta:
        verbose_name = _("escalation stage")
        verbose_name_plural = _("escalation stages")
        ordering = ("policy", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(at_percent__isnull=False, at_minutes__isnull=True)
                | Q(at_percent__isnull=True, at_minutes__isnull=False),
                name="a_stage_has_one_moment",
                violation_error_message=_("Say when: either in percent of the target or in minutes."),
            ),
            models.CheckConstraint(
                condition=Q(at_percent__isnull=True) | Q(at_percent__gte=-100),
                name="a_stage_is_not_before_the_start",
                violation_error_message=_("-100 percent is the start; a stage cannot be before it."),
            ),
            models.CheckConstraint(
                condition=~Q(reassign="team") | Q(to_team__isnull=False),
                name="a_stage_names_the_other_team",
                violation_error_message=_("Choose the other team to which the ticket is given."),
            ),
        ]

    def __str__(self) -> str:
        return sentence(self)

    def clean(self) -> None:
        """A stage that does nothing is a mistake."""
        super().clean()
        if not self.does_something:
            raise ValidationError(_("Say what happens: whom to tell, or what to change."))

    @property
    def does_something(self) -> bool:
        """Whether it tells anybody or changes anything."""
        changes = self.priority or self.reassign or self.watcher_id or self.progress_note_id
        return self.tells_somebody or bool(changes)

    def seconds_at(self, target_minutes: int) -> int:
        """What a promise's clock has spent at this stage, in seconds; negative when the target is too short for it."""
        target = target_minutes * 60
        if self.at_percent is not None:
            return target + target * self.at_percent // 100
        return target + (self.at_minutes or 0) * 60

    @property
    def moment(self) -> tuple[str, int]:
        """When it comes, seen from the due moment, however long the target is."""
        if not self.at_percent and not self.at_minutes:
            return "due", 0
        return (
            ("percent", self.at_percent) if self.at_percent is not None else ("minutes", self.at_minutes or 0)
        )

    def is_for(self, kind: str) -> bool:
        """Whether it watches promises of this kind."""
        return self.is_active and self.watches in ("", kind)


class StageFiring(models.Model):
    """That a stage has fired for a promise; the database lets it be so once."""

    promise = models.ForeignKey(Promise, models.PROTECT, related_name="firings", verbose_name=_("promise"))
    # Kept when a manager gives the stage up; its key never comes again.
    stage = models.ForeignKey(
        EscalationStage,
        models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        verbose_name=_("escalation stage"),
    )
    fired_at = models.DateTimeField(_("fired"), default=timezone.now)

    class Meta:
        verbose_name = _("fired stage")
        verbose_name_plural = _("fired stages")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("promise", "stage"), name="a_stage_fires_once_for_a_promise")
        ]

    def __str__(self) -> str:
        return f"{self.promise_id} {self.stage_id}"
