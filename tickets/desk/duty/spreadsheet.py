"""A team's weeks as a spreadsheet: rows are people, columns are days, cells hold the codes of shifts.

The same form comes back: what differs from the plan is shown first, and written all or nothing.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from itertools import islice
from typing import NamedTuple

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from staff import services
from staff.duty import plan_of
from staff.models import DutyEvent, Membership, ShiftPattern, Team, User
from staff.services.planning import Place
from staff.shifts import assignments_on

# The first row holds the days, the first two columns who it is.
FIRST_ROW, FIRST_COLUMN = 2, 3
MOST_ROWS, MOST_DAYS = 300, 8 * 7
LARGEST_BYTES = 1_000_000


def column_letters(number: int) -> str:
    """What a spreadsheet calls a column: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


class Unreadable(Exception):
    """The file is no spreadsheet that can be read; the text says what to do."""


class Move(NamedTuple):
    """One thing that the file wants different."""

    place: Place
    is_added: bool


@dataclass
class Reading:
    """What a file would change, and what is wrong with it by cell."""

    moves: list[Move] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    days: int = 0

    @property
    def mark(self) -> str:
        """What the changes are known by: the same file against another plan has another mark."""
        return "|".join(
            f"{move.place.on}/{move.place.pattern.pk}/{move.place.user.pk}/{move.is_added:d}"
            for move in self.moves
        )


def write_weeks(team: Team, days: list[date]) -> bytes:
    """Return the team's plan of these days as a table that every spreadsheet opens: CSV with a mark of its encoding."""
    codes = dict(ShiftPattern.objects.values_list("pk", "code"))
    plan = plan_of(team.pk, days[0], days[-1])
    found: dict[tuple[int, date], list[str]] = {}
    for day in days:
        for pattern, user_id in sorted(assignments_on(plan, day)):
            found.setdefault((user_id, day), []).append(codes[pattern])
    output = StringIO()
    writer = csv.writer(output)
    writer.writerow([_("Person"), _("E-mail"), *(day.isoformat() for day in days)])
    for user in _members(team):
        cells = [" + ".join(found.get((user.pk, day), [])) for day in days]
        writer.writerow([_harmless(user.display_name), user.email, *map(_harmless, cells)])
    return b"\xef\xbb\xbf" + output.getvalue().encode()


def _harmless(text: str) -> str:
    """A name that begins like a formula is a name."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def read_weeks(team: Team, content: bytes) -> Reading:
    """Return what the file would change; nothing is written. Raise Unreadable."""
    rows, reading = _rows(content), Reading()
    days = _days(rows[0] if rows else [], reading)
    members = {user.email.lower(): user for user in _members(team)}
    patterns = {pattern.code.lower(): pattern for pattern in ShiftPattern.objects.all()}
    plan = plan_of(team.pk, min(days.values()), max(days.values())) if days else None
    seen: set[int] = set()
    for number, row in enumerate(rows[FIRST_ROW - 1 :], FIRST_ROW):
        user = _user_of(row, number, members, seen, reading)
        if user is None or plan is None:
            continue
        for column, day in days.items():
            text = row[column - 1] if column <= len(row) else ""
            wanted = _patterns_in(text, f"{column_letters(column)}{number}", patterns, reading)
            present = {pattern for pattern, other in assignments_on(plan, day) if other == user.pk}
            if wanted is not None:
                reading.moves += _moves(user, day, wanted, present, patterns)
    reading.days = len(days)
    return reading


@transaction.atomic
def apply_reading(team: Team, reading: Reading, *, actor: User) -> int:
    """Write everything that the file wants different, or raise PlanRefused and write nothing; return how much."""
    # First who goes, then who comes: whoever comes takes the place of who went.
    for move in sorted(reading.moves, key=lambda move: move.is_added):
        change = services.add_shift if move.is_added else services.remove_shift
        change(team, move.place, actor=actor, reason=_("From the spreadsheet"))
    data = {"days": reading.days, "changes": len(reading.moves)}
    services.record_duty(DutyEvent.Kind.WEEKS_IMPORTED, team=team, actor=actor, data=data)
    return len(reading.moves)


def _members(team: Team) -> list[User]:
    found = Membership.objects.filter(team=team, user__is_active=True).select_related("user")
    return [one.user for one in found.order_by("-is_lead", "user__display_name", "pk")]


def _rows(content: bytes) -> list[list[str]]:
    if len(content) > LARGEST_BYTES:
        raise Unreadable(_("The file is too large. Export the weeks and change that file."))
    text = _decoded(content)
    if text is None or "\0" in text:
        raise Unreadable(
            _("This is no CSV file. Export the weeks, change that file and save it as CSV again.")
        )
    # Where a comma is the decimal point, spreadsheets part cells by semicolons; “Unicode text” has tabs.
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(islice(csv.reader(StringIO(text), delimiter=delimiter), MOST_ROWS))
    except csv.Error as error:
        raise Unreadable(
            _("This is no CSV file. Export the weeks, change that file and save it as CSV again.")
        ) from error
    return [[cell.strip() for cell in row[: MOST_DAYS + FIRST_COLUMN]] for row in rows]


def _decoded(content: bytes) -> str | None:
    """The text, in whichever encoding a spreadsheet saved it."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    for name in (encoding, "gb18030", "big5"):
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    return None


