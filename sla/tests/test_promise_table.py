"""When a promise is due: cases worked out by hand, each with the reason, over zones, seasons, breaks and pauses.

The years are 2026 where none is named: 2 March is a Monday. The desk works 9-12 and 13-18, 8 hours.
"""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from sla.account import Stop, account
from sla.clock import Clock, Pause, due_after, due_on_resuming, merged, seconds_spent
from sla.tests.test_business_time import (
    BERLIN,
    CHINA_2026,
    DESK,
    DOUBLE,
    EVENING,
    HONG_KONG,
    KATHMANDU,
    LORD_HOWE,
    LORD_HOWE_DESK,
    LORD_HOWE_NIGHT,
    NEW_YORK,
    NEW_YORK_NIGHT,
    NIGHT,
    ROUND,
    SHANGHAI,
    TAIPEI,
    hours,
    length,
    moment,
)

pytestmark = pytest.mark.ground

BERLIN_DESK = hours("Europe/Berlin", DESK)
NEW_YORK_2026 = hours("America/New_York", "09:00-17:00", d20261126="", d20261127="09:00-13:00")
TAIPEI_2026 = hours("Asia/Taipei", "09:00-18:00", d20260227="")
BREAKS = hours("Asia/Shanghai", "08:00-10:00 10:15-12:00 13:30-17:45")
WEEKENDS = hours("Asia/Shanghai", "", "10:00-16:00")
# Clock time, with the zone in which the moments are written.
CLOCK = ZoneInfo("Asia/Shanghai")
CLOCK_BERLIN = ZoneInfo("Europe/Berlin")

