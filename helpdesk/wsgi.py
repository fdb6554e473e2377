"""What the web server calls."""

import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

from common.room import with_room

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
application = with_room(get_wsgi_application())

if settings.ENVIRONMENT_PROBLEMS:
    raise ImproperlyConfigured(
        "\n".join(
            f"{problem.name}: {problem.what} {problem.hint}" for problem in settings.ENVIRONMENT_PROBLEMS
        )
    )
