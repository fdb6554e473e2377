"""What was promised for a ticket, and the spans in which its clock stood still."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sla.models import CalendarVersion, PolicyVersion, SlaPolicy
from tickets.choices import PauseReason, PromiseKind
from tickets.models.ticket import Ticket


class Promise(models.Model):
    """One deadline that a policy made for one ticket."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="promises", verbose_name=_("ticket"))
    kind = models.CharField(_("kind"), max_length=20, choices=PromiseKind.choices)
    policy = models.ForeignKey(
        SlaPolicy, models.SET_NULL, null=True, related_name="promises", verbose_name=_("SLA policy")
    )
    # What the policy and its calendar were when the promise was made; empty only where that is not known.
    policy_version = models.ForeignKey(
        PolicyVersion,
        models.PROTECT,
        null=True,
        related_name="promises",
        verbose_name=_("version of the policy"),
    )
    calendar_version = models.ForeignKey(
        CalendarVersion,
        models.PROTECT,
        null=True,
        related_name="promises",
        verbose_name=_("version of the calendar"),
    )
    target_minutes = models.PositiveIntegerField(_("target, minutes"))
    # Working time of the policy's calendar, or clock time.
    counts = models.CharField(_("counts"), max_length=10, choices=SlaPolicy.Counts.choices)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    # Since this moment the clock runs, with spent_seconds already on it.
    running_since_at = models.DateTimeField(_("running since"), null=True)
    spent_seconds = models.PositiveIntegerField(_("seconds spent before"), default=0)
    due_at = models.DateTimeField(_("due"))
    met_at = models.DateTimeField(_("met"), null=True)
    broken_at = models.DateTimeField(_("broken"), null=True)
    # When its next escalation stage is due, and how far the clock had gone when the last one fired.
    next_stage_at = models.DateTimeField(_("next stage"), null=True, editable=False)
    escalated_to_seconds = models.IntegerField(default=-1, editable=False)
    # The ticket went where the promise makes no sense any more: cancelled, or another policy took over.
    dropped_at = models.DateTimeField(_("dropped"), null=True)

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("ticket", "kind"),
                condition=Q(met_at__isnull=True, dropped_at__isnull=True),
                name="a_ticket_has_one_open_promise_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(met_at__isnull=True) | Q(dropped_at__isnull=True),
                name="a_met_promise_is_not_dropped",
            ),
            models.CheckConstraint(condition=Q(target_minutes__gt=0), name="a_promise_has_a_target"),
        ]
        indexes = [
            # The sweep for promises that have just been broken.
            models.Index(
                fields=["due_at"],
                name="promise_running",
                condition=Q(
                    met_at__isnull=True,
                    dropped_at__isnull=True,
                    broken_at__isnull=True,
                    running_since_at__isnull=False,
                ),
            ),
            models.Index(fields=["ticket", "id"], name="promise_of_ticket"),
            # The sweep for escalation stages: what is due, however many promises there are.
            models.Index(
                fields=["next_stage_at"], name="promise_stage_due", condition=Q(next_stage_at__isnull=False)
            ),
            # The overview's on-time rate.
            models.Index(fields=["kind", "started_at"], name="promise_kind_started"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def is_running(self) -> bool:
        """Whether its clock is ticking now."""
        return self.met_at is None and self.dropped_at is None and self.running_since_at is not None

    @property
    def is_paused(self) -> bool:
        """Whether its clock stands still now."""
        return self.met_at is None and self.dropped_at is None and self.running_since_at is None


class PromisePause(models.Model):
    """A span in which there was a reason for a promise's clock to stand still; spans of several may overlap."""

    promise = models.ForeignKey(Promise, models.CASCADE, related_name="pauses", verbose_name=_("promise"))
    reason = models.CharField(
        _("reason"), max_length=20, choices=PauseReason.choices, default=PauseReason.WAITING
    )
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"), null=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("promise", "reason"),
                condition=Q(ended_at__isnull=True),
                name="a_promise_has_one_open_pause_of_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="a_pause_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at} – {self.ended_at}"
