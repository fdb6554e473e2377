"""Clock times as moments, also on the days when clocks are changed."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from common.wall_clock import moment_of

pytestmark = pytest.mark.ground

CASES = [
    ("2026-03-02", "09:00", "Asia/Shanghai", "2026-03-02T01:00"),
    # Berlin skips 02:00-03:00 on 29 March 2026: what is skipped is the moment of the skip.
    ("2026-03-29", "01:59", "Europe/Berlin", "2026-03-29T00:59"),
    ("2026-03-29", "02:00", "Europe/Berlin", "2026-03-29T01:00"),
    ("2026-03-29", "02:30", "Europe/Berlin", "2026-03-29T01:00"),
    ("2026-03-29", "03:00", "Europe/Berlin", "2026-03-29T01:00"),
    # And shows 02:00-03:00 twice on 25 October: the first time counts.
    ("2026-10-25", "02:30", "Europe/Berlin", "2026-10-25T00:30"),
    ("2026-10-25", "03:00", "Europe/Berlin", "2026-10-25T02:00"),
    # Lord Howe moves its clocks by half an hour only.
    ("2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-03T15:30"),
]


@pytest.mark.parametrize(("day", "clock", "zone", "moment"), CASES)
def test_a_clock_time_is_a_moment(day, clock, zone, moment):
    found = moment_of(date.fromisoformat(day), time.fromisoformat(clock), ZoneInfo(zone))
    assert found.isoformat().removesuffix(":00+00:00") == moment
