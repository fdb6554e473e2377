"""What is installed, and that the two locks agree."""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.ground


def pins(name: str) -> dict[str, str]:
    return dict(
        re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)", (ROOT / name).read_text(), flags=re.MULTILINE)
    )


def test_django_fsm_is_not_installed_beside_its_continuation():
    # Both bring the module `django_fsm`; the abandoned one breaks refresh_from_db() on protected fields.
    assert distribution("django-fsm-2").version == pins("requirements.txt")["django-fsm-2"]
    with pytest.raises(PackageNotFoundError):
        distribution("django-fsm")


def test_the_development_lock_holds_the_same_versions():
    product, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert product
    assert product.items() <= development.items()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_a_lock_has_hashes_and_no_address(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    packages = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert [package for package in packages if "--hash=sha256:" not in package] == []


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_dependency_says_what_it_is_for(name):
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]
    assert lines
    assert [line for line in lines if " # " not in line] == []
