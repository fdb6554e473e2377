"""How tickets, messages, files, promises, steps and events look to a program."""

from datetime import datetime
from typing import Any

from django.utils.translation import pgettext
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Category, Tag
from common.api import ProblemSerializer, RowSerializer
from common.links import fill_links
from customers.models import Customer
from staff.models import Team, User
from tickets.choices import Delivery, MessageKind, PauseReason, Status
from tickets.models import NEVER, Attachment, Event, Message, Promise, Ticket
from tickets.recipients import BCC, CC
from tickets.workflow import STEP_LABELS

# The codes of sla.account.
LINE_CODES = (
    "started", "ran", "paused", "closed", "day_off", "make_up_day", "own_hours", "due", "met", "met_late", "running",
    "overdue", "standing", "dropped",
)  # fmt: skip


class PersonSerializer(RowSerializer):
    """A member of staff."""

    name = serializers.CharField(source="display_name")

    class Meta:
        model = User
        fields = ("id", "name")
        read_only_fields = fields


class TeamSerializer(RowSerializer):
    """A team."""

    label = serializers.CharField(read_only=True, help_text="In the caller's language.")  # type: ignore[assignment]

    class Meta:
        model = Team
        fields = ("id", "name", "label")
        read_only_fields = fields


class CustomerNameSerializer(RowSerializer):
    """The customer; more about him under /customers/."""

    class Meta:
        model = Customer
        fields = ("id", "name")
        read_only_fields = fields


class CategoryNameSerializer(RowSerializer):
    """The category; more about it under /categories/."""

    label = serializers.CharField(read_only=True, help_text="In the caller's language.")  # type: ignore[assignment]

    class Meta:
        model = Category
        fields = ("id", "code", "label")
        read_only_fields = fields


class DueField(serializers.DateTimeField):
    """A moment; null instead of the moment that stands for never."""

    def to_representation(self, value: datetime) -> Any:
        return None if value >= NEVER else super().to_representation(value)


class TicketSerializer(RowSerializer):
    """A ticket."""

    number = serializers.CharField(read_only=True, help_text="What people say and write: HD-000123.")
    customer = CustomerNameSerializer(read_only=True)
    category = CategoryNameSerializer(read_only=True, allow_null=True)
    team = TeamSerializer(read_only=True, allow_null=True)
    assignee = PersonSerializer(read_only=True, allow_null=True)
    tags = serializers.SlugRelatedField[Tag]("code", many=True, read_only=True)
    due_at = DueField(
        read_only=True, allow_null=True, help_text="When the next promise falls due; null: none is running."
    )
    field_values = serializers.DictField(
        read_only=True, help_text="The category's extra fields by their keys; see /categories/."
    )
    version = serializers.IntegerField(
        read_only=True,
        help_text="Counts every change. Send it back with a change to be told of a newer state.",
    )

    class Meta:
        model = Ticket
        fields = (
            "id", "number", "version", "subject", "status", "customer", "channel", "language", "category", "priority",
            "product", "order", "field_values", "team", "tier", "is_major", "assignee", "tags",
            "parent", "merged_into", "follows", "incident", "follow_up_at", "time_spent_seconds",
            "due_at", "due_kind", "awaits_reply", "created_at", "updated_at",
            "last_message_at", "first_response_at", "classified_at", "assigned_at", "waiting_since_at", "resolved_at",
            "surveyed_at", "cancelled_at",
            "cancel_reason", "survey_outcome", "reopened_count",
        )  # fmt: skip
        read_only_fields = fields


class PromiseSerializer(RowSerializer):
    """A deadline that the desk promised."""

    class Meta:
        model = Promise
        fields = (
            "id", "kind", "target_minutes", "counts", "started_at", "due_at", "met_at", "broken_at", "dropped_at",
            "is_running", "is_paused",
        )  # fmt: skip
        read_only_fields = fields


class AccountLineSerializer(serializers.Serializer[Any]):
    """One line of the account of a promise."""

    code = serializers.ChoiceField(LINE_CODES)
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(
        allow_null=True, help_text="Of the last line: when the promise is or was due."
    )
    seconds = serializers.IntegerField(
        help_text="Of “ran”: what counts. Of the last line: what is left, or too much, in time that counts."
    )
    reasons = serializers.ListField(child=serializers.ChoiceField(PauseReason.choices))
    name = serializers.CharField(help_text="Of a special day.", allow_blank=True)


class AccountSerializer(PromiseSerializer):
    """A promise with its account: the lines “ran” add up to what is spent."""

    policy_version = serializers.IntegerField(source="policy_version.number", default=None, allow_null=True)
    calendar_version = serializers.IntegerField(
        source="calendar_version.number", default=None, allow_null=True
    )
    target_seconds = serializers.IntegerField(source="account.target_seconds")
    spent_seconds = serializers.IntegerField(source="account.spent_seconds")
    lines = AccountLineSerializer(many=True, source="account.lines")

    class Meta(PromiseSerializer.Meta):
        fields = (  # type: ignore[assignment]
            *PromiseSerializer.Meta.fields, "policy", "policy_version", "calendar_version", "target_seconds",
            "spent_seconds", "lines",
        )  # fmt: skip
        read_only_fields = fields  # type: ignore[assignment]


