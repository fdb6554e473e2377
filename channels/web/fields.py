"""Form fields that customers meet: files, long texts, phone numbers."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.uploads import MOST_FILES, CheckedUpload, check_upload
from customers.normalize import normalize_identity

LONGEST_TEXT = 50_000


class UploadField(forms.FileField):
    """One file, checked; the cleaned value is a CheckedUpload or None."""

    def clean(self, data: Any, initial: Any = None) -> CheckedUpload | None:
        file = None if data and not data.size else super().clean(data, initial)
        # An empty file gets our own sentence, with its name.
        return check_upload(file or data) if file or data else None


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile]:
        return files.getlist(name) if hasattr(files, "getlist") else [files[name]] if name in files else []


class UploadsField(forms.Field):
    """Any number of files, each checked; the cleaned value is a list of CheckedUpload."""

    widget = ManyFilesInput

    def clean(self, value: Sequence[UploadedFile] | None) -> list[CheckedUpload]:
        files = list(value or [])
        if len(files) > MOST_FILES:
            raise ValidationError(
                ngettext(
                    "You chose %(count)d files. Up to %(most)d can be sent at once: send the rest in a second message.",
                    "You chose %(count)d files. Up to %(most)d can be sent at once: send the rest in a second message.",
                    len(files),
                )
                % {"count": len(files), "most": MOST_FILES}
            )
        checked, errors = [], []
        for file in files:
            try:
                checked.append(check_upload(file))
            except ValidationError as error:
                errors.append(error)
        if errors:
            raise ValidationError(errors)
        return checked


class LongTextField(forms.CharField):
    """A text of up to 50,000 characters; a longer one is refused and stays in the form."""

    widget = forms.Textarea

    def validate(self, value: str) -> None:
        super().validate(value)
        # No maxlength on the widget: a browser would cut a pasted text without a word.
        if len(value) > LONGEST_TEXT:
            raise ValidationError(
                _(
                    "Your text has %(length)s characters; up to %(most)s are possible. "
                    "Shorten it, or attach it as a file."
                )
                % {"length": f"{len(value):,}", "most": f"{LONGEST_TEXT:,}"}
            )


class PhoneField(forms.CharField):
    """A phone number as it is kept."""

    def clean(self, value: Any) -> str:
        value = super().clean(value)
        if not value:
            return ""
        try:
            return normalize_identity("phone", value)
        except ValueError as error:
            raise ValidationError(
                _("This is not a phone number. Write digits only, with the country code if it is not local.")
            ) from error
