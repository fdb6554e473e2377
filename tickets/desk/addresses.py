"""Addresses that agents type: several in one line, with names or without."""

import re
from email.utils import parseaddr
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from tickets.recipients import MOST_COPIES

# Between addresses; Chinese keyboards have marks of their own. Not between a name and its <address>.
_BETWEEN = re.compile(r"[,;，；、\n]+|(?<=[>\w])\s+(?=[^\s<@]+@)")
# A name with marks in it.
_QUOTED = re.compile(r'"[^"]*"')
LONGEST = 2000


class AddressesField(forms.CharField):
    """E-mail addresses with commas or blanks between them; the cleaned value is a list without repetitions."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST, required=False, **kwargs)

    def clean(self, value: Any) -> list[str]:
        """The addresses in the order they were typed; refuses what is none, and too many."""
        text = super().clean(value)
        found: dict[str, str] = {}
        for part in filter(None, (one.strip() for one in _BETWEEN.split(_QUOTED.sub("", text)))):
            address = parseaddr(part)[1] or part
            try:
                validate_email(address)
            except ValidationError as error:
                raise ValidationError(
                    _("“%(address)s” is no e-mail address. Write it like name@example.com."),
                    params={"address": part},
                ) from error
            found.setdefault(address.lower(), address)
        if len(found) > MOST_COPIES:
            raise ValidationError(
                _("A reply goes to %(most)d further people at the most."), params={"most": MOST_COPIES}
            )
        return list(found.values())
