"""Every write about customers."""

from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import ForeignKey, Model
from django.utils import timezone
from django.utils.translation import gettext as _

from common.database import quote_name
from common.lengths import check_length
from common.search import index_text
from common.zones import known_zones
from customers.models import Customer, CustomerNote, Identity, Segment
from customers.normalize import normalize_identity

if TYPE_CHECKING:
    from staff.models import User

LANGUAGES = {code for code, _name in settings.LANGUAGES}
HOME_ZONES = {"zh-hans": "Asia/Shanghai", "zh-hant": "Asia/Taipei"}


class MergeRefused(Exception):
    """Two profiles that cannot become one; the text says why, in the reader's language."""


def find_or_create_customer(
    *, name: str, kind: str, value: str, language: str, time_zone: str = "", has_written: bool = False
) -> Customer:
    """The customer with this address, made if nobody has it; raise ValueError when it cannot be an address.

    One query for a known customer, three for a new one. A zone or language that we do not know is replaced by
    the usual one. `has_written`: he wrote from the address, so it is good again.
    """
    value = normalize_identity(kind, value)
    known = (
        Identity.objects.filter(kind=kind, value=value)
        .select_related("customer__segment", "customer__merged_into__segment")
        .first()
    )
    if known is not None:
        if has_written and known.unreachable_at is not None:
            mark_reachable(kind, value)
        return known.customer.merged_into or known.customer
    customer = Customer(
        name=(name.strip() or value)[: Customer._meta.get_field("name").max_length],
        language=language.lower() if language.lower() in LANGUAGES else settings.LANGUAGE_CODE,
    )
    customer.time_zone = _zone_or_usual(time_zone, customer.language)
    return _create(customer, kind, value)


@transaction.atomic
def merge_customers(keep: Customer, lose: Customer, *, actor: "User | None") -> Customer:
    """Give everything of `lose` to `keep`; the lost profile stays and points to the kept one.

    Events are written once and keep naming the lost profile. Raise MergeRefused with the reason.
    """
    if keep.pk == lose.pk:
        raise MergeRefused(_("This is one and the same customer. Choose two different ones."))
    # Always in the same order, so that two merges of the same pair wait for each other instead of deadlocking.
    locked = {
        row.pk: row
        for row in Customer.objects.select_for_update().filter(pk__in=[keep.pk, lose.pk]).order_by("pk")
    }
    keep, lose = locked[keep.pk], locked[lose.pk]
    for row in (keep, lose):
        if row.merged_into_id is not None:
            raise MergeRefused(
                _("%(name)s was merged into another customer already. Merge that one instead.")
                % {"name": row.name}
            )
    for relation in _references():
        relation.model._base_manager.filter(**{relation.name: lose.pk}).update(**{relation.name: keep.pk})
    for field in ("organisation", "segment"):
        if getattr(keep, f"{field}_id") is None:
            setattr(keep, f"{field}_id", getattr(lose, f"{field}_id"))
    keep.save(update_fields=["organisation", "segment"])
    lose.merged_into = keep
    lose.save(update_fields=["merged_into"])
    add_note(
        keep, _("Merged with %(name)s (profile %(id)s).") % {"name": lose.name, "id": lose.pk}, actor=actor
    )
    return keep


def add_note(customer: Customer, text: str, *, actor: "User | None") -> CustomerNote:
    """Write down something a colleague should know; raise ValidationError for an empty or too long text."""
    note = CustomerNote(customer=customer, author=actor, text=text.strip(), created_at=timezone.now())
    check_length(note, "text")
    note.clean_fields(exclude=["customer", "author"])
    note.save()
    return note


def add_identity(customer: Customer, kind: str, value: str) -> Identity:
    """Give a customer one more address; raise ValidationError when it is none or somebody else's."""
    identity = Identity(customer=customer, kind=kind, value=value)
    identity.full_clean()
    identity.save()
    return identity


def mark_unreachable(kind: str, value: str, reason: str) -> None:
    """A message to the address came back: whoever looks at the customer sees it."""
    Identity.objects.filter(kind=kind, value=value.lower()).update(
        unreachable_at=timezone.now(), unreachable_reason=reason
    )


def mark_reachable(kind: str, value: str) -> None:
    """The customer wrote from the address: it is good again."""
    Identity.objects.filter(kind=kind, value=value.lower(), unreachable_at__isnull=False).update(
        unreachable_at=None, unreachable_reason=""
    )


@transaction.atomic
def make_default_segment(segment: Segment) -> None:
    """Give the segment to new customers from now on, instead of the one that they got so far."""
    Segment.objects.filter(is_default=True).exclude(pk=segment.pk).update(is_default=False)
    Segment.objects.filter(pk=segment.pk).update(is_default=True)


def _zone_or_usual(time_zone: str, language: str) -> str:
    if time_zone in known_zones():
        return time_zone
    return HOME_ZONES.get(language, settings.TIME_ZONE)


# No savepoint: both inserts cannot fail on what a customer typed, and intake counts its queries.
@transaction.atomic(savepoint=False)
def _create(customer: Customer, kind: str, value: str) -> Customer:
    _insert_with_default_segment(customer)
    owner = _claim(customer, kind, value)
    if owner == customer.pk:
        return customer
    # Somebody else was quicker by a moment: his is the customer, ours was never seen.
    customer.delete()
    return Customer.objects.select_related("segment").get(pk=owner)


def _insert_with_default_segment(customer: Customer) -> None:
    """Insert, and learn the default segment in the same statement: Django's own insert returns nothing but the key."""
    customer.search_text = index_text(customer.name)
    columns = ["name", "search_text", "language", "time_zone", "created_at"]
    values = [customer.name, customer.search_text, customer.language, customer.time_zone]
    created_at = connection.ops.adapt_datetimefield_value(customer.created_at or timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO customers_customer ({', '.join(columns)}, segment_id) "  # noqa: S608
            "VALUES (%s, %s, %s, %s, %s, (SELECT id FROM customers_segment WHERE is_default)) RETURNING id, segment_id",
            [*values, created_at],
        )
        customer.pk, customer.segment_id = cursor.fetchone()
    customer._state.adding = False
    customer._state.db = connection.alias


def _claim(customer: Customer, kind: str, value: str) -> int:
    """Insert the address and return whose it is: of two at once the second waits and reads the first one's."""
    table = quote_name(Identity._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (customer_id, kind, value) VALUES (%s, %s, %s) "  # noqa: S608
            "ON CONFLICT (kind, value) DO UPDATE SET value = excluded.value RETURNING customer_id",
            [customer.pk, kind, value],
        )
        return cursor.fetchone()[0]


def _references() -> list[ForeignKey]:
    """Every foreign key to a customer, whatever room it is in, except in tables that are written once."""
    return [
        field
        for model in apps.get_models(include_auto_created=True)
        if not _is_written_once(model)
        for field in model._meta.local_concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is Customer
    ]


def _is_written_once(model: type[Model]) -> bool:
    return getattr(model, "is_written_once", False)
