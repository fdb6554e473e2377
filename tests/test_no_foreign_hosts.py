"""No page loads anything from another host, and none holds a script or a style that the CSP would refuse."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted(
    path
    for path in ROOT.glob("**/templates/**/*.*")
    if not {".venv", "var", "node_modules"} & set(path.parts)
)
OURS = sorted(
    path for path in (ROOT / "static").rglob("*.*s") if path.is_file() and path.suffix in {".css", ".js"}
)
# Names of XML vocabularies are not fetched by anybody.
NOT_FETCHED = re.compile(r"https?://www\.w3\.org/[\w/.#-]*")
LOADS = re.compile(
    r"""(?:\b(?:src|srcset|action|data|poster|hx-(?:get|post|put|patch|delete))\s*=\s*["']\s*(?:https?:)?//)"""
    r"""|<link\b[^>]*\bhref\s*=\s*["']\s*(?:https?:)?//""",
    re.IGNORECASE,
)
IN_STYLES = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])\s*(?:https?:)?//""")
IN_SCRIPTS = re.compile(
    r"""(?:\bimport\s*\(?|\bfrom\s*|\bfetch\s*\(|\bEventSource\s*\(|\bWebSocket\s*\()\s*["'`](?:\w+:)?//"""
)
INLINE = re.compile(
    r"""<script(?![^>]*\b(?:src|type\s*=\s*["']application/json["']))[^>]*>|<style\b|\sstyle\s*=\s*["']"""
    r"""|\son[a-z]+\s*=\s*["']|\shx-on\b|javascript:""",
    re.IGNORECASE,
)

pytestmark = pytest.mark.ground


def found(pattern: re.Pattern[str], text: str) -> list[str]:
    return [match.group() for match in pattern.finditer(NOT_FETCHED.sub("", text))]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_loads_nothing_from_outside(path):
    assert found(LOADS, path.read_text()) == []


def is_page(path: Path) -> bool:
    # A mail's HTML has its styles inside: mail programs read no style sheet, and no CSP applies to them.
    return path.suffix == ".html" and "mail" not in path.relative_to(ROOT).parts


@pytest.mark.parametrize("path", [path for path in TEMPLATES if is_page(path)], ids=name)
def test_a_page_has_no_inline_script_or_style(path):
    assert found(INLINE, path.read_text()) == []


@pytest.mark.parametrize("path", OURS, ids=name)
def test_a_style_or_script_loads_nothing_from_outside(path):
    assert found(IN_STYLES if path.suffix == ".css" else IN_SCRIPTS, path.read_text()) == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (LOADS, '<script src="https://cdn.example.com/x.js">'),
        (LOADS, "<img src='//cdn.example.com/x.png'>"),
        (LOADS, '<link rel="stylesheet" href="https://fonts.example.com/css">'),
        (IN_STYLES, "src: url(https://fonts.example.com/a.woff2)"),
        (IN_SCRIPTS, 'import x from "https://cdn.example.com/x.js"'),
        (INLINE, "<script>alert(1)</script>"),
        (INLINE, '<p style="color: red">'),
        (INLINE, '<button onclick="go()">'),
    ],
)
def test_what_is_looked_for_is_found(pattern, text):
    assert found(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (LOADS, '<a href="https://www.python.org/">'),
        (LOADS, '<script src="{% static "js/desk.js" %}" type="module">'),
        (INLINE, '<script src="/static/js/desk.js" type="module"></script>'),
        (INLINE, '<script id="data" type="application/json">{}</script>'),
    ],
)
def test_what_is_harmless_is_left_alone(pattern, text):
    assert not found(pattern, text)
