"""Doing something for many rows, where one that fails holds up no other."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django.db import connection, transaction

logger = logging.getLogger(__name__)

# A sweep looks at so many rows at most: many more than it works on, so that those which fail cannot fill its batch
# and keep all others waiting for ever.
LOOKED_AT = 5_000


# Of the time that a piece of long work took so much is left to those who wait for a page, but no more than that.
REST, LONGEST_REST = 0.25, 0.01


def give_way(began: float) -> None:
    """Rest a little after a piece of work that began at this moment of the monotonic clock, before the next one."""
    time.sleep(min(LONGEST_REST, (time.monotonic() - began) * REST))


class Swept(NamedTuple):
    """How much was done, and how many rows failed and are left to the next sweep."""

    done: int
    failed: int


def one_by_one(keys: Iterable[Any], work: Callable[[Any], int], *, most: int | None = None) -> Swept:
    """Do the work for each key in a transaction of its own, until `most` is done; work says how much it did.

    An error is logged and undoes that key's work only. Without a database there is no next one: then it is raised.
    """
    done = failed = 0
    for key in keys:
        try:
            with transaction.atomic():
                done += work(key)
        except Exception:
            if not connection.is_usable():
                raise
            failed += 1
            name = getattr(work, "func", work).__name__
            logger.exception("%s failed for %r, which is left for later.", name, key)
        if most is not None and done >= most:
            break
    return Swept(done, failed)