# Columns: why, hours, start, target, pauses, due; nothing is “not while it stands”.
CASES = [
    # Pauses inside the hours.
    ("1 h ran, 1 h is left at 11", SHANGHAI, "03-02 09:00", "2h", "03-02 10:00 > 03-02 11:00", "03-02 12:00"),
    ("over lunch only 30 + 30 min are paused", SHANGHAI, "03-02 09:00", "4h",
     "03-02 11:30 > 03-02 13:30", "03-02 15:00"),
    ("exactly lunch: nothing is paused", SHANGHAI, "03-02 10:00", "3h", "03-02 12:00 > 03-02 13:00", "03-02 14:00"),
    ("paused from the start, a whole day", SHANGHAI, "03-02 09:00", "8h",
     "03-02 09:00 > 03-03 09:00", "03-03 18:00"),
    ("a minute before it is due", SHANGHAI, "03-02 09:00", "3h", "03-02 11:59 > 03-03 09:00", "03-03 09:01"),
    ("a second is left", SHANGHAI, "03-02 09:00", "1h", "03-02 09:59:59 > 03-02 10:30", "03-02 10:30:01"),
    ("no length, no effect", SHANGHAI, "03-02 09:00", "2h", "03-02 10:00 > 03-02 10:00", "03-02 11:00"),
    (
        "three times 10 min are 30 min", SHANGHAI, "03-02 09:00", "2h",
        "03-02 09:10 > 03-02 09:20; 03-02 09:30 > 03-02 09:40; 03-02 10:00 > 03-02 10:10", "03-02 11:30",
    ),
    (
        "end to end they are one", SHANGHAI, "03-02 09:00", "2h",
        "03-02 09:30 > 03-02 10:00; 03-02 10:00 > 03-02 10:30", "03-02 12:00",
    ),
    (
        "where two overlap it counts once: 9:30-11, then 1 h 30 with lunch between", SHANGHAI, "03-02 09:00", "2h",
        "03-02 09:30 > 03-02 10:30; 03-02 10:00 > 03-02 11:00", "03-02 13:30",
    ),
    (
        "one inside another adds nothing", SHANGHAI, "03-02 09:00", "2h",
        "03-02 09:30 > 03-02 11:00; 03-02 10:00 > 03-02 10:30", "03-02 13:30",
    ),
    ("it stands: not due", SHANGHAI, "03-02 09:00", "2h", "03-02 09:30 >", ""),
    ("one reason is over, the other is not", SHANGHAI, "03-02 09:00", "2h",
     "03-02 09:30 > 03-02 10:00; 03-02 09:45 >", ""),
    ("late is late: a pause after it moves nothing", SHANGHAI, "03-02 09:00", "1h",
     "03-02 11:00 > 03-02 13:00", "03-02 10:00"),
    ("paused at the moment it is due: all is spent", SHANGHAI, "03-02 09:00", "1h",
     "03-02 10:00 > 03-02 11:00", "03-02 10:00"),
    ("resumed in lunch it goes on after it", SHANGHAI, "03-02 09:00", "4h",
     "03-02 11:00 > 03-02 12:30", "03-02 15:00"),
    ("paused in lunch, 3 h had run", SHANGHAI, "03-02 09:00", "4h", "03-02 12:30 > 03-02 14:00", "03-02 15:00"),
    # Pauses outside the hours.
    ("at night nothing would have run", SHANGHAI, "03-02 17:00", "2h", "03-02 18:30 > 03-03 08:00", "03-03 10:00"),
    ("nor on the weekend", SHANGHAI, "03-06 17:00", "2h", "03-07 10:00 > 03-08 20:00", "03-09 10:00"),
    ("into the morning: 45 min of it are paused", SHANGHAI, "03-02 17:00", "2h",
     "03-02 20:00 > 03-03 09:45", "03-03 10:45"),
    ("from the afternoon: the hour to 18 is paused", SHANGHAI, "03-02 16:00", "3h",
     "03-02 17:00 > 03-02 23:00", "03-03 11:00"),
    ("made and paused at night, nothing has run", SHANGHAI, "03-02 20:00", "1h",
     "03-02 21:00 > 03-03 09:30", "03-03 10:30"),
    ("Saturday to Monday noon, then lunch", SHANGHAI, "03-07 10:00", "1h",
     "03-07 11:00 > 03-09 12:00", "03-09 14:00"),
    ("Friday 17:00 to Monday 15:00 with 1 h left", SHANGHAI, "03-06 16:00", "2h",
     "03-06 17:00 > 03-09 15:00", "03-09 16:00"),
    ("resumed as the day ends, 5 h are tomorrow's", SHANGHAI, "03-02 09:00", "8h",
     "03-02 12:00 > 03-02 18:00", "03-03 15:00"),
    ("two weeks later the same afternoon", SHANGHAI, "03-02 09:00", "8h",
     "03-02 13:00 > 03-16 13:00", "03-16 18:00"),
    # Clock time.
    ("by the clock the night is paused too", CLOCK, "03-02 17:00", "4h", "03-02 18:00 > 03-03 06:00", "03-03 09:00"),
    ("by the clock a day's pause is a day", CLOCK, "03-06 17:00", "24h", "03-07 05:00 > 03-08 05:00", "03-08 17:00"),
    ("28 days in February", CLOCK, "02-27 12:00", "48h", "", "03-01 12:00"),
    ("29 in a leap year", CLOCK, "2028-02-28 12:00", "48h", "", "2028-03-01 12:00"),
    ("by the clock, paused over leap day: 6 h ran, 18 h left", CLOCK, "2028-02-28 12:00", "24h",
     "2028-02-28 18:00 > 2028-02-29 18:00", "2028-03-01 12:00"),
    # Leap day is a Tuesday of work in 2028.
    ("1 h Monday, 1 h on leap day, 1 h after the pause", SHANGHAI, "2028-02-28 17:00", "3h",
     "2028-02-29 10:00 > 2028-02-29 12:00", "2028-02-29 14:00"),
    ("all of leap day is paused", SHANGHAI, "2028-02-28 17:00", "2h", "2028-02-29 00:00 > 2028-03-01 00:00",
     "2028-03-01 10:00"),
    # China 2026: holidays, and weekends that are worked for them.
    ("Spring Festival is closed anyway", CHINA_2026, "02-14 17:00", "2h",
     "02-14 20:00 > 02-23 22:00", "02-24 10:00"),
    ("resumed on its last day: 3 h on the 24th", CHINA_2026, "02-13 16:00", "4h",
     "02-13 17:00 > 02-23 10:00", "02-24 12:00"),
    ("the pause eats the make-up Saturday: 8 h on the 24th, 1 h on the 25th", CHINA_2026, "02-13 17:00", "10h",
     "02-13 18:00 > 02-15 00:00", "02-25 10:00"),
    ("resumed at 13 on the make-up Saturday: 5 h to 18", CHINA_2026, "02-13 17:00", "6h",
     "02-13 18:00 > 02-14 13:00",
     "02-14 18:00"),
    ("New Year off, Sunday 4 January is worked", CHINA_2026, "2025-12-31 16:00", "4h",
     "2025-12-31 17:00 > 01-03 12:00",
     "01-04 12:00"),
    ("Labour Day: 1 h before, 5 h on Wednesday the 6th", CHINA_2026, "04-30 15:00", "6h",
     "04-30 16:00 > 05-04 09:00",
     "05-06 15:00"),
    ("2 h on Friday, 2 h on the make-up Saturday", CHINA_2026, "05-08 16:00", "4h", "", "05-09 11:00"),
    ("the same with half an hour of Saturday paused, then lunch", CHINA_2026, "05-08 16:00", "4h",
     "05-08 17:00 > 05-09 09:30", "05-09 13:30"),
    ("the Sunday after it is closed", CHINA_2026, "05-09 17:00", "2h", "", "05-11 10:00"),
    ("National Day until Wednesday the 7th", CHINA_2026, "09-30 16:00", "4h", "", "10-08 11:00"),
    ("paused through it and Thursday: 3 h on Friday", CHINA_2026, "09-30 16:00", "4h", "09-30 17:00 > 10-09 09:00",
     "10-09 12:00"),
    ("Saturday the 19th is closed, Sunday the 20th is worked", CHINA_2026, "09-18 17:00", "3h", "", "09-20 11:00"),
    ("paused on the working Sunday: 4 h to 18, 1 h on Monday", CHINA_2026, "09-20 09:00", "8h",
     "09-20 12:00 > 09-20 14:00", "09-21 10:00"),
    ("Saturday 10 October is worked, Sunday is not", CHINA_2026, "10-10 17:00", "2h", "", "10-12 10:00"),
    # Half days and long days: Hong Kong works 9-18 without lunch.
    ("no lunch here", HONG_KONG, "11-10 11:00", "3h", "", "11-10 14:00"),
    ("half of Christmas Eve paused, 2 h on Monday the 28th", HONG_KONG, "12-24 09:00", "3h",
     "12-24 10:00 > 12-24 12:30",
     "12-28 11:00"),
    ("its afternoon is closed, pause or not", HONG_KONG, "12-24 11:00", "2h",
     "12-24 13:00 > 12-24 17:00", "12-28 10:00"),
    ("the day round the clock: paused at 2 in the night", HONG_KONG, "11-11 00:00", "20h",
     "11-11 02:00 > 11-11 04:00",
     "11-11 22:00"),
    ("1 h to its midnight, 3 h from 9 on", HONG_KONG, "11-11 20:00", "6h",
     "11-11 22:00 > 11-11 23:00", "11-12 12:00"),
    # Several breaks, weekends only.
    ("30 min, a break of 15, 90 min", BREAKS, "03-02 09:30", "2h", "", "03-02 11:45"),
    ("paused within the short break", BREAKS, "03-02 09:30", "2h", "03-02 10:02 > 03-02 10:12", "03-02 11:45"),
    ("paused over both its edges: 15 min, 90 min, 15 min after noon", BREAKS, "03-02 09:30", "2h",
     "03-02 09:45 > 03-02 10:30", "03-02 13:45"),
    ("15 min to 17:45, 15 min from 8", BREAKS, "03-02 17:30", "30m", "", "03-03 08:15"),
    ("6 h on Saturday, 2 h on Sunday", WEEKENDS, "03-06 12:00", "8h", "", "03-08 12:00"),
    ("resumed on Wednesday: 6 h next Saturday", WEEKENDS, "03-07 10:00", "8h",
     "03-07 12:00 > 03-11 10:00", "03-14 16:00"),
    # Night shifts, Monday to Friday 22-6; the night of 24 March is off.
    ("paused over midnight: 3 h from 1", NIGHT, "03-02 22:00", "4h", "03-02 23:00 > 03-03 01:00", "03-03 04:00"),
    ("resumed at midnight", NIGHT, "03-02 22:00", "2h", "03-02 22:30 > 03-03 00:00", "03-03 01:30"),
    ("paused over the end of the shift: 1 h tonight", NIGHT, "03-02 22:00", "8h",
     "03-03 05:00 > 03-03 10:00", "03-03 23:00"),
    ("by day nobody works: 2 h to 6, 2 h from 22", NIGHT, "03-03 04:00", "4h",
     "03-03 08:00 > 03-03 20:00", "03-04 00:00"),
    ("Friday's shift on Saturday: 4 h, 2 h, 2 h on Monday", NIGHT, "03-06 22:00", "8h", "03-07 02:00 > 03-07 04:00",
     "03-10 00:00"),
    ("the weekend is closed", NIGHT, "03-07 05:00", "2h", "03-07 06:30 > 03-09 21:00", "03-09 23:00"),
    ("7 h to Tuesday 6:00, no Tuesday night, 1 h on Wednesday", NIGHT, "03-23 23:00", "8h", "", "03-25 23:00"),
    ("resumed in the night that is off", NIGHT, "03-23 22:00", "4h", "03-23 23:00 > 03-24 23:00", "03-26 01:00"),
    ("18 to midnight: 30 min left of it, 30 min tomorrow", EVENING, "03-02 22:00", "2h", "03-02 23:00 > 03-02 23:30",
     "03-03 18:30"),
    ("where two shifts touch no second is lost", ROUND, "03-03 05:00", "3h",
     "03-03 05:30 > 03-03 06:30", "03-03 09:00"),
    ("8 h, the hand-over paused, 7 h to 14, 1 h from 22", ROUND, "03-02 22:00", "16h", "03-03 06:00 > 03-03 07:00",
     "03-03 23:00"),
    ("the hour two shifts share, paused once", DOUBLE, "03-03 04:00", "4h",
     "03-03 05:00 > 03-03 06:00", "03-03 09:00"),
    # Berlin: 29 March 2 -> 3, 25 October 3 -> 2.
    ("1 to 4 are 2 h in spring, but they are paused", BERLIN, "03-29 00:00", "3h",
     "03-29 01:00 > 03-29 04:00", "03-29 06:00"),
    ("and 4 h in autumn", BERLIN, "10-25 00:00", "3h", "10-25 01:00 > 10-25 04:00", "10-25 06:00"),
    ("5 h from midnight end at 6 in spring", BERLIN, "03-28 22:00", "6h",
     "03-28 23:00 > 03-29 00:00", "03-29 06:00"),
    ("and at 4 in autumn", BERLIN, "10-24 22:00", "6h", "10-24 23:00 > 10-25 00:00", "10-25 04:00"),
    ("from half past two to half past two", BERLIN, "10-25 02:00", "1h",
     "10-25 02:30 > 10-25 02:30 again", "10-25 03:00"),
    ("25 h by the clock are 26 on the wall", CLOCK_BERLIN, "03-28 12:00", "24h",
     "03-28 20:00 > 03-28 21:00", "03-29 14:00"),
    ("and 24 in autumn", CLOCK_BERLIN, "10-24 12:00", "24h", "10-24 20:00 > 10-24 21:00", "10-25 12:00"),
    ("office hours do not notice spring", BERLIN_DESK, "03-27 17:00", "2h",
     "03-28 10:00 > 03-29 20:00", "03-30 10:00"),
    ("nor autumn", BERLIN_DESK, "10-23 17:00", "2h", "10-25 02:30 > 10-25 02:30 again", "10-26 10:00"),
    ("30 min Friday, 30 min from 9:15", BERLIN_DESK, "10-23 17:00", "1h",
     "10-23 17:30 > 10-26 09:15", "10-26 09:45"),
    # New York: 8 March 2 -> 3, 1 November 2 -> 1.
    ("over the weekend of spring", NEW_YORK, "03-06 16:00", "2h", "03-07 09:00 > 03-08 09:00", "03-09 10:00"),
    ("over that of autumn: 15 min, 45 min", NEW_YORK, "10-30 16:30", "1h",
     "10-30 16:45 > 11-02 09:30", "11-02 10:15"),
    ("1 h, then 5 h of the short night, 1 h in the next", NEW_YORK_NIGHT, "03-07 22:00", "7h",
     "03-07 23:00 > 03-08 00:00",
     "03-08 23:00"),
    ("1 h, then 7 h of the long night, 1 h in the next", NEW_YORK_NIGHT, "10-31 22:00", "9h",
     "10-31 23:00 > 11-01 00:00",
     "11-01 23:00"),
    ("3 h, the skipped hour paused, 2 h", NEW_YORK_NIGHT, "03-07 22:00", "5h",
     "03-08 01:00 > 03-08 04:00", "03-08 06:00"),
    ("2 h 30, the repeated hour paused, 2 h 30", NEW_YORK_NIGHT, "10-31 22:00", "5h", "11-01 00:30 > 11-01 02:00",
     "11-01 04:30"),
    ("Thanksgiving that nobody entered is worked", NEW_YORK, "11-25 16:00", "2h", "", "11-26 10:00"),
    ("entered it is off, and the day after is half", NEW_YORK_2026, "11-25 16:00", "4h", "", "11-27 12:00"),
    ("paused on the half day", NEW_YORK_2026, "11-25 16:00", "4h", "11-27 10:00 > 11-27 11:00", "11-27 13:00"),
    ("30 min, 15 min, the half day is over, 75 min on Monday", NEW_YORK_2026, "11-27 12:00", "2h",
     "11-27 12:30 > 11-27 12:45", "11-30 10:15"),
    # Lord Howe: half an hour, 5 April 2:00 -> 1:30, 4 October 2:00 -> 2:30.
    ("1:30 to 2:00 is a whole hour, paused", LORD_HOWE, "04-05 01:00", "1h",
     "04-05 01:30 > 04-05 02:00", "04-05 02:30"),
    ("1:30 to 2:45 is 45 min, paused", LORD_HOWE, "10-04 01:00", "1h", "10-04 01:30 > 10-04 02:45", "10-04 03:15"),
    ("1 h, 7 h to 6, 30 min in the next night", LORD_HOWE_NIGHT, "04-04 22:00", "8h 30m",
     "04-04 23:00 > 04-04 23:30",
     "04-05 22:30"),
    ("1 h, 6 h to 6, 30 min in the next night", LORD_HOWE_NIGHT, "10-03 22:00", "7h 30m",
     "10-03 23:00 > 10-03 23:30",
     "10-04 22:30"),
    ("by day it does not matter", LORD_HOWE_DESK, "10-02 16:30", "1h", "10-03 09:00 > 10-04 09:00", "10-05 09:30"),
    # Zones: the same moment is another time of day, or another day.
    ("03:15 UTC is 9:00 at +5:45", KATHMANDU, "03-02 03:15 UTC", "2h",
     "03-02 04:15 UTC > 03-02 05:15 UTC", "03-02 12:00"),
    ("at 8 it is closed, a quarter past 9 it is due", KATHMANDU, "03-02 08:00", "15m", "", "03-02 09:15"),
    ("Sunday 21:00 in New York is Monday 10:00 in Taipei", TAIPEI, "03-01 21:00 America/New_York", "2h",
     "03-01 22:00 America/New_York > 03-01 23:30 America/New_York", "03-02 13:30"),
    ("a day off in Taiwan, pause or not", TAIPEI_2026, "02-26 17:00", "2h",
     "02-27 09:00 > 02-27 18:00", "03-02 10:00"),
    ("resumed on the day off: 2 h on Monday", TAIPEI_2026, "02-26 16:00", "3h",
     "02-26 17:00 > 02-27 12:00", "03-02 11:00"),
]  # fmt: skip


