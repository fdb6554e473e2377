"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """The desk's name, and whether this is a trial run."""
    return {"site_name": settings.SITE_NAME, "is_trial": settings.DEBUG}
