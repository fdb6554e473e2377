"""Run every test on SQLite, and then on PostgreSQL and in the browser (`make test`).

make test ARGS="tickets -k resolve"     only some
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time

from scripts.environment import PYTHON, ROOT, clean_environment, ensure_venv
from scripts.private_postgres import PostgresMissing, binaries, private_postgres

NO_TESTS = 5  # pytest's exit code


def check_parts() -> None:
    """Stop with the fix when a part that the tests need is not on this machine."""
    missing = []
    if not (shutil.which("chromium-headless-shell") or shutil.which("chromium")):
        missing.append("chromium is not installed. On Debian: apt-get install chromium-headless-shell")
    fonts = (
        shutil.which("fc-list")
        and subprocess.run(["fc-list", ":lang=zh-cn", "file"], capture_output=True).stdout
    )
    if not fonts:
        missing.append("No font shows Chinese. On Debian: apt-get install fontconfig fonts-noto-cjk")
    try:
        binaries()
    except PostgresMissing as error:
        missing.append(str(error))
    if subprocess.run([PYTHON, "-m", "playwright", "--version"], capture_output=True).returncode:
        missing.append("Playwright's driver does not start. On Debian: apt-get install libatomic1")
    if missing:
        sys.exit("\n".join(missing))


VALUES = {"SECRET_KEY": "only for the tests, never for anything that is served"}


def migrate(*databases: str) -> None:
    """Migrate empty databases, all at once: anew in each run, so that none can be older than the migrations."""
    command = [PYTHON, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    started = [
        subprocess.Popen(command, cwd=ROOT, env=clean_environment(**VALUES, DATABASE_URL=database))
        for database in databases
    ]
    codes = [process.wait() for process in started]
    if any(codes):
        sys.exit("An empty database could not be migrated; the error is above.")


class Half:
    """One run of pytest on one kind of database."""

    def __init__(
        self, title: str, marks: str, chosen: list[str], processes: int, *, server: str, migrated: str
    ) -> None:
        self.title, began = title, time.monotonic()
        print(f"=== {title} ===", flush=True)
        # Those who are done take the later half of what another has: neighbours, which share what they begin with.
        manner = ["-n", str(processes), "--dist", "worksteal", "-q", "-m", marks]
        environment = clean_environment(**VALUES, DATABASE_URL=server, MIGRATED_DATABASE=migrated)
        self.code = subprocess.run(
            [PYTHON, "-m", "pytest", *manner, *chosen], cwd=ROOT, env=environment
        ).returncode
        self._seconds = time.monotonic() - began
        if self.code == NO_TESTS and chosen:
            self.code = 0  # a selection may well have nothing for one of the two

    def __str__(self) -> str:
        verdict = "passed" if self.code == 0 else f"FAILED (pytest's exit code {self.code})"
        return f"{self.title}: {verdict} in {self._seconds:.0f} s"


def main() -> int:
    """Prepare, run both halves, and say how each ended."""
    chosen = sys.argv[1:]
    ensure_venv("requirements-dev.txt")
    check_parts()
    subprocess.run([PYTHON, "-m", "scripts.compile_messages"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory(prefix="helpdesk-migrated-") as folder, private_postgres() as url:
        file = f"sqlite:///{folder}/migrated.sqlite3"
        migrate(file, url)
        # What is copied must have no visitors, so the tests come to the server by another database.
        server = re.sub(r"/[^/]*$", "/postgres", url)
        # One after the other: side by side they took longer, since six processes lose what two cores hold in their
        # caches. More of them than cores in the second half, where a test also waits for browsers and servers.
        first = Half("SQLite", "not postgres and not browser", chosen, 2, server=file, migrated=file)
        second = Half("PostgreSQL and browser", "not ground", chosen, 4, server=server, migrated=url)
    print(f"\n{first}\n{second}")
    return int(bool(first.code or second.code))


if __name__ == "__main__":
    sys.exit(main())
