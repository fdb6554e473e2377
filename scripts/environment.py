"""The virtual environment and the folders every command needs; the standard library only."""

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VAR = ROOT / "var"
PYTHON = str(VENV / "bin" / "python")
# The development lock holds everything of the other at the same versions (tests/test_distribution.py).
INCLUDES = {
    "requirements.txt": ["requirements.txt"],
    "requirements-dev.txt": ["requirements.txt", "requirements-dev.txt"],
}
OURS = [
    "DEBUG", "SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "EMAIL_URL", "DEFAULT_FROM_EMAIL",
    "PUBLIC_URL", "MEDIA_ROOT", "STATIC_ROOT", "MAIL_FOLDER", "SECURE_SSL", "TIME_ZONE", "DJANGO_SETTINGS_MODULE",
]  # fmt: skip


def floors() -> list[list[str]]:
    """Return the rooms by floor, highest first, as pyproject.toml lists them."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["helpdesk"]["floors"]


def rooms() -> list[str]:
    """Return the rooms that exist, highest floor first."""
    return [room for floor in floors() for room in floor if (ROOT / room / "__init__.py").exists()]


def clean_environment(**values: str) -> dict[str, str]:
    """Return the process environment without any setting of ours, plus the given values."""
    return {key: value for key, value in inherited().items() if key not in OURS} | values


def inherited() -> dict[str, str]:
    """Return the process environment, but for the wish that Python keep nothing it has compiled.

    A run of the tests starts some hundred processes, each of which would compile the whole project again.
    """
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def ensure_venv(lock: str) -> None:
    """Make .venv hold exactly what the lock file asks for; quick when nothing changed."""
    if Path(PYTHON).exists() and subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode:
        print(
            "The virtual environment .venv does not work any more (Python moved?); making it anew.",
            flush=True,
        )
        shutil.rmtree(VENV)
    if not Path(PYTHON).exists():
        print(f"Making the virtual environment .venv with Python {sys.version.split()[0]} …", flush=True)
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    if _stamp(lock).exists() and _stamp(lock).read_text() == _digest(lock):
        return
    print(f"Installing the packages of {lock} (a minute or two; only when the lock changed) …", flush=True)
    command = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "-qq",
        "--disable-pip-version-check",
        "--require-hashes",
        "-r",
        lock,
    ]
    if subprocess.run(command, cwd=ROOT).returncode:
        sys.exit(
            f"pip could not install {lock}; its message is above. If it speaks of the network, connect and try again; "
            "if of hashes, the lock and the package index disagree: run `make lock` and read the diff."
        )
    for name in INCLUDES[lock]:
        _stamp(name).write_text(_digest(name))


def _digest(lock: str) -> str:
    return hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()


def _stamp(lock: str) -> Path:
    return VENV / f".installed-{lock}"


if __name__ == "__main__":
    ensure_venv(sys.argv[1] if len(sys.argv) > 1 else "requirements-dev.txt")
