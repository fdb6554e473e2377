"""Fail when a string of the source is missing, untranslated, fuzzy or broken in zh_Hans or zh_Hant."""

import re
import shutil
import sys
import tempfile
from pathlib import Path

import polib

from scripts.compile_messages import ROOT
from scripts.messages import LANGUAGES, domains, extract

PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-z]|(?<!\{)\{\w*\}(?!\})|(?<![%\d])%[sd]")
SHOWN = 30  # problems per catalogue
SKIPPED = shutil.ignore_patterns(
    *(".git", ".venv", ".*_cache", "var", "bench", "node_modules", "static", "staticfiles", "tests", "docs"),
    *("*.mo", "__pycache__"),
)


def key(entry: polib.POEntry) -> tuple[str | None, str, str]:
    """Return what makes a message that message."""
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def texts(entry: polib.POEntry) -> list[str]:
    """Return every translated form."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def problems_of(entry: polib.POEntry) -> list[str]:
    """Return what is wrong with one translation."""
    if entry.fuzzy:
        return ["fuzzy"]
    if not all(texts(entry)):
        return ["not translated"]
    allowed = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
    needed = set(PLACEHOLDER.findall(entry.msgid)) & set(
        PLACEHOLDER.findall(entry.msgid_plural or entry.msgid)
    )
    found = [set(PLACEHOLDER.findall(text)) for text in texts(entry)]
    return [] if all(needed <= one <= allowed for one in found) else ["placeholders differ"]


def check_catalogue(ours: Path, fresh: Path) -> list[str]:
    """Return one line per problem of a checked-in catalogue, compared with a fresh one."""
    if not ours.exists():
        return ["the catalogue does not exist"]
    wanted = {key(entry) for entry in polib.pofile(str(fresh)) if not entry.obsolete}
    held = [entry for entry in polib.pofile(str(ours)) if not entry.obsolete]
    keys = {key(entry) for entry in held}
    lines = [f"not in the catalogue: {message[1]!r}" for message in wanted - keys]
    lines += [f"not in the source any more: {message[1]!r}" for message in keys - wanted]
    lines += [f"{problem}: {entry.msgid!r}" for entry in held for problem in problems_of(entry)]
    return sorted(lines)


def main() -> int:
    """Check every catalogue and print the problems; return the exit code."""
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=SKIPPED)
        if (ROOT / "static" / "js").exists():
            shutil.copytree(ROOT / "static" / "js", copy / "static" / "js")
        (copy / "locale").mkdir(exist_ok=True)
        extract(copy)
        for language in LANGUAGES:
            for domain in domains(copy):
                name = f"locale/{language}/LC_MESSAGES/{domain}.po"
                lines = check_catalogue(ROOT / name, copy / name)
                for line in lines[:SHOWN]:
                    print(f"{name}: {line}")
                if lines[SHOWN:]:
                    print(f"{name}: and {len(lines) - SHOWN} more")
                failed = failed or bool(lines)
    if failed:
        print("Run `make messages`, translate what is empty, and commit the catalogues.")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
