"""Time zones: their names, and a field to choose one."""

import zoneinfo
from functools import cache
from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext

from common.wording import zone_name

# Asked first: where this desk's people and customers mostly are.
USUAL_ZONES = (
    *("Asia/Shanghai", "Asia/Taipei", "Asia/Hong_Kong", "Asia/Singapore"),
    *("Asia/Tokyo", "Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "UTC"),
)

Groups = list[tuple[str, list[tuple[str, str]]]]


@cache
def known_zones() -> frozenset[str]:
    """Every name of a time zone that this machine knows; the library reads hundreds of files for it each time."""
    return frozenset(zoneinfo.available_timezones())


def zone_choices(current: str = "") -> Groups:
    """Every time zone in groups, the usual ones first; `current` is there however unusual it is."""
    listed = {name for name in known_zones() if "/" in name and not name.startswith("Etc/")}
    usual = [*USUAL_ZONES]
    if current and current not in listed | {*USUAL_ZONES}:
        usual.append(current)
    groups = [(gettext("Often used"), [(name, _label(name)) for name in usual])]
    for region, names in groupby(sorted(listed - {*usual}), key=lambda name: name.split("/")[0]):
        groups.append((region, [(name, _label(name)) for name in names]))
    return groups


class ZoneSelect(forms.Select):
    """A list of time zones; what may stand in the field its own validators say."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        self.choices = zone_choices(*value[:1])
        return super().optgroups(name, value, attrs)

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        """Without the length that a field of text brings along."""
        attrs = super().build_attrs(base_attrs, extra_attrs)
        attrs.pop("maxlength", None)
        return attrs


def _label(name: str) -> str:
    plain, words = name.replace("_", " "), zone_name(name)
    return plain if words == plain else f"{words} · {plain}"
