"""Automation rules: when something happens or time passes, if a ticket looks like this, then do that."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import Priority
from catalog.models import Tag
from staff.models import Team
from tickets.choices import OPEN_STATUSES, Status
from tickets.models.actions import Actions, Telling
from tickets.models.conditions import ClassifiedConditions
from tickets.models.event import Event
from tickets.models.rules import ReplyTemplate
from tickets.models.ticket import Ticket
from tickets.patterns import compiled, pattern_problem
from tickets.workflow import STEP_LABELS, STEPS, SYSTEM

# What the system may do by itself; classifying and assigning are actions of their own.
RULE_STEPS = [
    (name, STEPS[name].label) for name in ("hand_back", "reopen", "cancel") if SYSTEM in STEPS[name].kinds
]
LONGEST_WAIT = 60 * 24 * 365


class AutomationRule(ClassifiedConditions, Telling, Actions):
    """When, if and then of one rule; every rule that matches runs, in the manager's order."""

    class When(models.TextChoices):
        CREATED = "created", _("a ticket comes in")
        CUSTOMER_WROTE = "customer_wrote", _("the customer writes")
        REPLIED = "replied", _("an agent replies")
        NOTED = "noted", _("a note is written")
        STEP = "step", _("a step is taken")
        CLASSIFIED = "classified", _("a ticket is classified")
        ASSIGNED = "assigned", _("a ticket is assigned")
        PRIORITY_CHANGED = "priority_changed", _("the priority changes")
        TAG_ADDED = "tag_added", _("a tag is added")
        PROMISE_BROKEN = "promise_broken", _("a promise is broken")
        LOW_SCORE = "low_score", _("the customer gives a low score")
        NOT_DELIVERED = "not_delivered", _("a message cannot be delivered")
        IN_STATE = "in_state", _("a ticket stays in a status for so long")
        UNANSWERED = "unanswered", _("the customer waits for an answer for so long")
        SILENT = "silent", _("nobody has written for so long")
        PROMISE_SOON = "promise_soon", _("a promise will be broken in so long")

    TIMED = (When.IN_STATE, When.UNANSWERED, When.SILENT, When.PROMISE_SOON)

    position = models.PositiveSmallIntegerField(
        _("position"),
        default=100,
        help_text=_(
            "Rules run from the lowest number; all that match run, each sees what those before it did."
        ),
    )
    # The newest event when it was put into use: what happened before is none of its business.
    after_event = models.PositiveBigIntegerField(default=0, editable=False)
    when = models.CharField(pgettext_lazy("automation rule", "when"), max_length=20, choices=When.choices)
    on_step = models.CharField(
        _("which step"),
        max_length=20,
        choices=STEP_LABELS,
        blank=True,
        default="",
        help_text=_("Empty: any."),
    )
    on_tag = models.ForeignKey(
        Tag,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("which tag"),
        help_text=_("Empty: any."),
    )
    minutes = models.PositiveIntegerField(
        _("so long, in minutes"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_WAIT)],
        help_text=_("60 is an hour, 1440 a day, 10080 a week; by the clock, not by working hours."),
    )

    if_status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, blank=True, default="", help_text=_("Empty: any.")
    )
    if_priority = models.CharField(
        _("priority"),
        max_length=10,
        choices=Priority.choices,
        blank=True,
        default="",
        help_text=_("Empty: any."),
    )
    if_team = models.ForeignKey(
        Team,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("team"),
        help_text=_("Empty: any."),
    )
    if_tag = models.ForeignKey(
        Tag,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("has the tag"),
        help_text=_("Empty: any or none."),
    )
    unless_tag = models.ForeignKey(
        Tag, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("lacks the tag")
    )
    pattern = models.CharField(
        _("regular expression"),
        max_length=500,
        blank=True,
        default="",
        help_text=_(
            "For those who know them: RE2, also for Chinese; (?i) ignores capitals. Looked for where the words are."
        ),
    )

    step = models.CharField(_("step"), max_length=20, choices=RULE_STEPS, blank=True, default="")
    template = models.ForeignKey(
        ReplyTemplate,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("write to the customer"),
        help_text=_("The reply template is sent by itself, in the customer’s language."),
    )

    class Meta(ClassifiedConditions.Meta):
        verbose_name = _("automation rule")
        verbose_name_plural = _("automation rules")
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__isnull=False)
                | ~Q(when__in=["in_state", "unanswered", "silent", "promise_soon"]),
                name="a_rule_of_time_says_how_long",
                violation_error_message=_("Say how long, in minutes."),
            ),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # In one way or another it was in use when it was read; a new one was not.
        self._was_active = (
            self.pk is not None and "is_active" not in self.get_deferred_fields() and self.is_active
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save it; one that comes into use looks at nothing that happened before."""
        if self.is_active and (self._state.adding or not self._was_active):
            self.after_event = Event.objects.order_by("-id").values_list("pk", flat=True).first() or 0
            if (only := kwargs.get("update_fields")) is not None:
                kwargs["update_fields"] = {*only, "after_event"}
        super().save(*args, **kwargs)
        self._was_active = self.is_active

    @property
    def is_timed(self) -> bool:
        """Whether time that passes makes it run, not something that happens."""
        return self.when in self.TIMED

    @cached_property
    def regex(self) -> Any:
        """The regular expression, compiled; None without one."""
        return compiled(self.pattern) if self.pattern else None

    @property
    def changes_something(self) -> bool:
        """Whether it does anything besides its tags."""
        return super().changes_something or self.tells_somebody or self.template_id is not None

    def wanted(self) -> dict[str, Any]:
        """What the ticket's own columns must hold, as a filter says it."""
        columns: dict[str, Any] = {
            "channel": self.channel, "language": self.language, "product_id": self.product_id,
            "status": self.if_status, "priority": self.if_priority, "team_id": self.if_team_id,
        }  # fmt: skip
        return {name: value for name, value in columns.items() if value}

    def clean(self) -> None:
        """What can never run, or runs everywhere without end, is refused here."""
        super().clean()
        errors: dict[str, Any] = {}
        if self.is_timed and not self.minutes:
            errors["minutes"] = _("Say how long, in minutes.")
        if self.when == self.When.IN_STATE and self.if_status not in OPEN_STATUSES:
            errors["if_status"] = _("Choose which status: one of a ticket that is not closed.")
        if self.pattern and (problem := pattern_problem(self.pattern)):
            errors["pattern"] = problem
        if errors:
            raise ValidationError(errors)
        # The form says what tags it has, which are saved after the row.
        has_tags = getattr(self, "has_tags", None)
        if has_tags is None:
            has_tags = self.pk is not None and (self.add_tags.exists() or self.remove_tags.exists())
        if not (self.changes_something or has_tags):
            raise ValidationError(_("Say what happens: whom to tell, or what to change."))


class AutomationRun(models.Model):
    """That a rule ran on a ticket, or was kept from it, and why; the database lets it be so once for one occasion."""

    class Outcome(models.TextChoices):
        DONE = "done", pgettext_lazy("automation run", "Done")
        REFUSED = "refused", pgettext_lazy("automation run", "Refused")
        STOPPED = "stopped", pgettext_lazy("automation run", "Stopped: it went round in circles")
        FAILED = "failed", pgettext_lazy("automation run", "Failed")

    rule = models.ForeignKey(
        AutomationRule,
        models.SET_NULL,
        null=True,
        related_name="runs",
        db_index=False,
        verbose_name=_("rule"),
    )
    # Its name then, for when it is gone.
    rule_name = models.CharField(_("rule"), max_length=120)
    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="automation_runs", db_index=False, verbose_name=_("ticket")
    )
    # The occasion: an event, or the moment from which time passed.
    event_id = models.PositiveBigIntegerField(null=True)
    since_at = models.DateTimeField(_("since"), null=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    # What was refused, in words of the desk's language; else codes.
    reasons = models.JSONField(_("reasons"), default=list)
    # How many rules set each other off before this run.
    depth = models.PositiveSmallIntegerField(_("depth"), default=0)
    # The events that it made: whatever they set off is one deeper.
    first_event = models.PositiveBigIntegerField(default=0)
    last_event = models.PositiveBigIntegerField(default=0)
    ran_at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("run of an automation rule")
        verbose_name_plural = _("runs of automation rules")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=("event_id", "rule"),
                condition=Q(event_id__isnull=False),
                name="a_rule_runs_once_for_an_event",
            ),
            models.UniqueConstraint(
                fields=("ticket", "rule", "since_at"),
                condition=Q(since_at__isnull=False),
                name="a_rule_runs_once_for_a_moment",
            ),
        ]
        indexes = [
            # Which run made an event, and how often a rule ran on a ticket lately.
            models.Index(fields=["ticket", "last_event"], name="run_of_ticket"),
            # What is old enough to be forgotten; the log of one rule.
            models.Index(fields=["ran_at"], name="run_moment"),
            models.Index(fields=["rule", "-id"], name="run_of_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_name} · {self.get_outcome_display()}"


class AutomationPosition(models.Model):
    """How far the rules have read the events; one row."""

    event_id = models.PositiveBigIntegerField(default=0)
    # Smaller keys to look for once more, each with the moment until when: what was not committed yet, or failed.
    left_over = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("position of the automation")
        verbose_name_plural = _("positions of the automation")

    def __str__(self) -> str:
        return str(self.event_id)
