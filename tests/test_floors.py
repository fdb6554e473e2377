"""Imports and foreign keys point down the floors of pyproject.toml, and never to a room on the same floor."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parent.parent
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
FLOORS: list[list[str]] = CONFIGURATION["helpdesk"]["floors"]
# Floor 0 is the lowest.
FLOOR = {room: number for number, floor in enumerate(reversed(FLOORS)) for room in floor}
ROOMS = [room for room in FLOOR if (ROOT / room / "__init__.py").exists()]

pytestmark = pytest.mark.ground


def imported_names(source: str) -> Iterator[str]:
    """Give the dotted name of every absolute import, also those inside functions and for type checking."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""


def may_use(room: str, other: str) -> bool:
    return room == other or FLOOR[other] < FLOOR[room]


def test_the_table_knows_every_room_that_is_installed():
    assert {config.name for config in apps.get_app_configs() if Path(config.path).parent == ROOT} == set(
        ROOMS
    )


def test_the_import_contract_covers_every_room_that_exists():
    assert set(CONFIGURATION["importlinter"]["root_packages"]) == set(ROOMS)


def test_the_import_contract_has_the_same_floors():
    floors, inside = CONFIGURATION["importlinter"]["contracts"]
    contract = [[name.strip(" ()") for name in layer.split("|")] for layer in floors["layers"]]
    assert contract == FLOORS
    assert set(inside["containers"]) == set(ROOMS) - {"helpdesk", "common"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_below(room):
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for name in imported_names(path.read_text())
        if name.split(".")[0] in FLOOR and not may_use(room, name.split(".")[0])
    ]
    assert wrong == []


def test_common_knows_only_django_and_the_standard_library():
    assert not list(apps.get_app_config("common").get_models())


@pytest.mark.parametrize("room", ROOMS)
def test_foreign_keys_point_down(room):
    wrong = [
        f"{model._meta.label}.{field.name} points at {field.related_model._meta.label}"
        for model in apps.get_app_config(room).get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
        and field.related_model._meta.app_label in FLOOR
        and not may_use(room, field.related_model._meta.app_label)
    ]
    assert wrong == []


def test_an_upward_import_would_be_seen():
    source = (
        "def f():\n    from surveys.models import Survey\n\nimport tickets.services\nfrom . import urls\n"
    )
    names = list(imported_names(source))
    assert sorted(names) == ["surveys.models", "tickets.services"]
    assert not may_use("tickets", "surveys")
    assert not may_use("sla", "knowledgebase")
    assert may_use("surveys", "tickets")
