"""Bring the message catalogues in locale/ up to date with the source (`make messages`)."""

import shutil
import subprocess
import sys
from pathlib import Path

from scripts.compile_messages import ROOT, compile_all
from scripts.environment import clean_environment

LANGUAGES = ["zh_Hans", "zh_Hant"]
IGNORED = [
    ".venv",
    "var",
    "bench",
    "scripts",
    "node_modules",
    "staticfiles",
    "static/vendor",
    "*/tests/*",
    "tests/*",
]


def domains(root: Path) -> list[str]:
    """Return the gettext domains in use: djangojs only when a script of ours speaks."""
    scripts = root.glob("static/js/**/*.js")
    return ["django", "djangojs"] if any("gettext(" in path.read_text() for path in scripts) else ["django"]


def extract(root: Path) -> None:
    """Run makemessages in the project at `root`; stop with the fix when gettext is missing."""
    if not shutil.which("xgettext") or not shutil.which("msgmerge"):
        sys.exit("gettext is not installed. On Debian or Ubuntu: apt-get install gettext")
    options = ["--no-wrap", "--no-location", "--no-obsolete"]
    options += [part for language in LANGUAGES for part in ("--locale", language)]
    options += [part for pattern in IGNORED for part in ("--ignore", pattern)]
    for domain in domains(root):
        result = subprocess.run(
            [sys.executable, "manage.py", "makemessages", "--domain", domain, *options],
            cwd=root,
            env=clean_environment(DEBUG="True", SECRET_KEY="extracting messages needs no secret"),
            capture_output=True,
            text=True,
        )
        if result.returncode:
            sys.exit(f"makemessages failed:\n{result.stdout}{result.stderr}")


if __name__ == "__main__":
    extract(ROOT)
    compile_all()
