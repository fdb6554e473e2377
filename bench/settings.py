"""Production's settings without TLS, with the bare view to compare with and a header that counts queries."""

import os

os.environ.setdefault("SECRET_KEY", "only for the benchmark, on this machine, for some minutes")
os.environ.setdefault("SECURE_SSL", "False")
# All forms come from one network; they are counted all the same.
os.environ.setdefault("FORM_LIMIT", "1000000")

from helpdesk.settings import *  # noqa: F403
from helpdesk.settings import MIDDLEWARE

ROOT_URLCONF = "bench.urls"
MIDDLEWARE = ["bench.counting.QueryCountMiddleware", *MIDDLEWARE]
