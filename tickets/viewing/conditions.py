"""One condition of a view as it is kept, read from whatever the database holds."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tickets.desk.keys import read_key
from tickets.viewing.fields import CHOICE, DATE, FIELDS, Field

IS, NOT = "is", "not"
LAST, OLDER, NEXT, FROM, UNTIL = "last", "older", "next", "from", "until"
CHOICE_OPS = {
    IS: pgettext_lazy("a view’s condition", "is"),
    NOT: pgettext_lazy("a view’s condition", "is not"),
}
DATE_OPS = {
    LAST: _("within the last"),
    OLDER: _("longer ago than"),
    NEXT: _("within the next"),
    FROM: _("from the day"),
    UNTIL: _("until the day"),
}
DATE_SENTENCES = {
    LAST: _("%(field)s within the last %(what)s"),
    OLDER: _("%(field)s longer ago than %(what)s"),
    NEXT: _("%(field)s within the next %(what)s"),
    FROM: _("%(field)s from %(what)s"),
    UNTIL: _("%(field)s until %(what)s"),
}
RELATIVE = (LAST, OLDER, NEXT)
UNITS = {
    "hours": pgettext_lazy("how long", "hours"),
    "days": pgettext_lazy("how long", "days"),
    "weeks": pgettext_lazy("how long", "weeks"),
}
MOST_CONDITIONS, MOST_VALUES, MOST_UNITS, LONGEST_TEXT = 20, 500, 9999, 200
FIRST_YEAR, LAST_YEAR = 1990, 2200


@dataclass(frozen=True)
class Condition:
    """What one field must be. Which of the values count depends on the field's kind and the operator."""

    field: str
    op: str
    values: tuple[str, ...] = ()
    number: int = 0
    unit: str = ""
    on: str = ""
    text: str = ""

    @property
    def about(self) -> Field:
        """The field it looks at."""
        return FIELDS[self.field]

    def as_data(self) -> dict[str, Any]:
        """As the database keeps it."""
        return {name: value for name, value in asdict(self).items() if value}


def read_conditions(raw: Any) -> list[Condition | None]:
    """The conditions that a view holds; None stands for one that cannot be read."""
    if not isinstance(raw, list):
        return [None]
    return [_read(one) for one in raw[:MOST_CONDITIONS]]


def _read(raw: Any) -> Condition | None:
    try:
        values = raw.get("values", ())
        condition = Condition(
            field=str(raw["field"]), op=str(raw["op"]),
            values=tuple(str(value) for value in values[:MOST_VALUES]) if isinstance(values, list | tuple) else (),
            number=int(raw.get("number", 0)), unit=str(raw.get("unit", "")), on=str(raw.get("on", "")),
            text=str(raw.get("text", "")).replace("\x00", "").strip()[:LONGEST_TEXT],
        )  # fmt: skip
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return None
    return condition if condition.field in FIELDS and _is_whole(condition) else None


def _is_whole(condition: Condition) -> bool:
    kind = condition.about.kind
    if kind == CHOICE:
        return condition.op in CHOICE_OPS
    if kind == DATE:
        if condition.op in RELATIVE:
            return condition.unit in UNITS and 0 < condition.number <= MOST_UNITS
        return condition.op in DATE_OPS and day_of(condition) is not None
    return bool(condition.text)


def day_of(condition: Condition) -> date | None:
    """The day that an absolute condition names."""
    try:
        day = date.fromisoformat(condition.on)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def people_in(conditions: Iterable[Condition | None]) -> set[int]:
    """The keys of the people whom conditions name."""
    return {
        key
        for condition in conditions
        if condition is not None and condition.about.names_people
        for value in condition.values
        if (key := read_key(value))
    }
