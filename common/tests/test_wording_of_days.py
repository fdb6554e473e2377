"""How days and moments read in each language."""

from datetime import date, datetime

import pytest
from django.utils.formats import date_format
from django.utils.translation import override

from common.wording import short_day

DAY, MOMENT = date(2026, 3, 3), datetime(2026, 3, 3, 18, 5)


@pytest.mark.parametrize(
    ("language", "moment", "day", "this_year", "weekday"),
    [
        ("en", "3 Mar 2026, 18:05", "3 Mar 2026", "3 Mar", "Tue"),
        ("zh-hans", "2026年3月3日 18:05", "2026年3月3日", "3月3日", "周二"),
        ("zh-hant", "2026年3月3日 18:05", "2026年3月3日", "3月3日", "週二"),
    ],
)
def test_days_and_moments_read_alike_everywhere(language, moment, day, this_year, weekday):
    with override(language):
        assert (
            date_format(MOMENT, "DATETIME_FORMAT") == date_format(MOMENT, "SHORT_DATETIME_FORMAT") == moment
        )
        assert short_day(DAY, 2025) == date_format(DAY) == day
        assert short_day(DAY, 2026) == this_year
        assert date_format(DAY, "D") == weekday
