"""Cut the icons that our pages use out of the whole font: `.venv/bin/python -m scripts.icons`, after using a new one.

A first visit loads some 10 KB instead of 150. The whole font stays for what managers choose for their categories.
"""

import io
import re
import sys

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from scripts.environment import ROOT, rooms

WHOLE = ROOT / "static" / "vendor" / "bootstrap-icons"
FOLDER = ROOT / "static" / "icons"
# Everything of the vendored style sheet before its list of icons, which a licence comment begins.
_RULE = re.compile(r'\.bi-([a-z0-9-]+)::before\{content:"\\([0-9a-f]+)"\}')
_IN_CLASS = re.compile(r'class="[^"]*\bbi\b[^"]*"|icon=[\'"][^\'"]+|default:\'[^\']+')
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_QUOTED = re.compile(r"""["']([a-z0-9]+(?:-[a-z0-9]+)*)["']""")


def places(style_sheet: str) -> dict[str, str]:
    """Return each icon's code point, in hexadecimal digits, by its name."""
    return dict(_RULE.findall(style_sheet))


def used() -> set[str]:
    """Return the names of the icons that templates, scripts and code name; a word too many costs little."""
    known, found = set(places((WHOLE / "bootstrap-icons.min.css").read_text())), set()
    for path in (ROOT / "templates").rglob("*.html"):
        for part in _IN_CLASS.findall(path.read_text()):
            found |= {word.removeprefix("bi-") for word in _WORD.findall(part)}
    for path in (ROOT / "static" / "js").glob("*.js"):
        found |= set(re.findall(r"\bbi-([a-z0-9-]+)", path.read_text()))
    for room in rooms():
        for path in (ROOT / room).rglob("*"):
            if path.suffix in (".py", ".json") and not {"tests", "migrations"} & set(path.parts):
                text = path.read_text()
                # Who does not speak of icons has words that only happen to be names of some.
                found |= set(_QUOTED.findall(text)) if "icon" in text.lower() else set()
    return found & known


def style_sheet(names: set[str]) -> str:
    """Return the vendored style sheet with these icons only, and with a font that says what it has."""
    whole = (WHOLE / "bootstrap-icons.min.css").read_text()
    place_of = places(whole)
    chosen = {name: place_of[name] for name in sorted(names)}
    head = whole[: next(_RULE.finditer(whole)).start()]
    head = re.sub(r'src:url\([^)]*\) format\("woff2"\)', 'src:url("icons.woff2") format("woff2")', head)
    reach = ",".join(f"U+{place}" for place in sorted(set(chosen.values())))
    head = head.replace("@font-face{", f"@font-face{{unicode-range:{reach};", 1)
    return (
        head + "".join(f'.bi-{name}::before{{content:"\\{place}"}}' for name, place in chosen.items()) + "\n"
    )


def font(names: set[str]) -> bytes:
    """Return the font with the glyphs of these icons."""
    place_of = places((WHOLE / "bootstrap-icons.min.css").read_text())
    options = Options()
    options.flavor, options.layout_features = "woff2", []
    whole = TTFont(WHOLE / "fonts" / "bootstrap-icons.woff2", recalcTimestamp=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[int(place_of[name], 16) for name in names])
    subsetter.subset(whole)
    whole.flavor, written = "woff2", io.BytesIO()
    whole.save(written)
    return written.getvalue()


def main() -> int:
    """Write the style sheet and the font; return the exit code."""
    names = used()
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "icons.css").write_text(style_sheet(names))
    (FOLDER / "icons.woff2").write_bytes(font(names))
    print(f"{len(names)} icons, {(FOLDER / 'icons.woff2').stat().st_size:,} bytes.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
