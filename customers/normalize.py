"""One form for each address, so that a customer is found again however he writes it."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email


def normalize_identity(kind: str, value: str) -> str:
    """Return the form in which the address is kept; raise ValueError when it cannot be one."""
    value = value.strip()
    if kind == "email":
        value = value.lower()
        try:
            validate_email(value)
        except ValidationError as error:
            raise ValueError(value) from error
        return value
    if kind == "phone":
        digits = re.sub(r"[\s\-().（）]", "", value)
        if not re.fullmatch(r"\+?\d{5,18}", digits):
            raise ValueError(value)
        # A mainland mobile number is the same with and without its country code.
        return re.sub(r"^(?:\+86|0086)(?=1\d{10}$)", "", digits)
    if not value:
        raise ValueError(value)
    return value
