"""What customers fill in."""

import re
import secrets
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from catalog.extra_fields import clean_values, form_field
from catalog.models import Category, CategoryField
from channels.web.fields import LongTextField, PhoneField, UploadField, UploadsField
from common.uploads import CheckedUpload

PREFIX = "field-"
# An extra field of this key already asks for what the form itself would ask for.
ORDER_NUMBER = "order-number"
_KEY = re.compile(r"[\w-]{16,56}")


def new_key() -> str:
    """A fresh key by which a form that is sent twice counts once."""
    return secrets.token_urlsafe(16)


class KeyField(forms.CharField):
    """The hidden key of a form; one that is none of ours is replaced."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> str:
        return f"web-{value if isinstance(value, str) and _KEY.fullmatch(value) else new_key()}"


class AskForm(forms.Form):
    """A new question: what every ticket needs, and the extra fields of its category."""

    category = forms.ChoiceField(label=_("What is it about exactly?"), widget=forms.RadioSelect)
    subject = forms.CharField(
        label=_("In one line"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    text = LongTextField(
        label=_("What happened?"),
        help_text=_("The more we know, the sooner we can help: what you did, what you saw, since when."),
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    attachments = UploadsField(label=_("Photos or files"), required=False)
    order_number = forms.CharField(
        label=_("Order number"), max_length=60, required=False, help_text=_("If you have it at hand.")
    )
    name = forms.CharField(
        label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("We send the answer there."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = PhoneField(
        label=_("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
    )
    # People see neither; programs that fill in everything give themselves away.
    website = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    time_zone = forms.CharField(
        required=False, max_length=60, widget=forms.HiddenInput(attrs={"data-time-zone": True})
    )
    submission_key = KeyField()

    def __init__(
        self,
        *args: Any,
        category: Category | None,
        choices: list[Category],
        extra: list[CategoryField],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.chosen, self.choices, self.extra = category, choices, extra
        field: Any = self.fields["category"]
        field.choices = _labelled(category, choices)
        field.error_messages["required"] = field.error_messages["invalid_choice"] = _(
            "Choose what it is about."
        )
        self.initial.setdefault("category", category.code if category else "")
        self.initial.setdefault("submission_key", new_key())
        for asked in extra:
            self.fields[PREFIX + asked.key] = _extra_form_field(asked)
        if any(asked.kind == CategoryField.Kind.FILE for asked in extra):
            self.fields["attachments"].label = _("Other photos or files")
        if any(asked.key == ORDER_NUMBER for asked in extra):
            del self.fields["order_number"]

    def clean_website(self) -> str:
        """Programs fill it in; who did so by mistake can empty it."""
        if self.cleaned_data["website"]:
            raise ValidationError(_("Empty this field and send the form again."))
        return ""

    def clean(self) -> dict[str, Any]:
        """One way to reach the customer at least; the extra fields as they are kept."""
        cleaned = super().clean() or self.cleaned_data
        if not (
            cleaned.get("email") or cleaned.get("phone") or self.has_error("email") or self.has_error("phone")
        ):
            self.add_error("email", _("Give an e-mail address or a phone number, so that we can answer."))
        cleaned["field_values"] = self._extra_values()
        return cleaned

    def _extra_values(self) -> dict[str, Any]:
        if any(self.has_error(PREFIX + extra.key) for extra in self.extra):
            return {}
        asked = [extra for extra in self.extra if extra.kind != CategoryField.Kind.FILE]
        try:
            return clean_values(asked, {extra.key: self[PREFIX + extra.key].data for extra in asked})
        except ValidationError as error:
            for key, reasons in error.message_dict.items():
                self.add_error(PREFIX + key, reasons)
            return {}

    @property
    def extra_bound_fields(self) -> list[forms.BoundField]:
        """The category's extra fields, for the page."""
        return [self[PREFIX + extra.key] for extra in self.extra]

    @property
    def uploads(self) -> list[tuple[str, CheckedUpload]]:
        """The checked files, each with the key of the extra field it was given for, or none."""
        given = [
            (extra.key, self.cleaned_data[PREFIX + extra.key])
            for extra in self.extra
            if extra.kind == CategoryField.Kind.FILE and self.cleaned_data.get(PREFIX + extra.key)
        ]
        return [*given, *(("", upload) for upload in self.cleaned_data["attachments"])]

    @property
    def chosen_file_names(self) -> list[str]:
        """The names of files that came with a form that must be filled in again: browsers forget them."""
        return [file.name or "" for name in self.files for file in self.files.getlist(name)]


def _labelled(category: Category | None, choices: list[Category]) -> list[tuple[str, Any]]:
    """The branch below a category, which itself stands last for all that is not named; else the roots."""
    if category is None:
        return [(choice.code, choice.label) for choice in choices]
    root, *below = choices
    return [*((choice.code, choice.label) for choice in below), (root.code, _("Something else"))]


def _extra_form_field(extra: CategoryField) -> forms.Field:
    field = form_field(extra)
    if extra.kind == CategoryField.Kind.FILE:
        # Kept when another category of the branch brings the same field.
        widget = forms.FileInput(attrs={"hx-preserve": "true"})
        return UploadField(label=field.label, required=field.required, widget=widget)
    return field


class ReplyForm(forms.Form):
    """The customer writes on."""

    text = LongTextField(label=_("Your message"), required=False, widget=forms.Textarea(attrs={"rows": 5}))
    attachments = UploadsField(label=_("Photos or files"), required=False)
    submission_key = KeyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("submission_key", new_key())

    def clean(self) -> dict[str, Any]:
        """Something must be said; a photo alone says something too."""
        cleaned = super().clean() or self.cleaned_data
        if not (cleaned.get("text") or cleaned.get("attachments") or self.errors):
            self.add_error("text", _("Write something, or attach a file."))
        return cleaned


class ReopenForm(forms.Form):
    """Why it is not solved; may be left empty."""

    reason = LongTextField(
        label=_("What is still wrong?"),
        required=False,
        help_text=_("You may leave this empty."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    submission_key = KeyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("submission_key", new_key())
