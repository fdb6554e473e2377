"""What a line in the search box asks for: words, quoted texts, conditions, each of them or not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from common.search import matching
from common.wording import listed
from staff.models import User
from tickets.desk.search.operators import OPERATORS, Asker, UnknownValue, operator_called
from tickets.desk.search.words import find, holding
from tickets.models import Message
from tickets.querysets import TicketQuerySet
from tickets.rulebook import Rulebook

# More conditions than this nobody writes by hand.
MOST_PARTS = 20
_PART = re.compile(
    r"""(?P<no>-(?=\S))?
        (?:(?P<name>[^\W\d_]{1,16})(?P<colon>[:：])(?!//))?
        (?:["“”](?P<quoted>[^"“”]*)["“”]?|「(?P<hooked>[^」]*)」?|(?P<word>\S+)|(?<=[:：]))""",
    re.VERBOSE,
)


class Part(NamedTuple):
    """One part of a query: a word, a quoted text, or what stands behind an operator's name."""

    name: str
    value: str
    is_quoted: bool
    is_not: bool
    place: int


def parts_of(text: str) -> Iterator[Part]:
    """The parts of a query in their order; what has a colon but no operator's name is a word."""
    for found in list(_PART.finditer(text))[:MOST_PARTS]:
        name, quoted = found["name"] or "", found["quoted"] or found["hooked"]
        value = quoted or found["word"] or ""
        # A colon with nothing after it, or in Chinese a wide one, is mostly one of the sentence: 错误码：E03.
        if name and (found["colon"] == "：" or not value) and operator_called(name) is None:
            name, value = "", f"{name}：{value}"
        if not (name or value.strip()):
            continue
        yield Part(name, value.strip(), quoted is not None, bool(found["no"]), found.start())


@dataclass(frozen=True)
class Asked:
    """A query, read: which tickets it asks for, or why that cannot be told."""

    words: str = ""
    exact: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    conditions: tuple[Q, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether it is nothing but words, which may be a number, a name or an address as well."""
        return not (self.exact or self.without or self.conditions)

    def fulfilling(self, tickets: TicketQuerySet) -> TicketQuerySet:
        """Those of the tickets that meet the conditions and hold none of the unwanted words."""
        for condition in self.conditions:
            tickets = tickets.filter(condition)
        for text in self.without:
            said = matching(Message.objects.filter(ticket=OuterRef("pk")).order_by(), "", exact=[text])
            tickets = tickets.filter(~Exists(said))
        return tickets

    def narrow(self, tickets: TicketQuerySet) -> TicketQuerySet:
        """Those of the tickets that it asks for; none when something in it is not understood."""
        if self.problems:
            return tickets.none()
        tickets = self.fulfilling(tickets)
        if self.exact:
            return holding(tickets, self.words, self.exact)
        return find(tickets, self.words) if self.words else tickets


def read_query(text: str, user: User, rulebook: Rulebook) -> Asked:
    """Read what somebody typed; one query more for each operator that asks the database about its value."""
    asker = Asker(user, rulebook, timezone.now())
    words, exact, without, conditions, problems = [], [], [], [], []
    for part in parts_of(text):
        if part.name:
            try:
                condition = _condition(part, asker)
            except UnknownValue as problem:
                problems.append(str(problem))
            else:
                conditions.append(~condition if part.is_not else condition)
        elif part.is_not:
            without.append(part.value)
        elif part.is_quoted:
            exact.append(part.value)
        else:
            words.append(part.value)
    return Asked(" ".join(words), tuple(exact), tuple(without), tuple(conditions), tuple(problems))


def _condition(part: Part, asker: Asker) -> Q:
    operator = operator_called(part.name)
    if operator is None:
        names = listed(f"{one.label}:" for one in OPERATORS)
        raise UnknownValue(
            _(
                "There is no “%(name)s:”. What would work: %(names)s. To find the words themselves, put them in "
                "quotation marks."
            )
            % {"name": part.name, "names": names}
        )
    if not part.value:
        raise UnknownValue(_("What to look for comes right after “%(name)s:”.") % {"name": part.name})
    return operator.read(part.value, asker)
