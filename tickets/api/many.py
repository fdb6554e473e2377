"""The API's routes for working on many tickets: saved views, and bulk changes with what became of each ticket."""

import secrets
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.choices import Priority
from catalog.models import Tag
from common.api import KeyPagination, RowSerializer
from staff.models import User
from tickets.api import inputs
from tickets.api.serializers import PersonSerializer, TicketSerializer
from tickets.api.views import IDEMPOTENCY, ROWS, TicketsView, submission_key
from tickets.choices import CancelReason
from tickets.desk.bulk import progress_of
from tickets.desk.saved_views import order_of, show, view_lines
from tickets.models import BulkAction, BulkItem, BulkJob, ReplyTemplate, SavedView, Ticket
from tickets.rulebook import current_rulebook
from tickets.services import bulk
from tickets.services.bulk.actions import STEPS_IN_BULK
from tickets.tasks import work_off_bulk_job
from tickets.workflow import STEPS

# What each action needs, of which at least one must be given.
NEEDED: dict[str, tuple[str, ...]] = {
    BulkAction.ASSIGN: ("assignee", "team"), BulkAction.CLASSIFY: ("category", "priority"),
    BulkAction.TAG: ("add", "remove"), BulkAction.REPLY: ("template",), BulkAction.STEP: ("step",),
    BulkAction.MERGE: ("into",),
}  # fmt: skip


class ViewSerializer(serializers.Serializer):
    """A saved view: which tickets it asks for, in codes and in words."""

    id = serializers.IntegerField(source="view.pk")
    name = serializers.CharField(source="view.label", help_text="In the caller's language.")
    is_shared = serializers.BooleanField(source="view.is_shared")
    conditions = serializers.JSONField(source="view.conditions")
    sentences = serializers.ListField(child=serializers.CharField(), help_text="The conditions in words.")
    problems = serializers.ListField(
        child=serializers.CharField(), help_text="What cannot be asked any more; the view finds nothing then."
    )


class ItemSerializer(RowSerializer):
    """One ticket of a bulk change."""

    result = serializers.ChoiceField(BulkItem.State.choices, source="state", read_only=True)
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Why it was refused.")

    class Meta:
        model = BulkItem
        fields = ("id", "ticket", "result", "reasons", "done_at")
        read_only_fields = fields


class JobSerializer(RowSerializer):
    """A bulk change and how far it is."""

    started_by = PersonSerializer()
    counts = serializers.SerializerMethodField(help_text="How many tickets there are in each state.")

    class Meta:
        model = BulkJob
        fields = ("id", "action", "details", "started_by", "created_at", "finished_at", "counts")
        read_only_fields = fields

    def get_counts(self, job: BulkJob) -> dict[str, int]:
        """By state."""
        counts: dict[str, int] = progress_of(job)["counts"]
        return counts


def _templates(user: User | None) -> QuerySet[ReplyTemplate]:
    return ReplyTemplate.objects.filter(is_active=True)


def _tags(user: User | None) -> QuerySet[Tag]:
    return Tag.objects.filter(is_active=True)


def _tickets(user: User | None) -> QuerySet[Ticket]:
    return Ticket.objects.visible_to(user) if user else Ticket.objects.none()


class JobInput(serializers.Serializer):
    """A bulk change to be started: on which tickets, and what."""

    action = serializers.ChoiceField(choices=BulkAction.choices)
    tickets = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=bulk.MOST_TICKETS,
        help_text="Ids; what you may not see is left out.",
    )  # fmt: skip
    assignee = inputs.OneOf(inputs.people, required=False)
    team = inputs.OneOf(inputs.teams, required=False)
    category = inputs.OneOf(inputs.categories, required=False)
    priority = serializers.ChoiceField(choices=Priority.choices, required=False)
    add = inputs.OneOf(_tags, many=True, required=False)
    remove = inputs.OneOf(_tags, many=True, required=False)
    template = inputs.OneOf(_templates, required=False)
    step = serializers.ChoiceField(
        choices=[(name, STEPS[name].label) for name in STEPS_IN_BULK], required=False,
        help_text="The step, or with a template “wait” or “resolve” to be taken with the reply.",
    )  # fmt: skip
    cancel_reason = serializers.ChoiceField(
        CancelReason.choices, required=False, help_text="For cancel; “merged” has an action of its own."
    )
    into = inputs.OneOf(_tickets, required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=inputs.LONGEST_NOTE)

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        """Ask for what the action needs."""
        needed = NEEDED[values["action"]]
        if not any(values.get(name) for name in needed):
            raise serializers.ValidationError({needed[0]: [_("The action needs it.")]})
        if values["action"] == BulkAction.REPLY and values.get("step") not in (None, "wait", "resolve"):
            raise serializers.ValidationError({"step": [_("With a reply it is “wait” or “resolve”.")]})
        if values.get("cancel_reason") == CancelReason.MERGED:
            raise serializers.ValidationError({"cancel_reason": [_("Merging is an action of its own.")]})
        return values

    @staticmethod
    def details(values: dict[str, Any]) -> dict[str, Any]:
        """As the job keeps them: codes and ids."""
        given = {name: value for name, value in values.items() if name not in ("action", "tickets")}
        return {
            name: [row.pk for row in value] if isinstance(value, list) else getattr(value, "pk", value)
            for name, value in given.items()
        }


