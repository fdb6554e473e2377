"""Taking in what comes through the web form."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from catalog.models import Category
from common.uploads import CheckedUpload
from customers.models import Customer, Order
from customers.services import add_identity, find_or_create_customer
from tickets.models import Attachment, Ticket
from tickets.services import create_ticket, new_attachments

ORDER_NUMBER, PHONE = "order-number", "phone"


def take_in_question(
    *,
    category: Category,
    subject: str,
    text: str,
    name: str,
    email: str,
    phone: str,
    order_number: str,
    field_values: dict[str, Any],
    uploads: Sequence[tuple[str, CheckedUpload]],
    language: str,
    time_zone: str,
    submission_key: str,
) -> Ticket:
    """Make a ticket of a filled-in form; the same form again gives the ticket it made."""
    began_at = timezone.now()
    kind, address = ("email", email) if email else ("phone", phone)
    customer = find_or_create_customer(
        name=name, kind=kind, value=address, language=language, time_zone=time_zone
    )
    values = dict(field_values)
    if email and phone and not _keep_phone(customer, phone, is_new=customer.created_at >= began_at):
        values.setdefault(PHONE, phone)
    number = (str(values.get(ORDER_NUMBER, "")) or order_number).strip()
    order = _order_of(customer, number)
    if order is None and number:
        values[ORDER_NUMBER] = number
    return create_ticket(
        customer=customer, subject=subject, body=text, language=language, category=category, email=email,
        attachments=_attachments(uploads), submission_key=submission_key, field_values=values, order=order,
        product=order.product if order else None,
    )  # fmt: skip


def _keep_phone(customer: Customer, phone: str, *, is_new: bool) -> bool:
    """Give a new customer his number too. Who merely says that he is a known one must not change that one's profile."""
    if not is_new:
        return False
    try:
        add_identity(customer, "phone", phone)
    except ValidationError:
        return False
    return True


def _order_of(customer: Customer, number: str) -> Order | None:
    if not number:
        return None
    return Order.objects.select_related("product").filter(customer=customer, number__iexact=number).first()


def _attachments(uploads: Sequence[tuple[str, CheckedUpload]]) -> list[Attachment]:
    return [row for key, upload in uploads for row in new_attachments([upload], field_key=key)]
