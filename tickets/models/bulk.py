"""Changes of many tickets at once: the job, and what became of each ticket."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.models.ticket import Ticket

if TYPE_CHECKING:
    from staff.models import User


class BulkAction(models.TextChoices):
    ASSIGN = "assign", pgettext_lazy("bulk", "Assign")
    CLASSIFY = "classify", pgettext_lazy("bulk", "Classify")
    TAG = "tag", pgettext_lazy("bulk", "Add or take off tags")
    REPLY = "reply", pgettext_lazy("bulk", "Reply with a template")
    STEP = "step", pgettext_lazy("bulk", "Take a step")
    MERGE = "merge", pgettext_lazy("bulk", "Merge into one ticket")


class BulkJobQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """One's own; who sees every ticket sees every job."""
        return self if user.has_perm("tickets.view_any_ticket") else self.filter(started_by=user)


class BulkJob(models.Model):
    """One change asked for on many tickets; the worker makes it ticket by ticket."""

    action = models.CharField(_("action"), max_length=10, choices=BulkAction.choices)
    # Codes and ids: what the action needs.
    details = models.JSONField(_("details"), default=dict)
    # The list that the tickets were chosen from, as it was called then.
    chosen_from = models.CharField(_("chosen from"), max_length=200, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("started by")
    )
    # A form that is sent twice starts one job.
    submission_key = models.CharField(max_length=64, unique=True, editable=False)
    # The job whose changes this one takes back.
    undoes = models.OneToOneField(
        "self", models.CASCADE, null=True, related_name="undone_by", verbose_name=_("undoes")
    )
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    # When a worker last said that it is alive.
    moved_at = models.DateTimeField(_("last moved"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = BulkJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        ordering = ("-id",)
        indexes = [
            # The sweep for jobs whose worker is gone.
            models.Index(fields=["moved_at"], name="bulk_unfinished", condition=Q(finished_at__isnull=True)),
            # Pruning.
            models.Index(fields=["created_at"], name="bulk_age"),
        ]

    def __str__(self) -> str:
        return self.get_action_display()

    def get_absolute_url(self) -> str:
        return reverse("tickets:bulk-job", args=[self.pk])


class BulkItem(models.Model):
    """One ticket of a job."""

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("ticket of a bulk change", "Waits")
        DONE = "done", pgettext_lazy("ticket of a bulk change", "Done")
        REFUSED = "refused", pgettext_lazy("ticket of a bulk change", "Refused")
        FAILED = "failed", pgettext_lazy("ticket of a bulk change", "Failed")

    job = models.ForeignKey(BulkJob, models.CASCADE, related_name="items", verbose_name=_("bulk change"))
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="+", verbose_name=_("ticket"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    # Why not, in the language of who started the job: it is said to nobody else.
    reasons = models.JSONField(_("reasons"), default=list)
    # What was before, so that it can be taken back; empty where no way leads back.
    before = models.JSONField(_("before"), default=dict)
    # The ticket's version right after: a newer one means that somebody has gone on from there.
    version = models.PositiveIntegerField(_("version"), null=True)
    done_at = models.DateTimeField(_("done"), null=True)

    class Meta:
        verbose_name = _("ticket of a bulk change")
        verbose_name_plural = _("tickets of a bulk change")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("job", "ticket"), name="a_job_has_a_ticket_once"),
            models.CheckConstraint(
                condition=Q(state="pending", done_at__isnull=True)
                | ~Q(state="pending") & Q(done_at__isnull=False),
                name="an_item_says_when_it_was_settled",
            ),
        ]
        indexes = [
            # What is left to do, and the lists of what was refused.
            models.Index(fields=["job", "state", "id"], name="bulk_items_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.state}"
