"""Conditions put to the database, and said in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from common.wording import listed
from staff.models import User
from tickets.desk.search import find
from tickets.models import SavedView
from tickets.querysets import TicketQuerySet
from tickets.rulebook import Rulebook
from tickets.viewing.conditions import (
    CHOICE_OPS,
    DATE_SENTENCES,
    FROM,
    LAST,
    NOT,
    OLDER,
    RELATIVE,
    UNITS,
    Condition,
    day_of,
    people_in,
    read_conditions,
)
from tickets.viewing.fields import CHOICE, DATE, Asker


@dataclass(frozen=True)
class Asked:
    """A view's conditions as they can be asked now, and what is wrong with the others, in words."""

    conditions: list[Condition]
    problems: list[str] = field(default_factory=list)
    people: dict[int, str] = field(default_factory=dict)


def names_of(views: Iterable[SavedView]) -> dict[int, str]:
    """The names of the people whom views name; a query only if some do."""
    wanted: set[int] = set()
    for view in views:
        wanted |= people_in(read_conditions(view.conditions))
    if not wanted:
        return {}
    found = User.objects.filter(pk__in=wanted).only("display_name", "email")
    return {user.pk: str(user) for user in found}


def ask(view: SavedView, rulebook: Rulebook, people: dict[int, str]) -> Asked:
    """Read a view's conditions; what names something that is gone is a problem, and finds nothing."""
    conditions, problems = [], []
    for condition in read_conditions(view.conditions):
        if condition is None:
            problems.append(_("One condition cannot be read."))
            continue
        conditions.append(condition)
        if condition.about.kind == CHOICE and len(_known(condition, rulebook, people)) < len(
            condition.values or ("",)
        ):
            problems.append(
                _("The condition “%(field)s” names something that is gone.")
                % {"field": condition.about.label}
            )
    return Asked(conditions, problems, people)


def narrow(tickets: TicketQuerySet, asked: Asked, user: User, rulebook: Rulebook) -> TicketQuerySet:
    """Those of the tickets that fulfil every condition; none while there is a problem."""
    if asked.problems:
        return tickets.none()
    asker = Asker(user, rulebook, timezone.now())
    for condition in asked.conditions:
        kind = condition.about.kind
        if kind == CHOICE:
            found = condition.about.having(list(condition.values), asker)
            tickets = tickets.filter(~found if condition.op == NOT else found)
        elif kind == DATE:
            tickets = tickets.filter(_moment(condition, asker.now))
        else:
            tickets = find(tickets, condition.text)
    return tickets


def _known(condition: Condition, rulebook: Rulebook, people: dict[int, str]) -> list[tuple[str, str]]:
    """Those of the chosen values that exist, each with its word."""
    offered = dict(condition.about.offers(rulebook))
    if condition.about.names_people:
        offered |= {str(pk): name for pk, name in people.items()}
    return [(value, offered[value].strip()) for value in condition.values if value in offered]


def _moment(condition: Condition, now: datetime) -> Q:
    column = condition.about.column
    if condition.op in RELATIVE:
        length = timedelta(**{condition.unit: condition.number})
        if condition.op == OLDER:
            return Q(**{f"{column}__lt": now - length})
        begins, ends = (now - length, now) if condition.op == LAST else (now, now + length)
        return Q(**{f"{column}__gte": begins, f"{column}__lte": ends})
    day = day_of(condition)
    assert day is not None
    midnight = timezone.make_aware(datetime.combine(day, time()))
    if condition.op == FROM:
        return Q(**{f"{column}__gte": midnight})
    return Q(**{f"{column}__lt": midnight + timedelta(days=1)})


def in_words(asked: Asked, rulebook: Rulebook) -> list[str]:
    """Each condition as a short sentence."""
    return [_sentence(condition, rulebook, asked.people) for condition in asked.conditions]


def _sentence(condition: Condition, rulebook: Rulebook, people: dict[int, str]) -> str:
    label = condition.about.label
    if condition.about.kind == CHOICE:
        chosen = [word for _value, word in _known(condition, rulebook, people)] or ["?"]
        about = {"field": label, "op": CHOICE_OPS[condition.op], "what": any_of(chosen)}
        return pgettext("a view’s condition", "%(field)s %(op)s %(what)s") % about
    if condition.about.kind == DATE:
        return str(DATE_SENTENCES[condition.op]) % {"field": label, "what": _when(condition)}
    return _("With the words “%(text)s”") % {"text": condition.text}


def _when(condition: Condition) -> str:
    if condition.op in RELATIVE:
        return pgettext("7 days", "%(number)s %(unit)s") % {
            "number": condition.number,
            "unit": UNITS[condition.unit],
        }
    day = day_of(condition)
    return date_format(day, "SHORT_DATE_FORMAT") if day else condition.on


def any_of(words: Sequence[str]) -> str:
    """Words of which one is enough: a, b or c."""
    return _(" or ").join([listed(words[:-1]), words[-1]] if len(words) > 1 else words)
