"""What every page knows."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext


def site(request: HttpRequest) -> dict[str, object]:
    """The desk's name, and whether this is a trial run."""
    # The name a desk has before it is given one is a word, and translated.
    name = gettext(settings.SITE_NAME) if settings.SITE_NAME else ""
    return {"site_name": name, "is_trial": settings.DEBUG}
