"""Counts of requests that all processes share, for the brakes of the API and of the portal's forms.

One statement counts and tells, so no request is lost between a question and a write, and none costs more than a
query (docs/decisions/0006-shared-counts.md).
"""

import ipaddress
import time
from datetime import UTC, datetime

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from staff.models import RequestCount

_COUNT = """
INSERT INTO staff_requestcount AS kept (source, "window", requests, until) VALUES (%s, %s, 1, %s)
ON CONFLICT (source) DO UPDATE SET
    requests = CASE WHEN kept."window" = excluded."window" THEN kept.requests + 1 ELSE 1 END,
    "window" = excluded."window", until = excluded.until
RETURNING requests
"""


def is_over(source: str, limit: int, seconds: int) -> bool:
    """Count a request; whether its source has now sent more than `limit` in this window. No limit (0): no count."""
    return bool(limit) and count_request(source, seconds) > limit


def count_request(source: str, seconds: int) -> int:
    """Count a request of the source; how many it has sent in this window of so many seconds."""
    window = int(time.time()) // seconds
    until = datetime.fromtimestamp((window + 1) * seconds, UTC)
    until_value = connection.ops.adapt_datetimefield_value(until)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [source, window, until_value])
        return int(cursor.fetchone()[0])


def seconds_left(seconds: int) -> int:
    """For how long the present window of so many seconds lasts."""
    return seconds - int(time.time()) % seconds


def forget_old_counts() -> int:
    """Delete the counts of windows that have ended, with the addresses in them; how many."""
    return RequestCount.objects.filter(until__lt=timezone.now()).delete()[0]


def network_of(request: HttpRequest) -> str:
    """The address it came from, of an IPv6 address the part that stands for one household; empty when unknown."""
    try:
        # The adapter knows how many proxies of ours stand in front; what others claim before them is hearsay.
        address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    except (PermissionDenied, ValueError):
        return ""
    # This machine's own address is a proxy that BEHIND_PROXY does not know of: that must not lock everybody out.
    if address.is_loopback:
        return ""
    return str(ipaddress.ip_network(f"{address}/{64 if address.version == 6 else 32}", strict=False))
