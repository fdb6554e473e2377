"""The product's settings as the tests use them: fast, without TLS, nothing kept."""

import atexit
import os
import shutil
import tempfile
from urllib.parse import urlsplit

os.environ.setdefault("SECRET_KEY", "only for the tests, never for anything that is served")
os.environ.setdefault("SECURE_SSL", "False")

from helpdesk.settings import *  # noqa: F403
from helpdesk.settings import DATABASES, STORAGES

# A thread's kept connection would hold up dropping the test database.
DATABASES["default"]["CONN_MAX_AGE"] = 0
# The address of a database that scripts.test has just migrated. Each process begins with a copy of it (on SQLite made
# in conftest.py), and then migrates all the same: without it from nothing, with it there is nothing left to do.
MIGRATED_DATABASE = urlsplit(os.environ.get("MIGRATED_DATABASE", ""))
if MIGRATED_DATABASE.scheme == "postgres":
    DATABASES["default"]["TEST"] = {"TEMPLATE": MIGRATED_DATABASE.path[1:]}
if DATABASES["default"]["ENGINE"] == "common.sqlite":
    # Said outright, since pytest-django knows only Django's own engine and would name a file for each process.
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}
MEDIA_ROOT = tempfile.mkdtemp(prefix="helpdesk-test-media-")
atexit.register(shutil.rmtree, MEDIA_ROOT, ignore_errors=True)
# A reply goes out at once; tests of taking it back say how long it waits.
UNDO_SECONDS = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Unhashed, straight from the folders: no collectstatic before the tests.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
