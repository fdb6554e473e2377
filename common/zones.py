"""The names of time zones."""

import zoneinfo
from functools import cache


@cache
def known_zones() -> frozenset[str]:
    """Every name of a time zone that this machine knows; the library reads hundreds of files for it each time."""
    return frozenset(zoneinfo.available_timezones())