def read(text, zone):
    """Read "03-02 09:00", with a year before it where it is not 2026."""
    return moment(text if text[:2] == "20" else f"2026-{text}", zone)


def read_pauses(text, zone):
    pauses = []
    for part in filter(None, text.split("; ")):
        since, _arrow, until = part.partition(" >")
        pauses.append(Pause(read(since, zone), read(until.strip(), zone) if until.strip() else None))
    return pauses


def read_case(calendar, start, target, pauses):
    """The plain values of a case: hours, zone, start, seconds and pauses."""
    hours, zone = (None, calendar) if isinstance(calendar, ZoneInfo) else (calendar, calendar.zone)
    return hours, zone, read(start, zone), int(length(target).total_seconds()), read_pauses(pauses, zone)


@pytest.mark.parametrize(
    ("calendar", "start", "target", "pauses", "due"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_when_a_promise_is_due(calendar, start, target, pauses, due):
    hours, zone, start, target, pauses = read_case(calendar, start, target, pauses)
    clock = Clock(start, target, hours, merged(pauses))
    assert clock.due_at() == (read(due, zone).astimezone(UTC) if due else None)
    if due:
        assert clock.spent_seconds(read(due, zone)) == target
    # Told line by line it comes to the same.
    end = (read(due, zone) if due else pauses[-1].since) + timedelta(days=9)
    told = account(
        start, target, hours, [Stop("waiting", pause.since, pause.until) for pause in pauses], now=end
    )
    assert told.due_at == clock.due_at()
    assert sum(line.seconds for line in told.lines if line.code == "ran") == clock.spent_seconds(end)


@pytest.mark.parametrize(
    ("calendar", "start", "target", "pauses", "due"),
    [case[1:] for case in CASES if case[5]],
    ids=[case[0] for case in CASES if case[5]],
)
def test_what_a_row_keeps_leads_to_the_same_due_moment(calendar, start, target, pauses, due):
    """Paused and resumed step by step, with the seconds spent and the due moment alone, as the services do it."""
    hours, zone, start, target, pauses = read_case(calendar, start, target, pauses)
    due_at, spent, since = due_after(start, target, hours), 0, start
    for pause in merged(pauses):
        spent += max(0, seconds_spent(since, pause.since, hours))
        since = pause.until
        due_at = due_on_resuming(
            since, due_at=due_at, target_seconds=target, spent_seconds=spent, hours=hours
        )
    assert due_at == read(due, zone).astimezone(UTC)


TUESDAY_OFF = hours("Asia/Shanghai", DESK, d20260303="")
TUESDAY_HALF = hours("Asia/Shanghai", DESK, d20260303="09:00-12:00")
# Columns: why, the version it started with, the edited one, start, target, pauses, due by the old, due by the new.
EDITED = [
    ("Tuesday is off since", SHANGHAI, TUESDAY_OFF, "03-02 17:00", "2h", "", "03-03 10:00", "03-04 10:00"),
    ("and the pause goes into it", SHANGHAI, TUESDAY_OFF, "03-02 17:00", "2h", "03-02 17:30 > 03-03 09:30",
     "03-03 11:00", "03-04 10:30"),
    ("Tuesday is a half day since: 1 h, 3 h, 1 h", SHANGHAI, TUESDAY_HALF, "03-02 17:00", "5h", "",
     "03-03 14:00", "03-04 10:00"),
    ("open until 20 since", SHANGHAI, hours("Asia/Shanghai", "09:00-12:00 13:00-20:00"), "03-02 17:00", "2h", "",
     "03-03 10:00", "03-02 19:00"),
    ("no lunch since", SHANGHAI, hours("Asia/Shanghai", "09:00-18:00"), "03-02 11:00", "2h", "",
     "03-02 14:00", "03-02 13:00"),
    ("Saturdays since", SHANGHAI, hours("Asia/Shanghai", DESK, "09:00-12:00"), "03-06 17:00", "2h", "",
     "03-09 10:00", "03-07 10:00"),
    ("by Tokyo's time since: noon here is one o'clock there", SHANGHAI, hours("Asia/Tokyo", DESK), "03-02 12:00", "1h",
     "", "03-02 14:00", "03-02 13:00"),
    ("the holidays were lost: Monday instead of after Spring Festival", CHINA_2026, SHANGHAI, "02-14 17:00", "2h", "",
     "02-24 10:00", "02-16 11:00"),
    ("the make-up day was announced: Saturday instead of Monday", SHANGHAI, CHINA_2026, "02-27 17:00", "2h", "",
     "03-02 10:00", "02-28 10:00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "start", "target", "pauses", "due_by_old", "due_by_new"),
    [case[1:] for case in EDITED],
    ids=[case[0] for case in EDITED],
)
def test_a_calendar_edited_in_the_middle_counts_for_what_begins_later(
    old, new, start, target, pauses, due_by_old, due_by_new
):
    zone = old.zone
    for calendar, due in ((old, due_by_old), (new, due_by_new)):
        clock = Clock(
            read(start, zone),
            int(length(target).total_seconds()),
            calendar,
            merged(read_pauses(pauses, zone)),
        )
        assert clock.due_at() == read(due, zone)
