"""Narrowing a queue: what the address asks for, and what there is to choose from."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import get_language_info, pgettext
from django.utils.translation import gettext as _

from catalog.choices import Channel, Priority
from catalog.models import Category, Tag
from staff.models import User
from tickets.choices import Delivery, Status
from tickets.desk.keys import read_key
from tickets.querysets import TicketQuerySet
from tickets.rulebook import Rulebook
from tickets.services import failed_messages

NAMES = ("status", "category", "priority", "team", "assignee", "channel", "tag", "language", "delivery")
LONGEST_SEARCH = 200
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; what makes no sense is left out."""

    values: dict[str, str]
    search: str = ""

    @classmethod
    def read(cls, asked: QueryDict) -> "Filters":
        """Read them from an address."""
        values = {name: str(asked[name])[:60] for name in NAMES if asked.get(name)}
        return cls(
            {name: value for name, value in values.items() if _is_possible(name, value)},
            asked.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
        )

    def query(self, **more: Any) -> str:
        """The address's query with these filters and more, with its question mark; empty for none."""
        pairs = {**self.values, **({"q": self.search} if self.search else {}), **more}
        return f"?{urlencode(pairs)}" if pairs else ""

    def narrow(self, tickets: TicketQuerySet, user: User, rulebook: Rulebook) -> TicketQuerySet:
        """Those of the tickets that fit."""
        for name, value in self.values.items():
            tickets = tickets.filter(**_condition(name, value, user, rulebook))
        return tickets


def _is_possible(name: str, value: str) -> bool:
    known = {
        "status": Status.values,
        "priority": Priority.values,
        "channel": Channel.values,
        "language": [code for code, _name in settings.LANGUAGES],
        "delivery": [Delivery.FAILED.value],
    }
    if name in known:
        return value in known[name]
    if name == "tag":
        return True
    words = {"team": ("none",), "assignee": ("me", "none")}.get(name, ())
    return value in words or read_key(value) > 0


def _condition(name: str, value: str, user: User, rulebook: Rulebook) -> dict[str, Any]:
    if name == "category":
        return {"category__in": [c.pk for c in rulebook.categories.values() if int(value) in c.ancestor_ids]}
    if name == "tag":
        return {"tags__code": value}
    if name == "delivery":
        return {"pk__in": failed_messages().order_by().values("ticket")}
    if value == "none":
        return {f"{name}__isnull": True}
    return {name: user.pk if value == "me" else value}


@dataclass(frozen=True)
class Choice:
    """One filter with what it offers."""

    name: str
    label: str
    value: str
    options: Choices


def filter_choices(filters: Filters, rulebook: Rulebook) -> list[Choice]:
    """Every filter with its options; two queries."""
    people = User.objects.filter(is_active=True, memberships__isnull=False).distinct()
    names = [(str(user.pk), str(user)) for user in people.only("display_name", "email")]
    tags = [(tag.code, tag.label) for tag in Tag.objects.filter(is_active=True)]
    teams = sorted((team.label, str(pk)) for pk, team in rulebook.teams.items())
    languages = [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]
    offered = [
        ("status", _("Status"), _words(Status.choices)),
        ("priority", _("Priority"), _words(Priority.choices)),
        ("category", _("Category"), category_choices(rulebook)),
        ("team", _("Team"), [("none", _("No team")), *((pk, name) for name, pk in teams)]),
        ("assignee", _("Assignee"), [("me", pgettext("assignee", "Me")), ("none", _("Nobody")), *names]),
        ("channel", _("Channel"), _words(Channel.choices)),
        ("tag", _("Tag"), tags),
        ("language", _("Language"), languages),
        ("delivery", _("Delivery"), [(Delivery.FAILED.value, str(Delivery.FAILED.label))]),
    ]
    return [
        Choice(name, label, filters.values.get(name, ""), options)
        for name, label, options in offered
        if options
    ]


def category_choices(rulebook: Rulebook, *, with_unused: bool = False) -> Choices:
    """The category tree as a flat list, children indented under their parents."""
    by_parent: dict[int | None, list[Category]] = {}
    for category in rulebook.categories.values():
        if category.is_active or with_unused:
            by_parent.setdefault(category.parent_id, []).append(category)

    def branch(parent: int | None, depth: int) -> Choices:
        found: Choices = []
        for category in sorted(by_parent.get(parent, []), key=lambda row: (row.position, row.pk)):
            found.append((str(category.pk), "\u3000" * depth + category.label))
            found += branch(category.pk, depth + 1)
        return found

    return branch(None, 0)


def _words(choices: Any) -> Choices:
    return [(code, str(label)) for code, label in choices]
