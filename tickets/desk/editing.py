"""Forms for what is known about a ticket: its subject, its facts with the category's extra fields, its tags."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from catalog.choices import Priority
from catalog.extra_fields import clean_values, form_field
from catalog.models import CategoryField, Product, Tag
from staff.models import User
from tickets.desk.forms import OneFileField, VersionedForm
from tickets.desk.page import fields_of, files_of_fields
from tickets.models import Ticket
from tickets.rulebook import Rulebook
from tickets.services import change_ticket, new_attachments, set_field, set_tags

EXTRA = "extra-"
# A part of the page that is one extra field: this and its key.
FIELD = "field-"


class EditForm(VersionedForm):
    """A part of a ticket that is changed in place."""

    def __init__(self, *args: Any, ticket: Ticket, rulebook: Rulebook, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ticket, self.rulebook, self.user = ticket, rulebook, user
        self.prepare()

    def prepare(self) -> None:
        """Fill in what is known and what there is to choose from."""

    def save(self, user: User) -> Ticket:
        """Write it; raise StaleTicket."""
        raise NotImplementedError


class SubjectForm(EditForm):
    subject = forms.CharField(label=_("Subject"), max_length=200)

    def prepare(self) -> None:
        self.initial.setdefault("subject", self.ticket.subject)

    def save(self, user: User) -> Ticket:
        return change_ticket(
            self.ticket, actor=user, expected_version=self.cleaned_data["version"],
            subject=self.cleaned_data["subject"],
        )  # fmt: skip


class FactsForm(EditForm):
    """Priority, language, product, order, and the extra fields of the category."""

    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices)
    language = forms.ChoiceField(
        label=_("Customer’s language"),
        choices=[(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES],
    )
    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.none(), required=False)
    order = forms.ModelChoiceField(label=_("Order"), queryset=Product.objects.none(), required=False)
    is_major = forms.BooleanField(
        label=_("Major event"),
        required=False,
        help_text=_("Goes to the premium team and its people on call, and jumps the queue."),
    )

    def prepare(self) -> None:
        ticket = self.ticket
        if not self.user.has_perm("tickets.lead_tickets"):
            del self.fields["is_major"]
        if not ticket.priority:
            # A ticket gets its first priority when it is classified.
            self.fields["priority"].required = False
            self.fields["priority"].choices = [("", "---------"), *Priority.choices]  # type: ignore[attr-defined]
        own_product = Product.objects.filter(pk=ticket.product_id or 0)
        self.fields["product"].queryset = Product.objects.filter(is_active=True) | own_product  # type: ignore[attr-defined]
        self.fields["order"].queryset = ticket.customer.orders.all()  # type: ignore[attr-defined]
        fields = fields_of(ticket, self.rulebook)
        self.extra = [field for field in fields if is_written(field)]
        self.file_fields = [field for field in fields if not is_written(field)]
        for field in self.extra:
            made = form_field(field)
            # What is missing holds up the steps that need it, not the saving of what is known.
            made.required = False
            self.fields[EXTRA + field.key] = made
            self.initial.setdefault(EXTRA + field.key, ticket.field_values.get(field.key))
        known = files_of_fields(ticket.attachments.exclude(field_key="")) if self.file_fields else {}
        for field in self.file_fields:
            file = known.get(field.key)
            self.fields[EXTRA + field.key] = OneFileField(
                label=field.label, required=False,
                help_text=_("Now “%(name)s”; another file takes its place.") % {"name": file.name} if file else "",
            )  # fmt: skip
        for name in ("priority", "language", "product", "order", "is_major"):
            value = getattr(ticket, name)
            self.initial.setdefault(name, getattr(value, "pk", value))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        answered = [field for field in self.extra if self.data.get(EXTRA + field.key)]
        try:
            values = clean_values(
                answered, {field.key: self.data.get(EXTRA + field.key) for field in answered}
            )
        except ValidationError as error:
            for key, reasons in error.message_dict.items():
                if EXTRA + key not in self.errors:
                    self.add_error(EXTRA + key, reasons)
            return cleaned
        known = {field.key for field in self.extra}
        # Answers to fields that the category has no more stay readable.
        kept = {key: value for key, value in self.ticket.field_values.items() if key not in known}
        cleaned["field_values"] = kept | values
        return cleaned

    def save(self, user: User) -> Ticket:
        names = ("priority", "language", "product", "order", "field_values", "is_major")
        changes = {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}
        uploads = {field.key: self.cleaned_data[EXTRA + field.key] for field in self.file_fields}
        files = [row for key, one in uploads.items() if one for row in new_attachments([one], field_key=key)]
        return change_ticket(
            self.ticket, actor=user, expected_version=self.cleaned_data["version"], files=files, **changes
        )


class FieldForm(EditForm):
    """One extra field of the category, changed where it stands."""

    def __init__(self, *args: Any, key: str, **kwargs: Any) -> None:
        self.key = key
        super().__init__(*args, **kwargs)

    def prepare(self) -> None:
        written = [field for field in fields_of(self.ticket, self.rulebook) if is_written(field)]
        self.field = next((field for field in written if field.key == self.key), None)
        if self.field is not None:
            made = form_field(self.field)
            # What is missing holds up the steps that need it, not the saving of what is known.
            made.required = False
            made.widget.attrs["autofocus"] = True
            self.fields[EXTRA + self.key] = made
            self.initial.setdefault(EXTRA + self.key, self.ticket.field_values.get(self.key))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        raw = self.data.get(EXTRA + self.key)
        if raw and self.field is not None and EXTRA + self.key not in self.errors:
            try:
                cleaned["value"] = clean_values([self.field], {self.key: raw}).get(self.key)
            except ValidationError as error:
                self.add_error(EXTRA + self.key, error.message_dict[self.key])
        return cleaned

    def save(self, user: User) -> Ticket:
        cleaned = self.cleaned_data
        return set_field(
            self.ticket, self.key, cleaned.get("value"), actor=user, expected_version=cleaned["version"]
        )


def is_written(field: CategoryField) -> bool:
    """Whether its answer is a text or a number, and no file."""
    return field.kind != CategoryField.Kind.FILE


def edit_form(part: str, *args: Any, **about: Any) -> EditForm | None:
    """The form for a part of a ticket; None for a part that it does not have."""
    if not part.startswith(FIELD):
        return PARTS[part](*args, **about) if part in PARTS else None
    form = FieldForm(*args, key=part.removeprefix(FIELD), **about)
    return form if form.field is not None else None


class TagsForm(EditForm):
    tags = forms.ModelMultipleChoiceField(
        label=_("Tags"),
        queryset=Tag.objects.filter(is_active=True),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def prepare(self) -> None:
        self.initial.setdefault("tags", [tag.pk for tag in self.ticket.tags.all()])

    def save(self, user: User) -> Ticket:
        tags: Iterable[Tag] = self.cleaned_data["tags"]
        return set_tags(self.ticket, tags, actor=user, expected_version=self.cleaned_data["version"])


PARTS: dict[str, type[EditForm]] = {"subject": SubjectForm, "facts": FactsForm, "tags": TagsForm}
