"""How many requests a caller of the API may send: more are answered with 429 and when to go on."""

from typing import Any

from django.conf import settings
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from staff.counting import is_over, network_of, seconds_left
from staff.models import ApiToken

WINDOW_SECONDS = 60


class CallerThrottle(BaseThrottle):
    """At most API_LIMIT requests a minute for each token, and for each person's browser."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request; whether it is one too many is the answer."""
        if not request.user or not request.user.is_authenticated:
            return True
        caller = request.auth if isinstance(request.auth, ApiToken) else request.user
        source = f"api:{caller._meta.model_name}:{caller.pk}"
        return not is_over(source, settings.API_LIMIT, WINDOW_SECONDS)

    def wait(self) -> float:
        """Seconds until the next request is taken."""
        return seconds_left(WINDOW_SECONDS)


def count_stranger(request: Request) -> None:
    """Count a request that shows no token in force; refuse its network when there were more than API_STRANGER_LIMIT."""
    network = network_of(request._request)
    if network and is_over(f"api:{network}", settings.API_STRANGER_LIMIT, WINDOW_SECONDS):
        raise Throttled(seconds_left(WINDOW_SECONDS))
