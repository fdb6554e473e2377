"""Compile locale/*/LC_MESSAGES/*.po with Babel, so that no gettext is needed; only what changed."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent


def compile_all(folder: Path = ROOT / "locale") -> list[Path]:
    """Compile every catalogue that is newer than its .mo file and return those written."""
    written = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns > source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            # Without a locale Babel leaves the plural forms out.
            catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
        # Written beside and renamed: a server that starts meanwhile never reads half a file.
        draft = target.with_suffix(".mo.new")
        with draft.open("wb") as file:
            write_mo(file, catalogue)
        draft.replace(target)
        written.append(target)
    return written


if __name__ == "__main__":
    for path in compile_all():
        print(f"compiled {path.relative_to(ROOT)}")
