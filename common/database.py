"""Rules that the database itself keeps, as migration operations for PostgreSQL and SQLite.

Running an operation again, in a later migration, replaces what is there. On SQLite Django alters a table by
making it anew, which drops its triggers: the engine `common.sqlite` keeps them, and `missing_rules` tells
when one is gone all the same.
"""

import re
import zlib
from collections.abc import Iterable
from typing import Any

from django.apps import apps as current_apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation, OperationCategory

Statements = list[str]

_CREATED = re.compile(r'CREATE (?:VIRTUAL )?(TRIGGER|TABLE) "(\w+)"')


class InstalledRule(Operation):
    """An operation that puts into the database what Django's models cannot say; it changes no model."""

    reduces_to_sql = True
    reversible = True
    category = OperationCategory.SQL

    def statements(self, vendor: str, app_label: str, apps: Any) -> tuple[Statements, Statements]:
        """Return the SQL that installs the rule, and the SQL that removes it."""
        raise NotImplementedError

    def expected(self, vendor: str, app_label: str, apps: Any) -> set[tuple[str, str]]:
        """Return what must be there while the rule is in force, as ("trigger" | "table" | "column", name)."""
        found = _CREATED.findall("\n".join(self.statements(vendor, app_label, apps)[0]))
        return {(kind.lower(), name) for kind, name in found}

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Leave the models as they are."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        self._run(0, app_label, schema_editor, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        self._run(1, app_label, schema_editor, to_state)

    def _run(self, way: int, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: Any) -> None:
        vendor = schema_editor.connection.vendor
        for statement in self.statements(vendor, app_label, state.apps)[way]:
            # None, not (): a percent sign in the SQL is itself, not a place for a parameter.
            schema_editor.execute(statement, None)


class DatabaseRule(InstalledRule):
    """Run SQL on either database; each way is (statements forward, statements backward).

    Forward statements must bear being run again. Names of triggers are written in double quotes.
    """

    def __init__(
        self,
        name: str,
        *,
        postgresql: tuple[Statements, Statements],
        sqlite: tuple[Statements, Statements],
    ) -> None:
        self.name = name
        self.postgresql = postgresql
        self.sqlite = sqlite

    def statements(self, vendor: str, app_label: str, apps: Any) -> tuple[Statements, Statements]:
        return self.sqlite if vendor == "sqlite" else self.postgresql

    def describe(self) -> str:
        return f"Install the database rule {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return self.name


def status_moves_trigger(
    table: str, column: str, pairs: Iterable[tuple[str, str]], name: str
) -> DatabaseRule:
    """Refuse any UPDATE whose (old, new) pair of `column` is not in `pairs`, with an IntegrityError naming `name`."""
    moves = ", ".join(sorted(quote_value(f"{old}>{new}") for old, new in set(pairs)))
    values = [f"COALESCE({side}.{quote_name(column)}, '')" for side in ("OLD", "NEW")]
    illegal = f"{values[0]} <> {values[1]} AND ({values[0]} || '>' || {values[1]}) NOT IN ({moves})"
    refusal = f"RAISE EXCEPTION '{name}: % > %', OLD.{quote_name(column)}, NEW.{quote_name(column)}"
    return DatabaseRule(
        name,
        postgresql=_postgresql_trigger(
            name, f"{refusal} USING ERRCODE = 'check_violation';", f"BEFORE UPDATE ON {quote_name(table)}",
            each=f"ROW WHEN ({illegal})",
        ),
        sqlite=_sqlite_triggers(
            {name: f"BEFORE UPDATE OF {quote_name(column)} ON {quote_name(table)} WHEN {illegal}"},
            f"SELECT RAISE(ABORT, '{name}')",
        ),
    )  # fmt: skip


def write_once(table: str, name: str) -> DatabaseRule:
    """Refuse UPDATE and DELETE of any row of `table`, with an IntegrityError naming `name`.

    Emptying the whole table by TRUNCATE stays possible on PostgreSQL; SQLite has nothing but DELETE.
    """
    on_table = f"ON {quote_name(table)}"
    return DatabaseRule(
        name,
        postgresql=_postgresql_trigger(
            name, f"RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation';",
            f"BEFORE UPDATE OR DELETE {on_table}", each="ROW",
        ),
        sqlite=_sqlite_triggers(
            {f"{name}_{word.lower()}": f"BEFORE {word} {on_table}" for word in ("UPDATE", "DELETE")},
            f"SELECT RAISE(ABORT, '{name}')",
        ),
    )  # fmt: skip


