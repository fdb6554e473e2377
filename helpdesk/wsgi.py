"""What the web server calls."""

import gc
import os
from importlib import import_module

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

# The pages come with the process, not with its first visitor. And the collector of garbage leaves alone what stays: to
# look through it took 60 ms, now and then, of some visitor's time.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
