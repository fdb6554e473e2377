"""Every check that runs no test (`make lint`): all of them, then one verdict."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scripts.environment import PYTHON, ROOT, clean_environment, ensure_venv, rooms

BIN = Path(PYTHON).parent
PRODUCTION = {
    "SECRET_KEY": "0a1b2c3d4e5f6g7h8i9j-klmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ALLOWED_HOSTS": "help.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://help.example.com",
    "PUBLIC_URL": "https://help.example.com",
    "EMAIL_URL": "smtp://mail.example.com:25",
    "DEFAULT_FROM_EMAIL": "help@example.com",
}
SOURCES = {"bench", "scripts", "tests"}


def templates() -> list[str]:
    """Return the path of every template."""
    places = [ROOT / "templates", *(ROOT / room / "templates" for room in rooms())]
    return [str(path.relative_to(ROOT)) for place in places for path in sorted(place.rglob("*.html"))]


def python_sources() -> list[str]:
    """Return the folders and files that hold Python."""
    folders = [*rooms(), *sorted(name for name in SOURCES if (ROOT / name).exists())]
    return folders + sorted(path.name for path in ROOT.glob("*.py"))


def steps() -> dict[str, list[str]]:
    """Return the checks by name, each as the command to run."""
    manage = [PYTHON, "manage.py"]
    python = [
        *rooms(),
        *sorted(name for name in SOURCES if (ROOT / name).exists()),
        *map(str, ROOT.glob("*.py")),
    ]
    found = {
        "ruff": [str(BIN / "ruff"), "check", "--output-format", "concise", *python],
        "format": [str(BIN / "ruff"), "format", "--check", "--output-format", "concise", *python],
        "imports": [str(BIN / "lint-imports"), "--no-logo"],
        "types": [str(BIN / "mypy"), *rooms(), "scripts"],
        "migrations": [*manage, "makemigrations", "--check", "--dry-run"],
        "deploy": [*manage, "check", "--deploy", "--fail-level", "WARNING"],
        "messages": [PYTHON, "-m", "scripts.check_messages"],
    }
    if templates():
        found["templates"] = [str(BIN / "djade"), "--check", "--target-version", "5.2", *templates()]
    return found


def main() -> int:
    """Run the checks named on the command line, or all; print what failed; return the exit code."""
    ensure_venv("requirements-dev.txt")
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        environment = clean_environment(
            **PRODUCTION, DATABASE_URL=f"sqlite:///{Path(folder) / 'lint.sqlite3'}"
        )
        for name, command in steps().items():
            if sys.argv[1:] and name not in sys.argv[1:]:
                continue
            started = time.monotonic()
            result = subprocess.run(
                command,
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            verdict = "FAILED" if result.returncode else "ok"
            print(f"{name:<12}{verdict:<8}{time.monotonic() - started:5.1f} s", flush=True)
            if result.returncode:
                failed.append(name)
                print(result.stdout.rstrip() + os.linesep, flush=True)
    if failed:
        print(f"lint failed: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
