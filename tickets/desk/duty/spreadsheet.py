"""A team's weeks as a spreadsheet: rows are people, columns are days, cells hold the codes of shifts.

The same form comes back: what differs from the plan is shown first, and written all or nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import NamedTuple

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from xlsxwriter import Workbook

from staff import services
from staff.duty import plan_of
from staff.models import DutyEvent, Membership, ShiftPattern, Team, User
from staff.services.planning import Place
from staff.shifts import assignments_on
from tickets.desk.duty.table import column_letters, read_table

# The first row holds the days, the first two columns who it is.
FIRST_ROW, FIRST_COLUMN = 2, 3
MOST_ROWS, MOST_DAYS = 300, 8 * 7
MOST_COLUMNS = MOST_DAYS + FIRST_COLUMN - 1
# A name that begins like a formula is a name, and an address in a cell no link.
AS_TEXT = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


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
    """Return the team's plan of these days as a workbook, with the codes of shifts on a second sheet."""
    patterns = {pattern.pk: pattern for pattern in ShiftPattern.objects.all()}
    plan = plan_of(team.pk, days[0], days[-1])
    found: dict[tuple[int, date], list[str]] = {}
    for day in days:
        for pattern, user_id in sorted(assignments_on(plan, day)):
            found.setdefault((user_id, day), []).append(patterns[pattern].code)
    rows = [
        [user.display_name, user.email, *(" + ".join(found.get((user.pk, day), [])) for day in days)]
        for user in _members(team)
    ]
    output = BytesIO()
    with Workbook(output, AS_TEXT) as book:
        _write_plan(book, days, rows)
        _write_codes(book, [pattern for pattern in patterns.values() if pattern.is_active])
    return output.getvalue()


def _write_plan(book: Workbook, days: list[date], rows: list[list[str]]) -> None:
    sheet = book.add_worksheet(_("Duty"))
    head = book.add_format({"bold": True})
    day_format = book.add_format({"bold": True, "num_format": "yyyy-mm-dd", "align": "center"})
    # As text, or the code 1 comes back as a number and 3-2 as a day in March.
    code_format = book.add_format({"num_format": "@", "align": "center"})
    sheet.write_row(0, 0, [_("Person"), _("E-mail")], head)
    for place, day in enumerate(days, FIRST_COLUMN - 1):
        sheet.write_datetime(0, place, day, day_format)
    for number, (name, email, *codes) in enumerate(rows, FIRST_ROW - 1):
        sheet.write_row(number, 0, [name, email])
        sheet.write_row(number, FIRST_COLUMN - 1, codes, code_format)
    sheet.set_column(0, 1, 24)
    sheet.set_column(FIRST_COLUMN - 1, len(days) + FIRST_COLUMN - 2, 11)
    sheet.freeze_panes(FIRST_ROW - 1, FIRST_COLUMN - 1)


def _write_codes(book: Workbook, patterns: list[ShiftPattern]) -> None:
    sheet = book.add_worksheet(_("Shifts"))
    sheet.write_row(0, 0, [_("Code"), _("Shift"), _("Hours")], book.add_format({"bold": True}))
    for number, pattern in enumerate(patterns, 1):
        sheet.write_row(number, 0, [pattern.code, str(pattern), pattern.hours])
    sheet.set_column(1, 2, 24)


def read_weeks(team: Team, content: bytes) -> Reading:
    """Return what the file would change; nothing is written. Raise Unreadable."""
    table = read_table(content, rows=MOST_ROWS, columns=MOST_COLUMNS)
    rows, reading = table.rows, Reading(errors=table.errors)
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
