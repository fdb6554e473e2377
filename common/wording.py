"""Lists, quotations, days and time zones in the reader's language."""

import re
from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy

# Where most readers live; of other zones one reads the name that every system knows.
_ZONES = {
    "Asia/Shanghai": gettext_lazy("Beijing time"),
    "Asia/Taipei": gettext_lazy("Taipei time"),
    "Asia/Hong_Kong": gettext_lazy("Hong Kong time"),
    "Asia/Singapore": gettext_lazy("Singapore time"),
}


def listed(things: Iterable[object]) -> str:
    """Return some things one after the other: a, b, c."""
    return gettext(", ").join(str(thing) for thing in things)


def clauses(parts: Iterable[object]) -> str:
    """Return the parts that are not empty with more of a pause between them: a; b."""
    return gettext("; ").join(str(part) for part in parts if part)


def quoted(text: str) -> str:
    """Return a text in quotation marks."""
    return gettext("“%(text)s”") % {"text": text}


def bracketed(what: object, more: object) -> str:
    """Return something with more about it in brackets: 8 h (working time)."""
    return gettext("%(what)s (%(more)s)") % {"what": what, "more": more}


def breakable(address: str) -> SafeString:
    """Return an address that breaks, where it has to, before its @ and after its dots, not within a word."""
    parts = re.split(r"(?=@)|(?<=[.])(?=.)", address)
    return format_html_join(mark_safe("<wbr>"), "{}", ((part,) for part in parts))


def zone_name(key: str) -> str:
    """Return what people call a time zone."""
    return str(_ZONES.get(key, key.replace("_", " ")))


def short_day(day: date, year: int) -> str:
    """Return a day as 24 Nov; with its year only when that is not the one given."""
    return date_format(day, "MONTH_DAY_FORMAT" if day.year == year else "SHORT_DATE_FORMAT")
