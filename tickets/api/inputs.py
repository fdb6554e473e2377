"""What a program sends, checked before any service is called."""

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError as InvalidModel
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from catalog.choices import Channel, Priority
from catalog.extra_fields import clean_values, fields_for
from catalog.models import Category, CategoryField, Product, Tag
from common.uploads import check_upload
from customers.models import Customer, Order
from customers.normalize import normalize_identity
from staff.models import Team, User
from tickets.choices import CancelReason
from tickets.models import Attachment, Ticket
from tickets.recipients import MOST_COPIES
from tickets.services import new_attachments
from tickets.workflow import STEP_LABELS, STEPS

LONGEST_MESSAGE = 50_000
LONGEST_NOTE = 4000
MOST_FILES = 10
MESSAGE_KINDS = [("reply", gettext_lazy("Reply")), ("note", gettext_lazy("Internal note"))]
REPLY_STEPS = [(name, STEPS[name].label) for name in ("wait", "resolve")]
# What each step takes besides a note, a reply and the version.
DETAILS = {
    "classify": ("category", "priority"),
    "assign": ("assignee", "team"),
    "cancel": ("cancel_reason", "merged_into"),
}


class OneOf(serializers.PrimaryKeyRelatedField):
    """A row by its id, of those that the caller may choose."""

    def __init__(self, rows: Any, **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(queryset=rows(None), pk_field=serializers.IntegerField(), **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        request = self.context.get("request")
        return self.rows(request.user if request else None)


@extend_schema_field({"oneOf": [{"type": "string", "maxLength": 500}, {"type": "number"}]})
class ExtraValueField(serializers.Field):
    """One value of an extra field: text, a number, or null to clear it; which one it must be, the category says."""

    def to_internal_value(self, data: Any) -> Any:
        if data is None or (isinstance(data, int | float) and not isinstance(data, bool) and abs(data) < inf):
            return data
        return serializers.CharField(max_length=500, allow_blank=True).run_validation(data)

    def to_representation(self, value: Any) -> Any:
        return value


class ExtraValuesField(serializers.DictField):
    """Extra fields of a category by their keys."""

    child = ExtraValueField(allow_null=True)


class MacroInput(serializers.Serializer):
    """Using a macro."""

    reply = serializers.CharField(
        required=False, allow_blank=True, max_length=LONGEST_MESSAGE,
        help_text="Sent instead of the macro's words; empty: nothing is sent.",
    )  # fmt: skip
    version = serializers.IntegerField(
        required=False, help_text="The version that you saw; a newer one is refused with the code “stale”."
    )


def categories(user: User | None) -> QuerySet[Category]:
    return Category.objects.filter(is_active=True)


def products(user: User | None) -> QuerySet[Product]:
    return Product.objects.filter(is_active=True)


def orders(user: User | None) -> QuerySet[Order]:
    return (
        Order.objects.all() if user is None or user.has_perm("customers.view_order") else Order.objects.none()
    )


def customers(user: User | None) -> QuerySet[Customer]:
    if user is None:
        return Customer.objects.none()
    return Customer.objects.visible_to(user).select_related("segment", "merged_into__segment")


def people(user: User | None) -> QuerySet[User]:
    return User.objects.filter(is_active=True)


def teams(user: User | None) -> QuerySet[Team]:
    return Team.objects.filter(is_active=True)


def visible_tickets(user: User | None) -> QuerySet[Ticket]:
    return Ticket.objects.none() if user is None else Ticket.objects.visible_to(user)


class FilesField(serializers.ListField):
    """Files sent as parts of a form, looked at by common.uploads."""

    child = serializers.FileField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": MOST_FILES, **kwargs})

    def to_internal_value(self, data: Any) -> list[Attachment]:
        uploads = []
        for file in super().to_internal_value(data):
            try:
                uploads.append(check_upload(file))
            except InvalidModel as error:
                raise serializers.ValidationError(error.messages) from error
        return new_attachments(uploads)


def checked_values(
    category: Category | None, raw: Mapping[str, Any], known: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The extra fields as they will be: what is known, with what was sent put over it; null clears one."""
    fields = fields_for(category, CategoryField.Audience.AGENT) if category else []
    fields = [field for field in fields if field.kind != CategoryField.Kind.FILE]
    sent = [field for field in fields if field.key in raw]
    unknown = set(raw) - {field.key for field in sent}
    try:
        cleaned = clean_values(sent, raw)
    except InvalidModel as error:
        raise serializers.ValidationError({"field_values": get_error_detail(error)}) from error
    if unknown:
        sentences = {key: [_("This category has no such field.")] for key in sorted(unknown)}
        raise serializers.ValidationError({"field_values": sentences})
    return {key: value for key, value in (known or {}).items() if key not in raw} | cleaned


class NewTicketInput(serializers.Serializer[Any]):
    """A request to take in: from a known customer, or from whoever has this e-mail address or telephone number."""

    customer = OneOf(customers, required=False, help_text="A customer's id; else give a name and an address.")
    customer_name = serializers.CharField(max_length=120, required=False)
    email = serializers.CharField(max_length=254, required=False)
    phone = serializers.CharField(max_length=30, required=False)
    subject = serializers.CharField(max_length=200)
    body = serializers.CharField(max_length=LONGEST_MESSAGE)
    channel = serializers.ChoiceField(Channel.choices, default=Channel.API)
    language = serializers.ChoiceField(
        settings.LANGUAGES, required=False, help_text="Of the ticket; the customer's own by default."
    )
    category = OneOf(categories, required=False, allow_null=True)
    product = OneOf(products, required=False, allow_null=True)
    order = OneOf(orders, required=False, allow_null=True)
    field_values = ExtraValuesField(required=False)
    acknowledge = serializers.BooleanField(
        default=True, help_text="Whether the customer gets the usual acknowledgement by mail."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "customer" not in attrs:
            self._check_address(attrs)
        customer = attrs.get("customer")
        order = attrs.get("order")
        if order is not None and (customer is None or order.customer_id != customer.pk):
            raise serializers.ValidationError({"order": [_("This is not an order of this customer.")]})
        attrs["field_values"] = checked_values(attrs.get("category"), attrs.get("field_values", {}))
        return attrs

    def _check_address(self, attrs: dict[str, Any]) -> None:
        given = [kind for kind in ("email", "phone") if kind in attrs]
        if not given or "customer_name" not in attrs:
            raise serializers.ValidationError(
                {"customer": [_("Give a customer’s id, or a customer_name with an email or a phone.")]}
            )
        for kind in given:
            try:
                attrs[kind] = normalize_identity(kind, attrs[kind])
            except ValueError as error:
                raise serializers.ValidationError(
                    {kind: [_("This is not a valid address or number.")]}
                ) from error


class NewTicketForm(NewTicketInput):
    """The same as a form, with files."""

    files = FilesField()


class TicketChangesInput(serializers.Serializer[Any]):
    """Fields to change; what is not sent stays. The status is changed by steps only."""

    instance: Ticket

    version = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text="The version you read; with it, a newer state is answered by 409.",
    )
    subject = serializers.CharField(max_length=200, required=False)
    priority = serializers.ChoiceField(Priority.choices, required=False)
    product = OneOf(products, required=False, allow_null=True)
    order = OneOf(orders, required=False, allow_null=True)
    parent = OneOf(visible_tickets, required=False, allow_null=True)  # type: ignore[assignment]
    language = serializers.ChoiceField(settings.LANGUAGES, required=False)
    field_values = ExtraValuesField(required=False, help_text="Only those to change; null clears one.")
    tags = serializers.SlugRelatedField(
        "code", queryset=Tag.objects.filter(is_active=True), many=True, required=False,
        help_text="All the tags it shall have.",
    )  # fmt: skip

    def validate_order(self, order: Order | None) -> Order | None:
        if order is not None and order.customer_id != self.instance.customer_id:
            raise serializers.ValidationError(_("This is not an order of this customer."))
        return order

    def validate_parent(self, parent: Ticket | None) -> Ticket | None:
        above = parent
        while above is not None:
            if above.pk == self.instance.pk:
                raise serializers.ValidationError(_("A ticket cannot be placed below itself."))
            above = above.parent
        return parent

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "field_values" in attrs:
            known = self.instance.field_values
            attrs["field_values"] = checked_values(self.instance.category, attrs["field_values"], known)
        return attrs


class CopiesField(serializers.ListField):
    """Addresses, up to as many as at the desk."""

    def __init__(self, **manner: Any) -> None:
        super().__init__(child=serializers.EmailField(max_length=254), max_length=MOST_COPIES, **manner)


class NewMessageInput(serializers.Serializer[Any]):
    """A public reply, with a step if one is named, or an internal note."""

    kind = serializers.ChoiceField(MESSAGE_KINDS)
    body = serializers.CharField(max_length=LONGEST_MESSAGE)
    step = serializers.ChoiceField(
        REPLY_STEPS, required=False,
        help_text="Taken with the reply or not at all: when it is refused, nothing is sent.",
    )  # fmt: skip
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text="The version you read, for a reply; a newer state is answered by 409.",
    )
    cc = CopiesField(required=False, help_text="Who gets a copy of the reply by mail, for all to see.")
    bcc = CopiesField(required=False, help_text="Who gets one without the others’ knowing.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["kind"] == "note" and "step" in attrs:
            raise serializers.ValidationError({"step": [_("A step goes with a reply, not with a note.")]})
        for name in ("cc", "bcc"):
            if attrs["kind"] == "note" and attrs.get(name):
                raise serializers.ValidationError({name: [_("Copies go with a reply, not with a note.")]})
        return attrs


class NewMessageForm(NewMessageInput):
    """The same as a form, with files."""

    files = FilesField()


class StepInput(serializers.Serializer[Any]):
    """A step to take, with what it needs."""

    step = serializers.ChoiceField(STEP_LABELS)
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text="The version you read; with it, a newer state is answered by 409.",
    )
    note = serializers.CharField(
        max_length=LONGEST_NOTE,
        required=False,
        allow_blank=True,
        help_text="The reason, kept in the history.",
    )
    reply = serializers.CharField(
        max_length=LONGEST_MESSAGE,
        required=False,
        allow_blank=True,
        help_text="Goes to the customer with the step.",
    )
    category = OneOf(categories, required=False, help_text="For classify.")
    priority = serializers.ChoiceField(Priority.choices, required=False, help_text="For classify.")
    assignee = OneOf(people, required=False, help_text="For assign: to this person.")
    team = OneOf(
        teams, required=False, help_text="For assign: to whoever of this team has the fewest open tickets."
    )
    cancel_reason = serializers.ChoiceField(CancelReason.choices, required=False, help_text="For cancel.")
    merged_into = OneOf(visible_tickets, required=False, help_text="For cancel with the reason merged.")
    other_customer = serializers.BooleanField(
        required=False, help_text="That merging tickets of two customers is meant."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        foreign = self.details(attrs).keys() - set(DETAILS.get(attrs["step"], ()))
        if foreign:
            sentence = _("This step takes no such value.")
            raise serializers.ValidationError({name: [sentence] for name in sorted(foreign)})
        if "assignee" in attrs and "team" in attrs:
            raise serializers.ValidationError({"team": [_("Give a person or a team, not both.")]})
        if attrs.get("reply") and ("team" in attrs or "merged_into" in attrs):
            raise serializers.ValidationError({"reply": [_("No reply goes with this step. Send it before.")]})
        return attrs

    @staticmethod
    def details(values: Mapping[str, Any]) -> dict[str, Any]:
        """Of the values those that some step's method takes."""
        names: Sequence[str] = [name for taken in DETAILS.values() for name in taken]
        return {name: values[name] for name in names if name in values}
