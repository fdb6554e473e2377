"""Choosing a time zone, and addresses that break where they may."""

import pytest
from django.utils import translation

from common.wording import breakable
from common.zones import ZoneSelect, known_zones, zone_choices

pytestmark = pytest.mark.ground


def test_the_usual_zones_come_first_and_every_zone_once():
    groups = zone_choices()
    assert [name for name, _label in groups[0][1]][:4] == [
        "Asia/Shanghai",
        "Asia/Taipei",
        "Asia/Hong_Kong",
        "Asia/Singapore",
    ]
    names = [name for _region, zones in groups for name, _label in zones]
    assert len(names) == len(set(names))
    assert {"Europe/Berlin", "America/New_York", "Europe/Paris", "UTC"} <= set(names) <= known_zones()


def test_a_zone_has_its_name_in_the_readers_language():
    with translation.override("zh-hans"):
        assert zone_choices()[0][1][0] == ("Asia/Shanghai", "北京时间 · Asia/Shanghai")


@pytest.mark.parametrize("current", ["Asia/Taipei", "Etc/GMT+8", "Mars/Olympus"])
def test_what_is_stored_stays_chosen(current):
    drawn = ZoneSelect().render("time_zone", current)
    assert f'<option value="{current}" selected>' in drawn
    assert drawn.count(" selected") == 1


@pytest.mark.parametrize(
    ("address", "drawn"),
    [
        ("wang.fang@mail.example.com", "wang.<wbr>fang<wbr>@mail.<wbr>example.<wbr>com"),
        ("+8613800000000", "+8613800000000"),
        ("a<b>@x.", "a&lt;b&gt;<wbr>@x."),
        ("", ""),
    ],
)
def test_an_address_breaks_before_its_at_and_after_its_dots(address, drawn):
    assert breakable(address) == drawn
