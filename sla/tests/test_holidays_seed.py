"""Days off and make-up working days as the regions announced them."""

from datetime import date

import pytest

from sla.holidays_seed import REGIONS, days_for, make_up_days_published

pytestmark = pytest.mark.ground


def days(region, year, kind):
    return {day.date: day for day in days_for(region, year) if day.kind == kind}


@pytest.mark.parametrize(
    ("year", "worked"),
    [
        (2025, ["01-26", "02-08", "04-27", "09-28", "10-11"]),
        (2026, ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]),
        (2027, []),  # announced in November 2026 at the earliest
    ],
)
def test_the_weekends_that_mainland_china_works(year, worked):
    working = days("CN", year, "working")
    assert sorted(working) == [date.fromisoformat(f"{year}-{day}") for day in worked]
    assert all(day.weekday() >= 5 for day in working)
    assert {day.title for day in working.values()} <= {"调休上班 · Make-up working day"}


def test_a_december_weekend_may_make_up_for_january():
    # Saturday 29 December 2018 was worked for Monday 31 December; Saturday 31 December 2011 for 3 January 2012.
    assert date(2018, 12, 29) in days("CN", 2018, "working")
    assert date(2011, 12, 31) in days("CN", 2011, "working")
    assert date(2011, 12, 31) not in days("CN", 2012, "working")


def test_the_days_off_of_mainland_china_in_2026():
    off = days("CN", 2026, "off")
    on_weekdays = sorted(f"{day:%m-%d}" for day in off if day.weekday() < 5)
    assert on_weekdays == [
        *("01-01", "01-02"),
        *("02-16", "02-17", "02-18", "02-19", "02-20", "02-23"),
        "04-06",
        *("05-01", "05-04", "05-05"),
        *("06-19", "09-25"),
        *("10-01", "10-02", "10-05", "10-06", "10-07"),
    ]
    assert off[date(2026, 2, 17)].title == "春节 · Chinese New Year (Spring Festival)"


def test_taiwan_made_up_for_days_off_until_2025():
    assert sorted(days("TW", 2023, "working")) == [
        date(2023, 1, 7),
        date(2023, 2, 4),
        date(2023, 2, 18),
        date(2023, 3, 25),
        date(2023, 6, 17),
        date(2023, 9, 23),
    ]
    assert sorted(days("TW", 2025, "working")) == [date(2025, 2, 8)]
    assert days("TW", 2025, "working")[date(2025, 2, 8)].title == "補班日 · Make-up working day"
    assert days("TW", 2026, "working") == {}
    assert date(2026, 2, 27) in days("TW", 2026, "off")  # for Peace Memorial Day, a Saturday


def test_offices_in_hong_kong_keep_the_general_holidays():
    off = days("HK", 2026, "off")
    assert len(off) == 17
    assert off[date(2026, 4, 3)].title == "耶穌受難節 · Good Friday"
    assert {date(2026, 4, 4), date(2026, 4, 6), date(2026, 4, 7), date(2026, 5, 25)} <= set(off)


def test_singapore_has_english_names_and_its_mondays_in_lieu():
    off = days("SG", 2026, "off")
    assert off[date(2026, 8, 10)].title == "National Day (observed)"
    assert days("SG", 2026, "working") == {}


def test_days_have_a_name_per_language():
    names = {
        (region, on): (day.name, day.name_zh_hans, day.name_zh_hant)
        for region in REGIONS
        for on, day in days(region, 2026, "off").items()
    }
    assert names["CN", date(2026, 2, 17)] == ("Chinese New Year (Spring Festival)", "春节", "春節")
    assert names["TW", date(2026, 10, 25)][1] == "台湾光复节"
    assert names["SG", date(2026, 8, 10)] == ("National Day (observed)", "国庆日（补假）", "國慶日（補假）")
    # A date with the month first is read otherwise by half of the world.
    assert names["CN", date(2026, 1, 2)][0] == "Day off (substituted from 2026-01-04)"
    assert all(all(three) for three in names.values())


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027, 2028])
def test_every_day_is_of_its_year_and_comes_once(region, year):
    seeded = days_for(region, year)
    assert len(seeded) >= 11
    assert all(day.date.year == year and day.name for day in seeded)
    assert len({day.date for day in seeded}) == len(seeded)
    assert seeded == sorted(seeded)


def test_when_the_make_up_days_are_known():
    assert [year for year in range(1999, 2030) if make_up_days_published("CN", year)] == [*range(2001, 2027)]
    assert all(make_up_days_published(region, 2027) for region in ("TW", "HK", "SG"))
    # Asking for 2026 must not make 2027 look known: the library shares one set among all years.
    days_for("CN", 2026)
    assert not make_up_days_published("CN", 2027)


def test_a_year_nobody_knows_is_empty_and_a_region_nobody_knows_is_refused():
    assert days_for("CN", 2200) == []
    with pytest.raises(ValueError, match="CN, TW, HK, SG"):
        days_for("XX", 2026)
