"""The form for a request that comes by phone or over the counter, and how the customer is found or made."""

import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from catalog.choices import Channel, Priority
from catalog.models import Product
from customers.models import Customer, Identity, Order
from customers.normalize import normalize_identity
from customers.services import add_identity, find_or_create_customer
from staff.models import User
from tickets.choices import Status
from tickets.desk.filters import category_choices
from tickets.desk.forms import LONGEST_MESSAGE, FilesField
from tickets.models import Ticket
from tickets.rulebook import Rulebook
from tickets.services import StepRefused, create_ticket, new_attachments, take_step

CHANNELS = [Channel.PHONE, Channel.COUNTER, Channel.EMAIL, Channel.WECHAT, Channel.SOCIAL]


class IntakeForm(forms.Form):
    """Who asks, by which way, and what."""

    channel = forms.ChoiceField(
        label=_("By which way?"), choices=[(c.value, c.label) for c in CHANNELS], initial=Channel.PHONE
    )
    phone = forms.CharField(
        label=_("Customer’s phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    email = forms.EmailField(label=_("Customer’s e-mail"), required=False, max_length=254)
    name = forms.CharField(label=_("Customer’s name"), required=False, max_length=120)
    language = forms.ChoiceField(
        label=_("Customer’s language"),
        choices=[(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES],
    )
    subject = forms.CharField(label=_("Subject"), max_length=200)
    body = forms.CharField(
        label=_("What the customer says"),
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    category = forms.ChoiceField(label=_("Category"), required=False)
    priority = forms.ChoiceField(
        label=_("Priority"), required=False, choices=[("", _("As the category says")), *Priority.choices]
    )
    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.none(), required=False)
    order_number = forms.CharField(label=_("Order number"), required=False, max_length=60)
    files = FilesField(label=_("Files"), required=False)  # type: ignore[assignment]
    take_it = forms.BooleanField(label=_("I look after it myself"), required=False)
    submission_key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, rulebook: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.rulebook = user, rulebook
        self.fields["category"].choices = [("", _("Let the rules decide")), *category_choices(rulebook)]  # type: ignore[attr-defined]  # fmt: skip
        self.fields["product"].queryset = Product.objects.filter(is_active=True)  # type: ignore[attr-defined]
        self.initial.setdefault("language", user.language)
        self.initial.setdefault("submission_key", secrets.token_urlsafe(16))

    def clean_phone(self) -> str:
        return self._address("phone")

    def clean_email(self) -> str:
        return self._address("email")

    def _address(self, kind: str) -> str:
        value = self.cleaned_data[kind].strip()
        if not value:
            return ""
        try:
            return normalize_identity(kind, value)
        except ValueError as error:
            raise ValidationError(_("This is not a valid address or number.")) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"phone", "email"} & set(self.errors):
            return cleaned
        if not cleaned.get("phone") and not cleaned.get("email"):
            self.add_error(
                "phone", _("Give a phone number or an e-mail address, so that the customer can be reached.")
            )
        owners = set(known_customers(cleaned.get("phone", ""), cleaned.get("email", "")))
        if len(owners) > 1:
            self.add_error(
                "email",
                _("Phone and e-mail belong to two different customers. Use one of them, or merge the two."),
            )
        cleaned["order"] = self._order(cleaned.get("order_number", "").strip(), owners)
        return cleaned

    def _order(self, number: str, owners: set[Customer]) -> Order | None:
        if not number:
            return None
        order = Order.objects.filter(number__iexact=number).first()
        if order is None:
            self.add_error(
                "order_number", _("There is no order with this number. Check it, or leave it empty.")
            )
        elif owners and order.customer_id not in {owner.pk for owner in owners}:
            self.add_error("order_number", _("This order belongs to another customer."))
        return order

    @transaction.atomic
    def save(self) -> tuple[Ticket, list[str]]:
        """Make the ticket, and classify and take it when asked to; the reasons say what of that could not be done."""
        cleaned = self.cleaned_data
        category = self.rulebook.categories.get(int(cleaned["category"])) if cleaned["category"] else None
        ticket = create_ticket(
            customer=self._customer(), subject=cleaned["subject"], body=cleaned["body"], actor=self.user,
            channel=cleaned["channel"], language=cleaned["language"], category=category, email=cleaned["email"],
            attachments=new_attachments(cleaned["files"]), submission_key=cleaned["submission_key"] or None,
            product=cleaned["product"], order=cleaned["order"],
        )  # fmt: skip
        reasons: list[str] = []
        if category is not None and ticket.status == Status.RECEIVED:
            priority = cleaned["priority"] or category.default_priority
            ticket = self._try(reasons, ticket, "classify", category=category, priority=priority)
        if cleaned["take_it"] and ticket.assignee_id != self.user.pk:
            ticket = self._try(reasons, ticket, "assign", assignee=self.user)
        return ticket, reasons

    def _try(self, reasons: list[str], ticket: Ticket, step: str, **details: Any) -> Ticket:
        try:
            # A transaction of its own: what is refused now can be done later, and the request is not lost.
            with transaction.atomic():
                return take_step(ticket, step, actor=self.user, **details)
        except StepRefused as refusal:
            reasons += refusal.reasons
            return ticket

    def _customer(self) -> Customer:
        cleaned = self.cleaned_data
        given = [(kind, cleaned[kind]) for kind in ("phone", "email") if cleaned[kind]]
        owners = known_customers(cleaned["phone"], cleaned["email"])
        kind, value = given[0]
        customer = owners[0] if owners else find_or_create_customer(
            name=cleaned["name"], kind=kind, value=value, language=cleaned["language"]
        )  # fmt: skip
        have = set(customer.identities.values_list("kind", "value"))
        for kind, value in given:
            if (kind, value) not in have:
                add_identity(customer, kind, value)
        return customer


def known_customers(*values: str) -> list[Customer]:
    """The customers who have these addresses or numbers."""
    wanted = [value for value in values if value]
    if not wanted:
        return []
    found = Identity.objects.filter(kind__in=["phone", "email"], value__in=wanted)
    owners = [
        identity.customer.merged_into or identity.customer
        for identity in found.select_related("customer__merged_into", "customer__segment")
    ]
    return list(dict.fromkeys(owners))