class WholeTicketSerializer(TicketSerializer):
    """A ticket with what was promised for it."""

    promises = PromiseSerializer(many=True, read_only=True)

    class Meta(TicketSerializer.Meta):
        fields = (*TicketSerializer.Meta.fields, "promises")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class AttachmentSerializer(RowSerializer):
    """A file; its bytes are at /tickets/{ticket}/attachments/{id}/."""

    class Meta:
        model = Attachment
        fields = ("id", "message", "field_key", "name", "content_type", "size", "sha256", "created_at")
        read_only_fields = fields


class CopySerializer(serializers.Serializer[Any]):
    """Somebody who gets a copy of a message by mail."""

    kind = serializers.ChoiceField([CC, BCC], source="as")
    address = serializers.EmailField()
    delivery = serializers.ChoiceField(Delivery.choices)
    error = serializers.CharField(help_text="What the mail server said.", allow_blank=True)


class RefusedFileSerializer(serializers.Serializer[Any]):
    """A file of a mail that was not kept."""

    name = serializers.CharField()
    reason = serializers.CharField(help_text="A code.")


class MessageSerializer(RowSerializer):
    """One piece of the conversation."""

    body = serializers.SerializerMethodField(help_text="Plain text, as it was written.")
    author = PersonSerializer(read_only=True, allow_null=True)
    attachments = AttachmentSerializer(many=True, read_only=True)
    copies = CopySerializer(source="also_to", many=True, read_only=True)
    folded = serializers.CharField(
        read_only=True, help_text="Of a mail: what stood below or around the text."
    )
    sender = serializers.CharField(read_only=True, help_text="Of a mail: the address it came from.")
    is_doubtful = serializers.BooleanField(
        read_only=True, help_text="Of a mail: the mail server says that it does not come from there."
    )
    refused_files = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = (
            "id", "kind", "purpose", "body", "author", "customer", "channel", "language", "asks_customer", "created_at",
            "delivery", "recipient", "delivered_at", "delivery_error", "copies", "subject", "sender", "is_doubtful",
            "folded", "refused_files", "attachments",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(RefusedFileSerializer(many=True))
    def get_refused_files(self, message: Message) -> list[dict[str, str]]:
        """The files of a mail that were not kept."""
        return [{"name": name, "reason": reason} for name, reason in message.refused_files]

    def get_body(self, message: Message) -> str:
        """The text; what the system wrote without the customer's own secret links."""
        if message.kind != MessageKind.AUTOMATIC and not message.purpose:
            return message.body
        place = pgettext("stands for a customer’s personal link", "[link]")
        return fill_links(message.body, lambda _purpose, _nonce: place)


class EventSerializer(RowSerializer):
    """Something that happened to a ticket."""

    actor = PersonSerializer(read_only=True, allow_null=True)
    data = serializers.DictField(read_only=True, help_text="Codes and ids that belong to this kind of event.")  # type: ignore[assignment]

    class Meta:
        model = Event
        fields = ("id", "kind", "step", "before", "after", "actor", "customer", "data", "at")
        read_only_fields = fields


class StepSerializer(serializers.Serializer[Any]):
    """A step that the caller may take on such tickets."""

    name = serializers.ChoiceField(STEP_LABELS)
    label = serializers.CharField(help_text="In the caller's language.")  # type: ignore[assignment]
    is_possible = serializers.BooleanField(help_text="Whether it can be taken now, with the values it takes.")
    reasons = serializers.ListField(
        child=serializers.CharField(),
        help_text="Why it cannot be taken now, and what would make it possible.",
    )
    takes = serializers.ListField(
        child=serializers.CharField(), help_text="The values that can be sent with it."
    )


class StepsSerializer(serializers.Serializer[Any]):
    """What can be done with a ticket in its present state."""

    status = serializers.ChoiceField(Status.choices)
    version = serializers.IntegerField()
    steps = StepSerializer(many=True)


class MacroSerializer(serializers.Serializer[Any]):
    """A macro that the caller may use on the ticket."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField(source="label", help_text="In the caller's language.")
    reply = serializers.CharField(
        source="text", allow_blank=True, help_text="Filled in for the ticket, in the customer's language."
    )
    changes = serializers.ListField(
        source="lines",
        child=serializers.CharField(),
        help_text="What else it does, in the caller's language.",
    )
    is_possible = serializers.BooleanField(help_text="Whether the ticket's state lets it be used now.")
    reason = serializers.CharField(
        source="obstacle", allow_blank=True, help_text="Why it cannot be used now."
    )
    used_lately = serializers.IntegerField(source="use_count", help_text="How often in the last 30 days.")


class ConflictSerializer(ProblemSerializer):
    """Why a change was refused; with the newer state when somebody else was quicker."""

    ticket = TicketSerializer(
        required=False, help_text="Only with the code “stale”: the ticket as it is now."
    )
