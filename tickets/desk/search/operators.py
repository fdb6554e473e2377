"""The operators of a search, such as `assignee:me`: what each is called in every language, and what it asks for."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from catalog.choices import Channel, Priority
from catalog.models import Tag
from common.folding import fold, fold_characters
from common.wording import listed
from customers.models import Customer
from staff.models import User
from tickets.choices import DONE_STATUSES, OPEN_STATUSES, Status
from tickets.models import Ticket
from tickets.querysets import DUE_SOON
from tickets.rulebook import VIP, Rulebook

# So many of an operator's values are told when one is not known.
MOST_TOLD = 12
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_AGO = re.compile(r"(\d{1,4})\s*(d|days?|天|日|w|weeks?|周|星期|m|months?|月|个月)(?:前|ago)?")
_DAYS = {"d": 1, "天": 1, "日": 1, "w": 7, "周": 7, "星": 7, "m": 30, "月": 30, "个": 30}
_DAY_WORDS = {"today": 0, "今天": 0, "今日": 0, "yesterday": 1, "昨天": 1, "昨日": 1, "前天": 2}
ME = pgettext_lazy("assignee", "Me")
NOBODY = pgettext_lazy("value of a search operator", "none")


class UnknownValue(Exception):
    """A value that an operator cannot make anything of; the text says what would work."""


@dataclass(frozen=True)
class Asker:
    """Who asks, and by which rules; `now` is the moment that words such as “today” mean."""

    user: User
    rulebook: Rulebook
    now: datetime


@dataclass(frozen=True)
class Value:
    """One thing that may stand behind an operator: all that people call it, and the condition."""

    label: str
    words: frozenset[str]
    condition: Q


@dataclass(frozen=True)
class Operator:
    """One condition that is written as name:value."""

    name: str
    label: Any
    names: tuple[str, ...]
    read: Callable[[str, Asker], Q]
    # What there is to choose from; a value that is typed freely has none.
    values: Callable[[Asker], list[Value]] = lambda _asker: []

    def is_called(self, name: str) -> bool:
        """Whether this is one of its names, in any language."""
        return bool(spoken(name) & spoken(*self.names))


def spoken(*texts: str) -> frozenset[str]:
    """The texts as they are compared: in every script and case alike."""
    return frozenset(folding(text).strip() for text in texts for folding in (fold, fold_characters) if text)


def _in_every_language(label: Any) -> frozenset[str]:
    texts = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            texts.append(str(label))
    return spoken(*texts)


def fitting(value: str, values: Iterable[Value]) -> list[Value]:
    """Those called so; else those that begin so; else those that hold the word."""
    wanted, known = spoken(value), list(values)
    tests: tuple[Callable[[str, str], bool], ...] = (
        lambda word, part: word == part,
        lambda word, part: word.startswith(part),
        lambda word, part: part in word,
    )
    for test in tests:
        found = [one for one in known if any(test(word, part) for word in one.words for part in wanted)]
        if found:
            return found
    return []


def _chosen(values: Callable[[Asker], list[Value]]) -> Callable[[str, Asker], Q]:
    def read(value: str, asker: Asker) -> Q:
        known = values(asker)
        found = fitting(value, known)
        if not found:
            told = [one.label for one in known[:MOST_TOLD]] + ["…"] * (len(known) > MOST_TOLD)
            raise UnknownValue(
                _("Nothing is called “%(value)s” there. What would work: %(values)s.")
                % {"value": value, "values": listed(told)}
            )
        condition = Q()
        for one in found:
            condition |= one.condition
        return condition

    return read


def _of_choices(field: str, choices: Any) -> Callable[[Asker], list[Value]]:
    def values(_asker: Asker) -> list[Value]:
        return [
            Value(str(label), spoken(code) | _in_every_language(choices(code).label), Q(**{field: code}))
            for code, label in choices.choices
        ]

    return values


def _names_of(row: Any) -> frozenset[str]:
    return spoken(row.name, row.name_zh_hans, row.name_zh_hant, getattr(row, "code", ""))


def _none(field: str) -> Value:
    words = spoken("none", "nobody", "无", "没有", "无人") | _in_every_language(NOBODY)
    return Value(str(NOBODY), words, Q(**{f"{field}__isnull": True}))


def _teams(asker: Asker) -> list[Value]:
    teams = sorted(asker.rulebook.teams.values(), key=lambda team: team.label)
    return [*(Value(team.label, _names_of(team), Q(team=team.pk)) for team in teams), _none("team")]


def _categories(asker: Asker) -> list[Value]:
    known = [row for row in asker.rulebook.categories.values() if row.is_active]
    below: dict[int, list[int]] = {}
    for row in asker.rulebook.categories.values():
        for above in row.ancestor_ids:
            below.setdefault(above, []).append(row.pk)
    values = [Value(row.label, _names_of(row), Q(category__in=below[row.pk])) for row in known]
    return [*values, _none("category")]


def _tags(_asker: Asker) -> list[Value]:
    tagged = Ticket.tags.through.objects
    return [
        Value(row.label, _names_of(row), Q(pk__in=tagged.filter(tag=row.pk).values("ticket")))
        for row in Tag.objects.all()
    ]


def _people(asker: Asker) -> list[Value]:
    me = Value(str(ME), spoken("me") | _in_every_language(ME), Q(assignee=asker.user.pk))
    known = User.objects.filter(memberships__isnull=False).distinct().only("display_name", "email")
    return [
        me,
        _none("assignee"),
        *(Value(str(row), spoken(row.display_name, row.email), Q(assignee=row.pk)) for row in known),
    ]


def _states(asker: Asker) -> list[Value]:
    open_codes = [status.value for status in OPEN_STATUSES]
    is_open, now, user = Q(status__in=open_codes), asker.now, asker.user
    others: Mapping[str, tuple[Any, Q]] = {
        "open": (pgettext_lazy("state to search for", "open"), is_open),
        "done": (pgettext_lazy("state to search for", "done"), Q(status__in=[s.value for s in DONE_STATUSES])),
        "unassigned": (
            pgettext_lazy("state to search for", "unassigned"),
            Q(status__in=[Status.RECEIVED.value, Status.CLASSIFIED.value]),
        ),
        "unanswered": (pgettext_lazy("state to search for", "unanswered"), is_open & Q(awaits_reply=True)),
        "overdue": (pgettext_lazy("state to search for", "overdue"), is_open & Q(due_at__lt=now)),
        "due-soon": (
            pgettext_lazy("state to search for", "due soon"),
            is_open & Q(due_at__gte=now, due_at__lt=now + DUE_SOON),
        ),
        "reopened": (pgettext_lazy("state to search for", "reopened"), Q(reopened_count__gt=0)),
        "major": (pgettext_lazy("state to search for", "major event"), Q(is_major=True)),
        "vip": (pgettext_lazy("state to search for", "VIP"), Q(customer__segment__code=VIP)),
        "watched": (
            pgettext_lazy("state to search for", "watched by me"),
            Q(pk__in=Ticket.watchers.through.objects.filter(user=user.pk).values("ticket")),
        ),
    }  # fmt: skip
    return [
        *_of_choices("status", Status)(asker),
        *(Value(str(label), spoken(code) | _in_every_language(label), q) for code, (label, q) in others.items()),
    ]  # fmt: skip


def _customer(value: str, asker: Asker) -> Q:
    found = Customer.objects.visible_to(asker.user).found_by(value).order_by()
    if not found.exists():
        raise UnknownValue(
            _(
                "No customer is called “%(value)s”. What would work: a part of a name, the beginning of an "
                "address or a phone number, a whole order number."
            )
            % {"value": value}
        )
    return Q(customer__in=found.values("pk"))


def read_day(value: str, now: datetime) -> datetime:
    """The beginning of the day that a text means, in the reader's zone; raise UnknownValue."""
    text = fold(value).strip()
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        if found := _DATE.fullmatch(text):
            return today.replace(year=int(found[1]), month=int(found[2]), day=int(found[3]))
        if found := _AGO.fullmatch(text):
            return today - timedelta(days=int(found[1]) * _DAYS[found[2][0]])
        return today - timedelta(days=_DAY_WORDS[text])
    except (KeyError, ValueError, OverflowError) as error:
        raise UnknownValue(
            _(
                "“%(value)s” is no day. What would work: 2026-03-31, today, yesterday, "
                "7d for seven days ago, 2w for two weeks ago."
            )
            % {"value": value}
        ) from error