# The id of the stamp that changes with every table.
STAMP_OF_ALL = 1


def stamp_id(table: str) -> int:
    """Return the id of a table's own stamp."""
    return zlib.crc32(table.encode()) + STAMP_OF_ALL + 1


def configuration_stamp_trigger(table: str) -> DatabaseRule:
    """Give `table` and the whole a new random stamp whenever a row of it comes, changes or goes.

    The stamps are rows of `catalog_configurationstamp`.
    """
    name = f"{table}_stamp"
    write_stamp = (
        "INSERT INTO catalog_configurationstamp (id, stamp) VALUES (1, {value}), ({own}, {value}) "
        "ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp"
    )
    words = ("INSERT", "UPDATE", "DELETE")
    on_postgresql = write_stamp.format(own=stamp_id(table), value="gen_random_uuid()::text")
    on_sqlite = write_stamp.format(own=stamp_id(table), value="lower(hex(randomblob(16)))")
    installed, removed = _postgresql_trigger(
        name, f"{on_postgresql};", f"AFTER {' OR '.join(words)} ON {quote_name(table)}", each="STATEMENT"
    )
    events = {f"{name}_{word.lower()}": f"AFTER {word} ON {quote_name(table)}" for word in words}
    created, dropped = _sqlite_triggers(events, on_sqlite)
    # Both begin with a stamp: without one nobody knows whether the table is as it was.
    return DatabaseRule(
        name,
        postgresql=([*installed, on_postgresql], removed),
        sqlite=([*created, on_sqlite], dropped),
    )


def applied_rules(connection: BaseDatabaseWrapper) -> list[tuple[str, InstalledRule]]:
    """List the rules of all applied migrations, with the label of their app."""
    loader = MigrationLoader(connection)
    return [
        (key[0], operation)
        for key in loader.applied_migrations
        for operation in getattr(loader.graph.nodes.get(key), "operations", ())
        if isinstance(operation, InstalledRule)
    ]


def missing_rules(
    connection: BaseDatabaseWrapper,
    rules: Iterable[tuple[str, InstalledRule]] | None = None,
    apps: Any = current_apps,
) -> list[str]:
    """List what `rules` (of all applied migrations) need and the database has not; empty means all is well."""
    vendor, present = connection.vendor, _present(connection)
    missing: set[tuple[str, str]] = set()
    for app_label, rule in applied_rules(connection) if rules is None else rules:
        missing |= rule.expected(vendor, app_label, apps) - present
    return sorted(f"{kind} {name}" for kind, name in missing)


def quote_name(name: str) -> str:
    """Return an identifier as SQL, the same on both databases."""
    return '"' + name.replace('"', '""') + '"'


def quote_value(text: str) -> str:
    """Return a text as an SQL literal, the same on both databases."""
    return "'" + text.replace("'", "''") + "'"


def _postgresql_trigger(name: str, body: str, event: str, *, each: str) -> tuple[Statements, Statements]:
    function, trigger = quote_name(f"{name}_function"), quote_name(name)
    table = event.rpartition(" ON ")[2]
    result = "NULL" if each == "STATEMENT" else "NEW"
    drop = f"DROP TRIGGER IF EXISTS {trigger} ON {table}"
    return (
        [
            (
                f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$rule$ BEGIN {body} RETURN {result}; END $rule$"
            ),
            drop,
            f"CREATE TRIGGER {trigger} {event} FOR EACH {each} EXECUTE FUNCTION {function}()",
        ],
        [drop, f"DROP FUNCTION IF EXISTS {function}()"],
    )


def _sqlite_triggers(events: dict[str, str], body: str) -> tuple[Statements, Statements]:
    drops = [f"DROP TRIGGER IF EXISTS {quote_name(name)}" for name in events]
    creates = [
        f"CREATE TRIGGER {quote_name(name)} {event} BEGIN {body}; END" for name, event in events.items()
    ]
    return drops + creates, drops


def _present(connection: BaseDatabaseWrapper) -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'table')")
        else:
            cursor.execute(
                "SELECT 'trigger', tgname::text FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' UNION ALL "
                "SELECT 'column', table_name || '.' || column_name FROM information_schema.columns "
                "WHERE table_schema = current_schema()"
            )
        return {(kind, name) for kind, name in cursor.fetchall()}
