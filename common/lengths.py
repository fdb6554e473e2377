"""A text field's longest text, which Django asks of forms but not of rows."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import Model


def check_length(row: Model, name: str) -> None:
    """Raise ValidationError when the row's text is longer than its field says."""
    longest = getattr(row._meta.get_field(name), "max_length", None)
    if longest is None:
        return
    try:
        MaxLengthValidator(longest)(getattr(row, name))
    except ValidationError as error:
        raise ValidationError({name: error}) from error
