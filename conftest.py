"""The people and things that tests speak of, and the database that they begin with."""

import gc
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from _pytest.runner import pytest_runtest_protocol as run_test
from django.conf import settings as product
from django.contrib.auth.models import Group
from django.core.management.color import no_style
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone, translation
from rest_framework.test import APIClient

from catalog.models import Category
from common.room import with_room
from customers.models import Customer, Segment
from staff.models import Membership, Team, User
from staff.services import issue_token
from tickets.models import Route, Ticket
from tickets.services import create_ticket, take_step

PASSWORD = "correct horse battery"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> object:
    """Run a test as pytest does, with the room that a request has; it spares three quarters of the system's time."""
    return with_room(run_test)(item, nextitem)


def pytest_collection_finish() -> None:
    """Let the collector of garbage leave alone what stays to the end, and come seldom: it took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


# On SQLite each case of a test runs, on PostgreSQL one in so many: cases differ in what is said, not how it is kept.
ONE_CASE_IN = 3


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out cases of the second half that need neither PostgreSQL nor a browser, nor are marked `every_case`."""
    if product.MIGRATED_DATABASE.scheme != "postgres":
        return
    cases: Counter[str] = Counter()
    left_out = []
    for item in items:
        test, _bracket, case = item.nodeid.partition("[")
        if case and not any(map(item.get_closest_marker, ("postgres", "browser", "every_case"))):
            if cases[test] % ONE_CASE_IN:
                left_out.append(item)
            cases[test] += 1
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Fill the database in memory from the migrated one, before Django opens it."""
    if product.MIGRATED_DATABASE.scheme != "sqlite":
        yield
        return
    memory = connection.creation._get_test_db_name()
    with (
        closing(sqlite3.connect(product.MIGRATED_DATABASE.path)) as migrated,
        closing(sqlite3.connect(memory, uri=True)) as copy,
    ):
        migrated.backup(copy)
        # The copy lives as long as somebody has it open.
        yield


# Making permissions anew, and giving them to the roles, took longer than the emptying.
KEPT = {"django_content_type", "django_site", "auth_permission", "auth_group", "auth_group_permissions"}


def empty_tables(_case: TransactionTestCase) -> None:
    """Empty every table but the roles', where Django would empty these too and fill some of them again.

    A database in memory is filled anew, so that the tests which follow find what migrations had made, in any order.
    """
    if product.MIGRATED_DATABASE.scheme == "sqlite":
        with closing(sqlite3.connect(product.MIGRATED_DATABASE.path)) as migrated:
            migrated.backup(connection.connection)
        return
    tables = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    if connection.vendor == "postgresql":
        _delete_rows(sorted(tables))
    else:
        connection.ops.execute_sql_flush(
            connection.ops.sql_flush(no_style(), sorted(tables), allow_cascade=True)
        )


def _delete_rows(tables: list[str]) -> None:
    """Delete what is in them, past all triggers; to truncate a hundred empty tables takes thirty times as long."""
    quoted = [connection.ops.quote_name(table) for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"(SELECT {place} FROM {table} LIMIT 1)" for place, table in enumerate(quoted))
        )
        filled = [quoted[place] for (place,) in cursor.fetchall()]
        deletes = "".join(f"DELETE FROM {table};" for table in filled)
        cursor.execute(
            f"SET session_replication_role = replica; {deletes} SET session_replication_role = DEFAULT"
        )


TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _at_home() -> None:
    """Begin in the product's language and zone: a page asked for in another leaves its own behind."""
    translation.deactivate()
    timezone.deactivate()


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Makes a member of staff with a role, in a team if one is given."""

    def make(role: str, name: str, team: Team | None = None, *, is_lead: bool = False, **fields: Any) -> User:
        user = User.objects.create_user(
            f"{name.lower().replace(' ', '.')}@example.com", PASSWORD, display_name=name,
            is_staff=role in ("manager", "admin"), **{"is_present": False, **fields},
        )  # fmt: skip
        user.groups.add(Group.objects.get(name=role))
        if team:
            Membership.objects.create(team=team, user=user, is_lead=is_lead)
        return user

    return make


@pytest.fixture
def team(db: None) -> Team:
    return Team.objects.create(name="Phone repairs")


@pytest.fixture
def other_team(db: None) -> Team:
    return Team.objects.create(name="Kitchen appliances")


@pytest.fixture
def agent(person: Callable[..., User], team: Team) -> User:
    return person("agent", "Li Wei", team)


@pytest.fixture
def colleague(person: Callable[..., User], team: Team) -> User:
    """Another agent of the same team."""
    return person("agent", "Zhang Min", team)


@pytest.fixture
def agent_of_another_team(person: Callable[..., User], other_team: Team) -> User:
    return person("agent", "Wang Fang", other_team)


@pytest.fixture
def lead(person: Callable[..., User], team: Team) -> User:
    return person("lead", "Chen Jing", team, is_lead=True)


@pytest.fixture
def manager(person: Callable[..., User]) -> User:
    return person("manager", "Liu Yang")


@pytest.fixture
def admin(person: Callable[..., User]) -> User:
    return person("admin", "Zhao Lei")


@pytest.fixture
def customer(db: None) -> Customer:
    segment = Segment.objects.filter(code="regular").first()
    made = Customer.objects.create(name="陈晓", segment=segment, language="zh-hans")
    made.identities.create(kind="email", value="chenxiao@example.com")
    return made


@pytest.fixture
def category(team: Team) -> Category:
    """A category that the team serves."""
    made = Category.objects.create(name="Broken screen", name_zh_hans="屏幕损坏", code="broken-screen")
    Route.objects.create(category=made, team=team)
    return made


@pytest.fixture
def ticket(customer: Customer, category: Category) -> Ticket:
    """A received ticket."""
    return create_ticket(customer=customer, subject="屏幕碎了", body="手机摔了一下，屏幕碎了，可以保修吗？")


@pytest.fixture
def ticket_in(customer: Customer, category: Category, agent: User, lead: User) -> Callable[[str], Ticket]:
    """Makes a ticket in any state, by the steps that lead there; the agent of the team has it."""

    def make(status: str, **fields: Any) -> Ticket:
        ticket = create_ticket(customer=customer, subject="屏幕碎了", body="手机摔了，可以保修吗？", **fields)
        if status == "received":
            return ticket
        if status == "cancelled":
            return take_step(ticket, "cancel", actor=lead, cancel_reason="withdrawn")
        ticket = take_step(ticket, "classify", actor=agent, category=category, priority="normal")
        if status == "classified":
            return ticket
        ticket = take_step(ticket, "assign", actor=agent, assignee=agent)
        if status == "assigned":
            return ticket
        if status == "waiting":
            return take_step(ticket, "wait", actor=agent, reply="请问订单号是多少？")
        ticket = take_step(ticket, "resolve", actor=agent, reply="已为您换新屏幕。")
        if status == "resolved":
            return ticket
        return take_step(ticket, "survey", actor=None, outcome="not_asked")

    return make


@pytest.fixture
def program() -> Callable[..., APIClient]:
    """Makes a program that comes to the API with a token of the user."""

    def make(user: User, scope: str = "write") -> APIClient:
        _token, raw = issue_token(user, name="test", scope=scope, days=1)
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {raw}")
        return client

    return make


class FaultyTickets:
    """Makes the database refuse rows of one ticket, as if it were broken, until it is mended."""

    def __init__(self) -> None:
        self._triggers: list[tuple[str, str]] = []

    def __call__(self, ticket: Ticket, *, table: str = "tickets_event", rows: str = "") -> None:
        """Refuse new events of the ticket, or new rows of another table."""
        name, rows = f"refused_{len(self._triggers)}", rows or f"NEW.ticket_id = {ticket.pk}"
        self._triggers.append((name, table))
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(
                    f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {rows} "
                    "BEGIN SELECT RAISE(ABORT, 'faulty ticket'); END"
                )
                return
            cursor.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'faulty ticket'; END $$"
            )
            cursor.execute(
                f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW "
                f"WHEN ({rows}) EXECUTE FUNCTION {name}()"
            )

    def mend(self) -> None:
        """Refuse nothing any more."""
        with connection.cursor() as cursor:
            for name, table in self._triggers:
                on = "" if connection.vendor == "sqlite" else f" ON {table}"
                cursor.execute(f"DROP TRIGGER {name}{on}")


@pytest.fixture
def refused(db: None) -> FaultyTickets:
    return FaultyTickets()
