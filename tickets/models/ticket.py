"""The ticket itself."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from catalog.choices import Channel, Priority
from catalog.models import Category, Product, Tag
from customers.models import Customer, Order
from staff.models import Team, Tier
from tickets.choices import OPEN_STATUSES, CancelReason, MessageKind, PromiseKind, Status, SurveyOutcome
from tickets.querysets import TicketQuerySet
from tickets.workflow import TicketWorkflow

if TYPE_CHECKING:
    from staff.models import User
    from tickets.models.conversation import Message

# A ticket without a running promise is due never: a moment, not NULL, so that lists can page by key.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

_IS_OPEN = Q(status__in=[status.value for status in OPEN_STATUSES])


class Ticket(TicketWorkflow):
    """One request for help, first message to end. Only `tickets.services` writes one."""

    subject = models.CharField(_("subject"), max_length=200)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="tickets", verbose_name=_("customer"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, default=Channel.WEB)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("category")
    )
    priority = models.CharField(
        _("priority"), max_length=10, choices=Priority.choices, blank=True, default=""
    )
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("product")
    )
    order = models.ForeignKey(
        Order, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("order")
    )
    # Values of the category's extra fields by key.
    field_values = models.JSONField(_("extra fields"), default=dict, blank=True)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("team")
    )
    # The rule that routed it says which skills it needs; without one, any member of the team is able.
    routing_rule = models.ForeignKey(
        "tickets.RoutingRule",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("routing rule"),
    )
    tier = models.CharField(_("service tier"), max_length=20, choices=Tier.choices, default=Tier.PROFESSIONAL)
    is_major = models.BooleanField(
        _("major event"),
        default=False,
        help_text=_("Many customers or the name of the company are at stake: it jumps the queue."),
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="assigned_tickets",
        verbose_name=_("assignee"),
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="tickets", verbose_name=_("tags"))
    watchers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="watched_tickets", verbose_name=_("watchers")
    )
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent ticket"),
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged_from",
        verbose_name=_("merged into"),
    )
    # The ticket about what hit many; what is told there can be told to all of them at once.
    incident = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="gathered", verbose_name=_("incident")
    )
    # The earlier ticket this one goes on from, when its reopen window had passed.
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followed_by", verbose_name=_("follows")
    )

    # The customer's link is derived from the nonce and the key; the database knows only its hash.
    link_nonce = models.CharField(max_length=32, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    # One form, one ticket: the hidden key of the form it came from.
    submission_key = models.CharField(max_length=64, unique=True, null=True, editable=False)
    # Counts every change, so that a save over a newer state is noticed.
    version = models.PositiveIntegerField(default=1, editable=False)

    created_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    classified_at = models.DateTimeField(_("classified"), null=True, editable=False)
    assigned_at = models.DateTimeField(_("assigned"), null=True, editable=False)
    waiting_since_at = models.DateTimeField(_("waiting since"), null=True, editable=False)
    resolved_at = models.DateTimeField(_("resolved"), null=True, editable=False)
    surveyed_at = models.DateTimeField(_("surveyed"), null=True, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, editable=False)
    cancel_reason = models.CharField(
        _("reason for cancelling"),
        max_length=10,
        choices=CancelReason.choices,
        blank=True,
        default="",
        editable=False,
    )
    survey_outcome = models.CharField(
        _("outcome of the survey"),
        max_length=12,
        choices=SurveyOutcome.choices,
        blank=True,
        default="",
        editable=False,
    )
    reopened_count = models.PositiveSmallIntegerField(_("times reopened"), default=0, editable=False)

    # When to come back to it, and who said so.
    follow_up_at = models.DateTimeField(_("follow-up date"), null=True, editable=False)
    follow_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("follow-up set by"),
    )
    time_spent_seconds = models.PositiveIntegerField(
        _("time spent, seconds"), default=0, db_default=0, editable=False
    )

    # What lists sort and filter on, kept by the services.
    first_response_at = models.DateTimeField(_("first response"), null=True, editable=False)
    last_message_at = models.DateTimeField(_("last message"), default=timezone.now, editable=False)
    awaits_reply = models.BooleanField(_("customer awaits a reply"), default=True, editable=False)
    due_at = models.DateTimeField(_("next due"), default=NEVER, editable=False)
    # Where it stands in the queues of teams and of unassigned tickets: see place_in_queue.
    queue_at = models.DateTimeField(_("place in the queue"), default=NEVER, editable=False)
    due_kind = models.CharField(
        _("next due promise"),
        max_length=20,
        choices=PromiseKind.choices,
        blank=True,
        default="",
        editable=False,
    )

    # The message that it began with; known only to who has just made it.
    opening: "Message"

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ("-id",)
        permissions = [
            ("work_on_ticket", _("Can work on tickets of his teams")),
            ("lead_tickets", _("Can restore tickets and give them to others")),
            ("view_any_ticket", _("Can see tickets of every team")),
            ("view_overview", _("Can see the overview")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in Status]),
                name="a_status_is_one_of_the_life_cycle",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["received", "cancelled"])
                | Q(classified_at__isnull=False, category__isnull=False) & ~Q(priority=""),
                name="a_classified_ticket_has_category_and_priority",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["assigned", "waiting"])
                | Q(assigned_at__isnull=False, assignee__isnull=False),
                name="an_assigned_ticket_has_an_assignee",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", waiting_since_at__isnull=False)
                | ~Q(status="waiting") & Q(waiting_since_at__isnull=True),
                name="a_waiting_ticket_and_no_other_says_since_when",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["resolved", "surveyed"], resolved_at__isnull=False)
                | ~Q(status__in=["resolved", "surveyed"]) & Q(resolved_at__isnull=True),
                name="a_resolved_ticket_and_no_other_says_when",
            ),
            models.CheckConstraint(
                condition=Q(status="surveyed", surveyed_at__isnull=False) & ~Q(survey_outcome="")
                | ~Q(status="surveyed") & Q(surveyed_at__isnull=True, survey_outcome=""),
                name="a_surveyed_ticket_and_no_other_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_at__isnull=False) & ~Q(cancel_reason="")
                | ~Q(status="cancelled") & Q(cancelled_at__isnull=True, cancel_reason=""),
                name="a_cancelled_ticket_and_no_other_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(cancel_reason="merged") | Q(merged_into__isnull=False),
                name="a_merged_ticket_names_the_other",
            ),
        ]
        indexes = [
            # The desk's queues: open tickets by what is due next, of everybody, one person, one team.
            models.Index(fields=["due_at", "id"], name="queue_open", condition=_IS_OPEN),
            models.Index(fields=["assignee", "due_at", "id"], name="queue_mine", condition=_IS_OPEN),
            # The queue of a team and of what nobody has taken yet, where premium tickets jump.
            models.Index(fields=["team", "queue_at", "id"], name="queue_team", condition=_IS_OPEN),
            models.Index(
                fields=["queue_at", "id"],
                name="queue_unassigned",
                condition=Q(status__in=["received", "classified"]),
            ),
            # The queue “all” and the API's list: newest activity first.
            models.Index(fields=["-last_message_at", "-id"], name="queue_all"),
            # The queue “waiting”, and counts by status.
            models.Index(fields=["status", "-last_message_at", "-id"], name="queue_status"),
            # The customer's history beside the ticket.
            models.Index(fields=["customer", "-id"], name="customer_history"),
            # Resolved tickets that the survey has to look at; the overview's weeks.
            models.Index(
                fields=["resolved_at"], name="resolved_moment", condition=Q(resolved_at__isnull=False)
            ),
            # Views of tickets that are done, too, by what is due next; and by when a ticket came.
            models.Index(fields=["due_at", "id"], name="due_moment"),
            models.Index(fields=["created_at", "id"], name="created_moment"),
            # The sweep for tickets to come back to.
            models.Index(
                fields=["follow_up_at"], name="follow_up_moment", condition=Q(follow_up_at__isnull=False)
            ),
            # Live refresh asks only for what changed since.
            models.Index(fields=["updated_at"], name="changed_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    def get_absolute_url(self) -> str:
        return reverse("tickets:ticket", args=[self.pk])

    @property
    def number(self) -> str:
        """The reference that people say and write: HD-000123."""
        return f"HD-{self.pk:06d}"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.status in OPEN_STATUSES

    def is_visible_to(self, user: "User") -> bool:
        """The same answer as `TicketQuerySet.visible_to`, for a ticket at hand."""
        if user.has_perm("tickets.view_any_ticket"):
            return True
        if not user.has_perm("tickets.work_on_ticket"):
            return False
        if self.team_id is None or self.team_id in user.team_ids or self.assignee_id == user.pk:
            return True
        return user.pk in self.watcher_ids

    @cached_property
    def ticked_item_ids(self) -> frozenset[int]:
        """The ids of what is ticked off on its checklists, read once."""
        return frozenset(self.ticks.values_list("item", flat=True))

    @cached_property
    def watcher_ids(self) -> frozenset[int]:
        """The ids of the people who watch it, read once."""
        return frozenset(self.watchers.values_list("pk", flat=True))

    # The pages that have the conversation at hand set these themselves, to spare the queries.

    @cached_property
    def has_open_question(self) -> bool:
        """Whether the last word in public is an agent's question, so that the answer can be waited for."""
        kinds = [MessageKind.CUSTOMER, MessageKind.REPLY]
        # The ticket's key too, or Django asks for it once more.
        said = self.messages.filter(kind__in=kinds).order_by("-id")
        last = said.only("kind", "asks_customer", "ticket").first()
        return last is not None and last.kind == MessageKind.REPLY and last.asks_customer

    @cached_property
    def has_told_customer(self) -> bool:
        """Whether an agent has answered in public."""
        return self.messages.filter(kind=MessageKind.REPLY).exists()

    @cached_property
    def has_automatic_answer(self) -> bool:
        """Whether an article was sent as the automatic answer."""
        return self.article_links.filter(use="automatic").exists()

    @cached_property
    def file_keys(self) -> frozenset[str]:
        """The keys of the extra fields that have a file."""
        return frozenset(self.attachments.exclude(field_key="").values_list("field_key", flat=True))

    @cached_property
    def has_open_child(self) -> bool:
        """Whether a child ticket is still open."""
        return self.children.open().exists()

    @cached_property
    def awaits_third_party(self) -> bool:
        """Whether somebody else was asked and has not answered."""
        sides: Any = getattr(self, "side_conversations")  # noqa: B009
        return bool(sides.filter(awaits_answer=True).exists())

    @property
    def is_within_reopen_window(self) -> bool:
        """Whether the category's reopen window, counted from the resolution, has not passed."""
        if self.resolved_at is None or self.category is None:
            return False
        return timezone.now() <= self.resolved_at + timedelta(days=self.category.reopen_days)

    @property
    def place_in_queue(self) -> datetime:
        """Where it stands among others by what is due next; a premium ticket as if due the moment it came.

        So it passes everything that was not overdue by then, and what has waited longer is not passed for ever.
        """
        if self.tier == Tier.PREMIUM and self.status != Status.WAITING:
            return min(self.created_at, self.due_at)
        return self.due_at

    @property
    def has_due_moment(self) -> bool:
        """Whether a promise is running."""
        return self.due_at < NEVER
