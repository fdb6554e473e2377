"""What the clocks of a zone show, as moments in UTC."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SECOND = timedelta(seconds=1)


def moment_of(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return when the clocks of a zone show a time of a day, in UTC.

    When they show it twice (autumn) it is the first time; when they skip it (spring) it is the moment of the skip.
    Both keep the order of times, so hours that touch on paper still touch, and none get a negative length.
    """
    wall = datetime.combine(day, clock, zone)
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if first <= second:
        return first
    # Read by the old offset the skipped time lies after the skip, read by the new one before it.
    before, after, old = second, first, second.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + (after - before) // 2 // SECOND * SECOND
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
