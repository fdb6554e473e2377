"""The front-end files are the ones that scripts/vendor_frontend.py fetched."""

import hashlib
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
pytestmark = pytest.mark.ground
RECORDED: dict[str, str] = json.loads((ROOT / "scripts" / "vendor_frontend.json").read_text())["files"]


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_a_vendored_file_is_the_recorded_one(name):
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == RECORDED[name]


def test_nothing_else_lies_in_the_vendor_folder():
    assert {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()} == set(RECORDED)


def test_every_package_brings_its_licence():
    packages = {name.split("/")[0] for name in RECORDED}
    assert packages == {name.split("/")[0] for name in RECORDED if "/LICENSE" in name}


@pytest.mark.parametrize("name", sorted(name for name in RECORDED if name.endswith((".css", ".js"))))
def test_no_vendored_file_points_at_a_source_map(name):
    # The manifest storage refuses a map that is not there.
    assert "sourceMappingURL" not in (VENDOR / name).read_text()
