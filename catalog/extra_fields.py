"""The extra fields of a category as forms, API and desk use them: which ones, how to ask, what to keep.

The values are kept as JSON by the fields' keys: texts, numbers, dates as ISO text, choices by their code. A file
is an attachment under the field's key and never among the values.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from catalog.models import Category, CategoryField
from common.localized import localized

LONGEST_TEXT = 500


def fields_by_category(categories: Iterable[Category], audience: str) -> dict[int, list[CategoryField]]:
    """The extra fields of each category by its id, in one query; see `fields_for`."""
    lines = {category.pk: category.ancestor_ids for category in categories}
    wanted = CategoryField.objects.filter(category__in={pk for line in lines.values() for pk in line})
    if audience != CategoryField.Audience.AGENT:
        wanted = wanted.filter(audience=audience)
    by_owner: dict[int, list[CategoryField]] = {}
    for field in wanted:
        by_owner.setdefault(field.category_id, []).append(field)
    found = {}
    for pk, line in lines.items():
        by_key: dict[str, CategoryField] = {}
        for owner in reversed(line):
            by_key.update({field.key: field for field in by_owner.get(owner, ())})
        found[pk] = list(by_key.values())
    return found


def fields_for(category: Category, audience: str) -> list[CategoryField]:
    """A category's own and inherited fields, those of the top of the tree first; the nearest one of a key counts.

    The audience "customer" sees what customers are asked, "agent" sees all.
    """
    return fields_by_category([category], audience)[category.pk]


def form_field(field: CategoryField, language: str | None = None) -> forms.Field:
    """The form field that asks for an extra field, labelled in the language (the active one by default)."""
    manner: dict[str, Any] = {"label": localized(field, "name", language), "required": field.is_required}
    kinds = CategoryField.Kind
    if field.kind == kinds.NUMBER:
        return forms.DecimalField(max_digits=15, decimal_places=4, **manner)
    if field.kind == kinds.DATE:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **manner)
    if field.kind == kinds.CHOICE:
        return forms.ChoiceField(choices=[("", _("Please choose")), *field.choice_pairs(language)], **manner)
    if field.kind == kinds.FILE:
        return forms.FileField(**manner)
    return forms.CharField(max_length=LONGEST_TEXT, **manner)


def clean_values(
    fields: Iterable[CategoryField], raw: Mapping[str, Any], *, refuse_unknown: bool = False
) -> dict[str, Any]:
    """The values to keep, by key; raise ValidationError with the reasons by key.

    `raw` may hold uploads under the keys of file fields: they are checked for presence and left out of the result.
    Keys of no field are left out too, or refused.
    """
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    fields = list(fields)
    for field in fields:
        try:
            value = _clean(field, raw.get(field.key))
        except ValidationError as error:
            errors[field.key] = list(error.messages)
            continue
        if field.kind != CategoryField.Kind.FILE and value not in (None, ""):
            values[field.key] = value
    if refuse_unknown:
        for key in sorted(set(raw) - {field.key for field in fields}):
            errors[key] = [_("This category has no such field.")]
    if errors:
        raise ValidationError({key: list(reasons) for key, reasons in errors.items()})
    return values


def display_values(
    fields: Iterable[CategoryField], values: Mapping[str, Any], language: str | None = None
) -> list[tuple[str, str]]:
    """What was answered, as (label, text) in the language; an answer whose field is gone keeps its key as label."""
    left = dict(values)
    shown = []
    for field in fields:
        if field.key in left:
            text = _display(field, left.pop(field.key), language)
            shown.append((localized(field, "name", language), text))
    return shown + [(key, str(value)) for key, value in left.items()]


def _clean(field: CategoryField, value: Any) -> Any:
    if isinstance(value, bool | dict | list | tuple):
        raise ValidationError(_("Give one value, as text or number."))
    if field.kind == CategoryField.Kind.FILE:
        if field.is_required and not value:
            raise ValidationError(_("Please attach a file."))
        return None
    cleaned = form_field(field).clean(value)
    if isinstance(cleaned, Decimal):
        return int(cleaned) if cleaned == cleaned.to_integral_value() else float(cleaned)
    if isinstance(cleaned, date):
        return cleaned.isoformat()
    return cleaned


def _display(field: CategoryField, value: Any, language: str | None) -> str:
    if field.kind == CategoryField.Kind.CHOICE:
        return dict(field.choice_pairs(language)).get(value, str(value))
    if field.kind == CategoryField.Kind.DATE and (day := parse_date(str(value))):
        return formats.date_format(day)
    return str(value)
