"""A brake against floods of forms from one address; it holds for all processes together."""

from django.conf import settings
from django.http import HttpRequest

from staff.counting import is_over, network_of

WINDOW_SECONDS = 600


def is_flooding(request: HttpRequest) -> bool:
    """Count this form; whether its network has now sent more than FORM_LIMIT within ten minutes."""
    network = network_of(request)
    return bool(network) and is_over(f"forms:{network}", settings.FORM_LIMIT, WINDOW_SECONDS)
