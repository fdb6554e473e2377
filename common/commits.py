"""How soon a transaction is on the disk, where that is not what the database's settings say."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def written_soon() -> Iterator[None]:
    """A transaction that nobody waits for the disk for: with the machine, not with the process, it may be lost."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL synchronous_commit = off")
        yield
