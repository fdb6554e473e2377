"""Tables made by migration operations, for tests of what the database itself does."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class Workshop:
    """Applies migration operations of an app "common" to the test database, and takes them back in the end."""

    def __init__(self) -> None:
        self.state = ProjectState()
        self.done: list[tuple[Operation, ProjectState, ProjectState]] = []

    def apply(self, *operations: Operation) -> None:
        for operation in operations:
            before, self.state = self.state, self.state.clone()
            operation.state_forwards("common", self.state)
            with connection.schema_editor() as editor:
                operation.database_forwards("common", editor, before, self.state)
            self.done.append((operation, before, self.state))

    def take_back(self) -> None:
        operation, before, after = self.done.pop()
        with connection.schema_editor() as editor:
            operation.database_backwards("common", editor, after, before)
        self.state = before

    def model(self, name: str) -> Any:
        return self.state.apps.get_model("common", name)


@pytest.fixture(scope="module")
def workshop(django_db_setup: None, django_db_blocker: Any) -> Iterator[Workshop]:
    """A workshop that stays for all tests of a module, outside any test's transaction."""
    with django_db_blocker.unblock():
        shop = Workshop()
        yield shop
        while shop.done:
            shop.take_back()
