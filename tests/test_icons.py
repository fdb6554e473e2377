"""The icons that are cut out of the whole font are those that the pages use."""

import re
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont

from scripts.icons import FOLDER, WHOLE, places, style_sheet, used

pytestmark = pytest.mark.ground


def test_the_cut_style_sheet_has_what_the_pages_use():
    assert (FOLDER / "icons.css").read_text() == style_sheet(used()), "Run: .venv/bin/python -m scripts.icons"


def test_the_cut_font_draws_each_of_them():
    drawn = TTFont(BytesIO((FOLDER / "icons.woff2").read_bytes())).getBestCmap()
    assert set(drawn) == {int(place, 16) for place in places((FOLDER / "icons.css").read_text()).values()}


def test_an_icon_of_a_template_of_the_code_and_of_a_condition_is_found():
    names = used()
    # In a class, as the default of a choice, in a condition, in Python.
    assert {"bell", "chat-dots", "inbox", "check-lg"} <= names
    assert len(names) < len(places((WHOLE / "bootstrap-icons.min.css").read_text())) / 5


def test_every_icon_of_a_template_is_one():
    known = set(places((WHOLE / "bootstrap-icons.min.css").read_text()))
    for path in (FOLDER.parents[1] / "templates").rglob("*.html"):
        for name in re.findall(r"\bbi-([a-z0-9-]*[a-z0-9])(?![a-z0-9-]|\{)", path.read_text()):
            assert name in known, f"{path.name}: there is no icon {name}"
