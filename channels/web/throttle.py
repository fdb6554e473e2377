"""A brake against floods of forms from one address.

The counts are in Django's cache. With the default one, which each process has for itself, the limit holds per
process: enough against a flood, not a quota. Where CACHES names a shared cache it holds for all of them together.
"""

import ipaddress
import time

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

WINDOW_SECONDS = 600


def is_flooding(request: HttpRequest) -> bool:
    """Count this form; whether its network has now sent more than FORM_LIMIT within ten minutes."""
    network = network_of(request)
    if not (settings.FORM_LIMIT and network):
        return False
    key = f"forms:{network}:{int(time.time()) // WINDOW_SECONDS}"
    cache.add(key, 0, WINDOW_SECONDS)
    try:
        return cache.incr(key) > settings.FORM_LIMIT
    except ValueError:
        # The window ended between the two lines.
        return False


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
