"""A spreadsheet as rows of text: .xlsx, or what any program saves as CSV. Nothing in it is trusted."""

import csv
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO, StringIO
from itertools import islice
from typing import Any
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

# A zip archive, as every .xlsx is; and what older or protected workbooks begin with.
ZIP_MARK, OLD_MARK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
LARGEST_BYTES = 1_000_000
# What may come out of the archive: three hundred people and eight weeks are less than one megabyte.
LARGEST_UNPACKED, MOST_PARTS = 4_000_000, 100
# Whatever a broken archive or workbook makes zipfile, the XML parser and openpyxl raise.
BROKEN = (
    BadZipFile, InvalidFileException, zlib.error, SyntaxError, LookupError, ValueError, TypeError, AttributeError,
    OSError, EOFError, RuntimeError,
)  # fmt: skip
MERGED = re.compile(rb"""mergeCell\s[^>]*?ref=["']([A-Z]{1,3}[0-9]{1,7})[:"']""")


class Unreadable(Exception):
    """The file is no spreadsheet that can be read; the text says what to do."""


@dataclass
class Table:
    """The first sheet's cells, and what is wrong with single ones: (cell, words)."""

    rows: list[list[str]] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)


def column_letters(number: int) -> str:
    """What a spreadsheet calls a column: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, place = divmod(number - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


def read_table(content: bytes, *, rows: int, columns: int) -> Table:
    """Return at most so many rows and columns of the file's first sheet; raise Unreadable."""
    if len(content) > LARGEST_BYTES:
        raise Unreadable(_("The file is too large. Export the weeks and change that file."))
    if content.startswith(OLD_MARK):
        raise Unreadable(
            _("This is an old or a protected workbook. Save it as .xlsx, without a password, and send that.")
        )
    if content.startswith(ZIP_MARK):
        return _read_workbook(content, rows, columns)
    return _read_csv(content, rows, columns)


def _not_readable() -> Unreadable:
    return Unreadable(
        _("This is no spreadsheet that can be read. Export the weeks, change that file and save it as .xlsx.")
    )


def _read_workbook(content: bytes, rows: int, columns: int) -> Table:
    table = Table()
    try:
        with ZipFile(BytesIO(content)) as archive:
            # No more comes out of a part than it says here: zipfile stops there.
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise Unreadable(_("The file is too large. Export the weeks and change that file."))
            # Not read as a whole: a merged range of a few bytes may name every cell there is.
            book = load_workbook(BytesIO(content), read_only=True, keep_links=False)
            sheet = book.worksheets[0]
            merged = MERGED.findall(archive.read(sheet._worksheet_path))
        sheet.reset_dimensions()
        for row in sheet.iter_rows(max_row=rows, max_col=columns):
            table.rows.append([_text_of(cell, table) for cell in row])
    except BROKEN as error:
        raise _not_readable() from error
    text = _("Cells are merged here. Part them, and write into each cell what belongs there.")
    table.errors += [(cell.decode(), text) for cell in merged[:columns]]
    return table


def _text_of(cell: Any, table: Table) -> str:
    value = cell.value
    if value is None:
        return ""
    # A formula is not what it shows, and who looks here sees only what it is.
    if cell.data_type == "f":
        table.errors.append((cell.coordinate, _("A formula stands here. Write what it comes to instead.")))
        return ""
    if cell.data_type == "e":
        table.errors.append(
            (cell.coordinate, _("The spreadsheet shows an error here. Write a shift, or nothing."))
        )
        return ""
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _read_csv(content: bytes, rows: int, columns: int) -> Table:
    text = _decoded(content)
    if text is None or "\0" in text:
        raise _not_readable()
    # Where a comma is the decimal point, spreadsheets part cells by semicolons; “Unicode text” has tabs.
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        found = list(_csv_rows(text, delimiter, rows, columns))
    except csv.Error as error:
        raise _not_readable() from error
    return Table(found)


def _csv_rows(text: str, delimiter: str, rows: int, columns: int) -> Iterator[list[str]]:
    for row in islice(csv.reader(StringIO(text), delimiter=delimiter), rows):
        yield [cell.strip() for cell in row[:columns]]


def _decoded(content: bytes) -> str | None:
    """The text, in whichever encoding a spreadsheet saved it."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    for name in (encoding, "gb18030", "big5"):
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    return None
