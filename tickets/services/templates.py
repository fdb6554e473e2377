"""Reply templates, filled in for one ticket."""

import re
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import pgettext_lazy

from common.localized import localized
from tickets.models import Ticket
from tickets.models.actions import Texts

_PLACE = re.compile(r"\{(\w+)\}")
# What an agent finds where the ticket has no value, in brackets that nobody writes by himself.
_MARK = "［%s］"
# What a ticket may have or not; the customer's name and the subject nearly always are there.
PERSONAL = ("product", "order")
_EMPTY = {
    "customer": pgettext_lazy("to be filled in by the agent", "customer’s name"),
    "subject": pgettext_lazy("to be filled in by the agent", "subject"),
    "product": pgettext_lazy("to be filled in by the agent", "product"),
    "order": pgettext_lazy("to be filled in by the agent", "order number"),
}


def fill(template: Texts, ticket: Ticket, agent: Any) -> str:
    """The template's text in the customer's language with its placeholders filled; unknown ones stay as written.

    One without a value leaves a mark such as ［order number］, which `open_marks` finds. Empty when the template has
    no text at all. Fetch `texts` with the templates.
    """
    text = template.text_for(ticket.language)
    return "" if text is None else fill_text(text.body, ticket, agent, language=text.language)


def fill_text(body: str, ticket: Ticket, agent: Any, *, language: str) -> str:
    """A text that was written in this language with its placeholders filled, as `fill` does it."""
    words = {
        "customer": ticket.customer.name,
        "number": ticket.number,
        "subject": ticket.subject,
        "agent": str(agent),
        "product": localized(ticket.product, "name", ticket.language) if ticket.product else "",
        "order": ticket.order.number if ticket.order else "",
    }
    words |= {name: mark for name, mark in _marks(language).items() if not words[name].strip()}
    return _PLACE.sub(lambda found: words.get(found[1], found[0]), body)


def open_marks(body: str) -> list[str]:
    """The marks that a text still has where a template found no value, in whatever language, each once."""
    if _MARK[0] not in body:
        return []
    marks = {mark for code, _name in settings.LANGUAGES for mark in _marks(code).values()}
    return sorted(marks & set(re.findall(r"［[^［］]*］", body)), key=body.index)


def _marks(language: str) -> dict[str, str]:
    with translation.override(language):
        return {name: _MARK % label for name, label in _EMPTY.items()}
