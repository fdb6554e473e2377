"""Macros as the desk offers them on a ticket."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staff.models import User
from tickets.action_words import action_lines
from tickets.desk.forms import LONGEST_MESSAGE, VersionedForm
from tickets.models import Macro, Ticket
from tickets.services import fill, macros_for
from tickets.services.macros import obstacle


class MacroForm(VersionedForm):
    """A macro that is looked at before it is used; its reply may be changed."""

    body = forms.CharField(
        label=gettext_lazy("Reply"), required=False, max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 8, "autofocus": True, "class": "form-control"}),
    )  # fmt: skip


def macro_in_words(macro: Macro, ticket: Ticket, user: User) -> dict[str, Any]:
    """One macro with its reply filled in for the ticket, what else it does, and why not now."""
    takes = [_("Assign to me")] if macro.takes_ticket else []
    return {
        "pk": macro.pk,
        "label": macro.label,
        "text": fill(macro, ticket, user),
        "lines": [*action_lines(macro), *takes],
        "obstacle": obstacle(macro, ticket),
        "use_count": getattr(macro, "use_count", 0),
    }


def offered_macros(ticket: Ticket, user: User) -> list[dict[str, Any]]:
    """The macros for the ticket in words, first those that can be used now; four queries at any number."""
    rows = [macro_in_words(macro, ticket, user) for macro in macros_for(user, ticket)]
    return sorted(rows, key=lambda row: bool(row["obstacle"]))
