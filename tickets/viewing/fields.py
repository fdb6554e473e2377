"""What a view's conditions can look at, what each offers, and how it is asked in the database."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language_info, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from catalog.choices import Channel, Priority
from staff.models import User
from tickets.choices import Status
from tickets.desk.filters import category_choices
from tickets.desk.keys import read_key
from tickets.models import NEVER, Promise, Ticket
from tickets.querysets import DUE_SOON
from tickets.rulebook import Rulebook

Choices = list[tuple[str, str]]
CHOICE, DATE, TEXT = "choice", "date", "text"
PROMISE_STATES = {
    "late": _("overdue"),
    "soon": _("due within the hour"),
    "running": _("running in time"),
    "none": _("none running"),
    "broken": _("one was broken"),
}
REPLY_STATES = {"awaited": _("awaited by the customer"), "given": _("given")}


@dataclass(frozen=True)
class Asker:
    """Who looks, and when; conditions such as “me” and “in the last days” depend on it."""

    user: User
    rulebook: Rulebook
    now: datetime


@dataclass(frozen=True)
class Field:
    """Something that a condition can look at."""

    code: str
    label: Any
    kind: str
    # For a choice: what one can choose, in words; and the rows that have one of the values.
    offers: Callable[[Rulebook], Choices] = lambda _rulebook: []
    having: Callable[[list[str], Asker], Q] = lambda _values, _asker: Q()
    # For a date: the column.
    column: str = ""
    # Values that are keys of people, who are not in the rulebook.
    names_people: bool = False


def _words(choices: Iterable[tuple[Any, Any]]) -> Callable[[Rulebook], Choices]:
    return lambda _rulebook: [(str(code), str(label)) for code, label in choices]


def _named(part: str) -> Callable[[Rulebook], Choices]:
    return lambda rulebook: sorted(
        ((str(pk), row.label) for pk, row in getattr(rulebook, part).items()), key=lambda pair: pair[1]
    )


def _teams(rulebook: Rulebook) -> Choices:
    return [("mine", str(_("My teams"))), ("none", str(_("No team"))), *_named("teams")(rulebook)]


def _languages(_rulebook: Rulebook) -> Choices:
    return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


def _people(_rulebook: Rulebook) -> Choices:
    return [("me", str(pgettext_lazy("assignee", "Me"))), ("none", str(_("Nobody")))]


def _keys(values: list[str]) -> list[int]:
    return [key for value in values if (key := read_key(value))]


def _column(name: str) -> Callable[[list[str], Asker], Q]:
    return lambda values, _asker: Q(**{f"{name}__in": values})


def _or_none(name: str, values: list[str]) -> Q:
    found = Q(**{f"{name}__in": _keys(values)})
    return found | Q(**{f"{name}__isnull": True}) if "none" in values else found


def _of_team(values: list[str], asker: Asker) -> Q:
    found = _or_none("team", values)
    return found | Q(team__in=list(asker.user.team_ids)) if "mine" in values else found


def _of_assignee(values: list[str], asker: Asker) -> Q:
    return _or_none("assignee", [str(asker.user.pk) if value == "me" else value for value in values])


def _of_category(values: list[str], asker: Asker) -> Q:
    chosen = set(_keys(values))
    below = [c.pk for c in asker.rulebook.categories.values() if chosen.intersection(c.ancestor_ids)]
    return _or_none("category", [*map(str, below), *(["none"] if "none" in values else [])])


def _with_tag(values: list[str], _asker: Asker) -> Q:
    tagged = Ticket.tags.through.objects.filter(tag__in=_keys(values))
    return Q(pk__in=tagged.values("ticket"))


def _of_segment(values: list[str], _asker: Asker) -> Q:
    return Q(customer__segment__in=_keys(values))


def _with_promise(values: list[str], asker: Asker) -> Q:
    now = asker.now
    states = {
        "late": Q(due_at__lt=now),
        "soon": Q(due_at__gte=now, due_at__lt=now + DUE_SOON),
        "running": Q(due_at__gte=now, due_at__lt=NEVER),
        "none": Q(due_at=NEVER),
        "broken": Q(pk__in=Promise.objects.filter(broken_at__isnull=False).values("ticket")),
    }
    found = Q(pk__in=[])
    for value in values:
        found |= states[value]
    return found


def _with_reply(values: list[str], _asker: Asker) -> Q:
    return Q(awaits_reply__in=[value == "awaited" for value in values])


FIELDS: dict[str, Field] = {
    field.code: field
    for field in [
        Field("status", _("Status"), CHOICE, _words(Status.choices), _column("status")),
        Field("team", _("Team"), CHOICE, _teams, _of_team),
        Field("assignee", _("Assignee"), CHOICE, _people, _of_assignee, names_people=True),
        Field(
            "category", _("Category"), CHOICE,
            lambda rulebook: [("none", str(_("Not classified"))), *category_choices(rulebook, with_unused=True)],
            _of_category,
        ),
        Field("priority", _("Priority"), CHOICE, _words(Priority.choices), _column("priority")),
        Field("tag", _("Tag"), CHOICE, _named("tags"), _with_tag),
        Field("segment", _("Customer segment"), CHOICE, _named("segments"), _of_segment),
        Field("channel", _("Channel"), CHOICE, _words(Channel.choices), _column("channel")),
        Field("language", _("Language"), CHOICE, _languages, _column("language")),
        Field("promise", _("Promise"), CHOICE, _words(PROMISE_STATES.items()), _with_promise),
        Field("reply", _("Reply"), CHOICE, _words(REPLY_STATES.items()), _with_reply),
        Field("created", _("Received on"), DATE, column="created_at"),
        Field("last_message", _("Last message"), DATE, column="last_message_at"),
        Field("changed", _("Last change"), DATE, column="updated_at"),
        Field("due", _("Next due"), DATE, column="due_at"),
        Field("resolved", _("Resolved on"), DATE, column="resolved_at"),
        Field("text", _("Words"), TEXT),
    ]
}  # fmt: skip

# The orders in which a view can stand; each ends with the id, so that a key names one row.
ORDERS: dict[str, tuple[Any, tuple[str, str]]] = {
    "due": (_("Next due first"), ("due_at", "id")),
    "-last_message": (_("Newest message first"), ("-last_message_at", "-id")),
    "last_message": (_("Oldest message first"), ("last_message_at", "id")),
    "-created": (_("Newest ticket first"), ("-created_at", "-id")),
    "created": (_("Oldest ticket first"), ("created_at", "id")),
    "-changed": (_("Last changed first"), ("-updated_at", "-id")),
}
COLUMNS: dict[str, Any] = {
    "status": _("Status"),
    "category": _("Category"),
    "priority": _("Priority"),
    "team": _("Team"),
    "assignee": _("Assignee"),
    "segment": _("Customer segment"),
    "channel": _("Channel"),
    "language": _("Language"),
    "tags": _("Tags"),
    "created": _("Received on"),
    "last_message": _("Last message"),
    "changed": _("Last change"),
    "due": _("Next due"),
}
DEFAULT_ORDER = "due"