def _days(head: list[str], reading: Reading) -> dict[int, date]:
    """The day of each column."""
    days: dict[int, date] = {}
    for column, value in enumerate(head[FIRST_COLUMN - 1 :], FIRST_COLUMN):
        if not value:
            continue
        cell = f"{column_letters(column)}1"
        try:
            # Spreadsheets rewrite days in their own fashion: 2026/3/2.
            day = date(*map(int, re.split(r"[-/.年月]", value.rstrip("日"))))
        except (ValueError, TypeError):
            reading.errors.append(
                (cell, _("“%(text)s” is no day. Write it like 2026-03-02.") % {"text": value})
            )
            continue
        if day in days.values():
            reading.errors.append((cell, _("This day stands in two columns. Leave one of them out.")))
        days[column] = day
    if not days and not reading.errors:
        reading.errors.append(
            ("C1", _("There is no day in the first row. Export the weeks to see the form."))
        )
    return days


def _user_of(
    row: list[str], number: int, members: dict[str, User], seen: set[int], reading: Reading
) -> User | None:
    email = row[1].lower() if len(row) > 1 else ""
    if not email:
        if any(row[FIRST_COLUMN - 1 :]):
            reading.errors.append((f"B{number}", _("Write the person’s e-mail address here.")))
        return None
    user = members.get(email)
    if user is None:
        text = _(
            "Nobody in this team has the address “%(email)s”. Add the person to the team, or leave the row out."
        )
        reading.errors.append((f"B{number}", text % {"email": email}))
        return None
    if user.pk in seen:
        reading.errors.append((f"B{number}", _("This person stands in two rows. Leave one of them out.")))
        return None
    seen.add(user.pk)
    return user


def _patterns_in(
    value: str, cell: str, patterns: dict[str, ShiftPattern], reading: Reading
) -> set[ShiftPattern] | None:
    """The shifts that a cell names; None when one of them is unknown."""
    found = set()
    for code in value.lstrip("'").replace("＋", "+").split("+"):
        if not code.strip():
            continue
        pattern = patterns.get(code.strip().lower())
        if pattern is None:
            known = ", ".join(sorted(pattern.code for pattern in patterns.values()))
            text = _("“%(code)s” is no shift. The codes are: %(known)s. Write two as A + B.")
            reading.errors.append((cell, text % {"code": code.strip(), "known": known}))
            return None
        found.add(pattern)
    return found


def _moves(
    user: User, day: date, wanted: set[ShiftPattern], present: set[int], patterns: dict[str, ShiftPattern]
) -> Iterator[Move]:
    by_id = {pattern.pk: pattern for pattern in patterns.values()}
    for pk in sorted(present - {pattern.pk for pattern in wanted}):
        yield Move(Place(day, by_id[pk], user), is_added=False)
    for pattern in sorted(wanted, key=lambda one: one.pk):
        if pattern.pk not in present:
            yield Move(Place(day, pattern, user), is_added=True)


def in_words(move: Move) -> str:
    """One change as a sentence."""
    words = {
        "user": move.place.user,
        "shift": move.place.pattern,
        "day": date_format(move.place.on, "SHORT_DATE_FORMAT"),
    }
    if move.is_added:
        return _("%(user)s works “%(shift)s” on %(day)s") % words
    return _("%(user)s no longer works “%(shift)s” on %(day)s") % words
