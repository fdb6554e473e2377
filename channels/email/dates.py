"""The moment in a Date header, in the forms that programs have written it."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_CHINESE = re.compile(
    r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日\D{0,12}(\d{1,2})[:：](\d{2})(?:[:：](\d{2}))?"
)
_ISO = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?"
)


def read_date(value: str) -> datetime | None:
    """The aware moment; a time without a zone counts as UTC; None when it says no date."""
    value = value[:200]
    for reader in (_by_the_book, _by_numbers):
        try:
            found = reader(value)
            if found is not None:
                found = found if found.tzinfo else found.replace(tzinfo=UTC)
                found.astimezone(UTC)  # a moment before year 1 or after 9999 is none
                return found
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            continue
    return None


def _by_the_book(value: str) -> datetime | None:
    return parsedate_to_datetime(value)


def _by_numbers(value: str) -> datetime | None:
    match = _ISO.search(value) or _CHINESE.search(value)
    if match is None:
        return None
    numbers = [int(part or 0) for part in match.groups()[:6]]
    zone = match.groups()[6] if len(match.groups()) > 6 else None
    moment = datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001
    return datetime.fromisoformat(moment.isoformat() + zone.replace("Z", "+00:00")) if zone else moment