OPERATORS: tuple[Operator, ...] = (
    Operator(
        "from", pgettext_lazy("search operator", "from"), ("from", "customer", "客户", "客戶", "来自", "來自"),
        _customer,
    ),
    Operator(
        "assignee", pgettext_lazy("search operator", "assignee"), ("assignee", "负责人", "負責人", "受理人", "客服"),
        _chosen(_people), _people,
    ),
    Operator(
        "is", pgettext_lazy("search operator", "is"), ("is", "status", "状态", "狀態", "是"), _chosen(_states), _states
    ),
    Operator("tag", pgettext_lazy("search operator", "tag"), ("tag", "标签", "標籤"), _chosen(_tags), _tags),
    Operator("team", pgettext_lazy("search operator", "team"), ("team", "团队", "團隊"), _chosen(_teams), _teams),
    Operator(
        "category", pgettext_lazy("search operator", "category"), ("category", "分类", "分類", "问题分类", "問題分類"),
        _chosen(_categories), _categories,
    ),
    Operator(
        "channel", pgettext_lazy("search operator", "channel"), ("channel", "渠道", "管道"),
        _chosen(_of_choices("channel", Channel)), _of_choices("channel", Channel),
    ),
    Operator(
        "priority", pgettext_lazy("search operator", "priority"), ("priority", "优先级", "優先順序", "優先級"),
        _chosen(_of_choices("priority", Priority)), _of_choices("priority", Priority),
    ),
    Operator(
        "before", pgettext_lazy("search operator", "before"), ("before", "早于", "早於", "之前"),
        lambda value, asker: Q(created_at__lt=read_day(value, asker.now)),
    ),
    Operator(
        "after", pgettext_lazy("search operator", "after"), ("after", "晚于", "晚於", "之后", "之後"),
        lambda value, asker: Q(created_at__gte=read_day(value, asker.now)),
    ),
)  # fmt: skip


def operator_called(name: str) -> Operator | None:
    """The operator with this name in any language."""
    return next((one for one in OPERATORS if one.is_called(name)), None)


__all__ = ["OPERATORS", "Asker", "Operator", "UnknownValue", "Value", "fitting", "operator_called", "spoken"]