class ViewList(TicketsView):
    """Saved views."""

    @extend_schema(operation_id="views_list", responses=ViewSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The caller's own views and the shared ones, in the order of the desk."""
        rows = list(SavedView.objects.visible_to(self.user).in_order().select_related("team"))
        return Response(ViewSerializer(view_lines(rows, self.user, current_rulebook()), many=True).data)


class ViewPagination(KeyPagination):
    """The view's own order."""

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[str, ...]:
        return order_of(view.saved_view)


class ViewTickets(TicketsView):
    """What a view finds."""

    pagination_class = ViewPagination
    serializer_class = TicketSerializer

    @extend_schema(operation_id="views_tickets_list", responses=TicketSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The tickets of a view that the caller may see, in the view's order."""
        self.saved_view = get_object_or_404(SavedView.objects.visible_to(self.user), pk=pk)
        found = show(self.saved_view, self.user, current_rulebook()).tickets
        return self.page_of(found.select_related(*ROWS).prefetch_related("tags"), TicketSerializer)


class JobList(TicketsView):
    """Bulk changes: look through them, start one."""

    pagination_class = KeyPagination
    serializer_class = JobSerializer

    @extend_schema(operation_id="bulk_jobs_list", responses=JobSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The bulk changes that one may see, newest first."""
        return self.page_of(BulkJob.objects.visible_to(self.user).select_related("started_by"), JobSerializer)

    @extend_schema(
        operation_id="bulk_jobs_create",
        parameters=[IDEMPOTENCY],
        request=JobInput,
        responses={201: OpenApiResponse(JobSerializer, "The job; it runs in the background")},
    )
    def post(self, request: Request) -> Response:
        """Start a bulk change. Every ticket is changed by itself; the job's items say which were refused, and why."""
        self.check_works_on_tickets()
        values = self.checked(JobInput)
        keys = list(self.tickets().filter(pk__in=values["tickets"]).values_list("pk", flat=True))
        key = submission_key(request) or secrets.token_hex(32)
        with transaction.atomic():
            job = bulk.start_job(
                values["action"], JobInput.details(values), keys, actor=self.user, submission_key=key
            )
            work_off_bulk_job.enqueue(job.pk)
        shown = JobSerializer(job, context=self.get_serializer_context())
        return Response(shown.data, status.HTTP_201_CREATED)


class JobDetail(TicketsView):
    """One bulk change."""

    serializer_class = JobSerializer

    @extend_schema(operation_id="bulk_jobs_retrieve", responses=JobSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """A bulk change and how far it is."""
        job = get_object_or_404(BulkJob.objects.visible_to(self.user).select_related("started_by"), pk=pk)
        return Response(JobSerializer(job, context=self.get_serializer_context()).data)


class ItemPagination(KeyPagination):
    """In the order in which they are worked off."""

    ordering = ("id",)


class JobItems(TicketsView):
    """What became of the tickets of a bulk change."""

    pagination_class = ItemPagination
    serializer_class = ItemSerializer

    @extend_schema(operation_id="bulk_jobs_items_list", responses=ItemSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Each ticket of a bulk change: waiting, done, or refused with the reasons."""
        job = get_object_or_404(BulkJob.objects.visible_to(self.user), pk=pk)
        return self.page_of(job.items.all(), ItemSerializer)
