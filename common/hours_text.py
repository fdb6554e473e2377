"""Ranges of hours as people type them: 09:00-12:00, 13:00-18:00."""

import re
from datetime import time

_RANGE = re.compile(r"^(\d{1,2}):(\d{2})\s*[-–~至]\s*(\d{1,2}):(\d{2})$")


def parse_hours_text(text: str) -> tuple[tuple[time, time], ...]:
    """Return the ranges in “09:00-12:00, 13:00-18:00”; 24:00 becomes 00:00, the end of the day; raise ValueError."""
    ranges = []
    for part in re.split(r"[,，;；]", text):
        if not part.strip():
            continue
        match = _RANGE.match(part.strip())
        if not match:
            raise ValueError(part)
        opens_hour, opens_minute, closes_hour, closes_minute = (int(number) for number in match.groups())
        if closes_hour == 24 and closes_minute == 0:
            closes_hour = 0
        ranges.append((time(opens_hour, opens_minute), time(closes_hour, closes_minute)))
    return tuple(ranges)
