"""The words of every mail that the desk writes by itself: what is delivered, and how a manager's own are filled in.

The delivered words are templates in `templates/tickets/mail/`, translated, their first line the subject. They are
read with each placeholder standing for itself, so that they look like what a manager writes, and are filled the same
way.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

PLACE = re.compile(r"\{(\w+)\}")
# What a line that is left out leaves behind.
_GAPS = re.compile(r"\n{3,}")
SENDER_LENGTH, SUBJECT_LENGTH = 120, 200


class Mail(models.TextChoices):
    """The automatic mails."""

    ACKNOWLEDGEMENT = "acknowledgement", _("Acknowledgement")
    RESOLVED = "resolved", _("Resolved")
    SURVEY = "survey", _("Survey invitation")
    SURVEY_REMINDER = "survey_reminder", _("Survey reminder")
    ESCALATION = "escalation", _("Warning of a promise, to colleagues")
    LOW_SCORE = "low_score", _("Low score, to leads")


_TO_CUSTOMERS = ("customer", "number", "subject", "link", "team", "site")
# What each may speak of, and what each must not leave out.
PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    Mail.ACKNOWLEDGEMENT: (*_TO_CUSTOMERS, "due", "time_zone"),
    Mail.RESOLVED: _TO_CUSTOMERS,
    Mail.SURVEY: (*_TO_CUSTOMERS, "expires"),
    Mail.SURVEY_REMINDER: (*_TO_CUSTOMERS, "expires"),
    Mail.ESCALATION: ("warning", "number", "subject", "promise", "due", "holder", "told", "team", "site"),
    Mail.LOW_SCORE: (*_TO_CUSTOMERS, "score", "comment"),
}
NEEDED: dict[str, tuple[str, ...]] = {
    Mail.RESOLVED: ("link",),
    Mail.SURVEY: ("link",),
    Mail.SURVEY_REMINDER: ("link",),
}
# Those that a line of the subject or the sender may name: a link in them leads nowhere.
ONE_LINE_WITHOUT = frozenset({"link", "comment", "told"})


@dataclass(frozen=True)
class Words:
    """A mail's subject (empty: the ticket's), text, and the name it comes under (empty: the desk's)."""

    subject: str
    body: str
    sender: str = ""


@cache
def delivered_words(mail: str, language: str) -> Words:
    """The words that the product brings along, with their placeholders."""
    with translation.override(language):
        text = render_to_string(
            f"tickets/mail/{mail}.txt", {name: f"{{{name}}}" for name in PLACEHOLDERS[mail]}
        )
    subject, _newline, body = text.partition("\n")
    return Words(subject.strip(), body.strip())


def filled(words: Words, values: Mapping[str, Any]) -> Words:
    """The words with their placeholders filled; a line that speaks of something there is not is left out."""
    known = {name: _harmless(name, value) for name, value in values.items()}
    lines = [line for line in words.body.splitlines() if _has_all(line, known)]
    body = _GAPS.sub("\n\n", "\n".join(lines)) if len(lines) < len(words.body.splitlines()) else words.body
    return Words(
        _on_one_line(_fill(words.subject, known), SUBJECT_LENGTH),
        _fill(body, known).strip(),
        _on_one_line(_fill(words.sender, known), SENDER_LENGTH),
    )


def unknown_places(text: str, allowed: tuple[str, ...]) -> list[str]:
    """The placeholders of a text that are not among those allowed, each once."""
    return [name for name in dict.fromkeys(PLACE.findall(text)) if name not in allowed]


def _harmless(name: str, value: Any) -> str:
    # What looks like the place of a link in a customer's words is not one.
    return str(value) if name == "link" else str(value).replace("{{", "{ {")


def _on_one_line(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest]


def _has_all(line: str, values: Mapping[str, str]) -> bool:
    return all(values.get(name, "-").strip() for name in PLACE.findall(line))


def _fill(text: str, values: Mapping[str, str]) -> str:
    return PLACE.sub(lambda found: values.get(found[1], found[0]), text)


__all__ = ["NEEDED", "PLACEHOLDERS", "Mail", "Words", "delivered_words", "filled", "unknown_places"]
