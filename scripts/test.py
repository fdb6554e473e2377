"""Run every test on SQLite, and beside it on PostgreSQL and in the browser (`make test`).

make test ARGS="tickets -k resolve"     only some
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from threading import Thread
from typing import IO

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
    """One run of pytest on one kind of database; the first half's output waits until the second has ended."""

    def __init__(
        self, title: str, marks: str, chosen: list[str], processes: int, output: IO[str] | None = None, *,
        server: str, migrated: str,
    ) -> None:  # fmt: skip
        self.title, self.code, self._output, self._seconds = title, 0, output, 0.0
        self._has_selection, self._started = bool(chosen), time.monotonic()
        # Those who are done take the later half of what another has: neighbours, which share what they begin with.
        manner = ["-n", str(processes), "--dist", "worksteal", "-q", "-m", marks]
        environment = clean_environment(**VALUES, DATABASE_URL=server, MIGRATED_DATABASE=migrated)
        self._process = subprocess.Popen(
            [PYTHON, "-m", "pytest", *manner, *chosen],
            cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT if output else None,
        )  # fmt: skip

    def wait(self) -> None:
        """Wait for its end and note how it ended."""
        self.code = self._process.wait()
        self._seconds = time.monotonic() - self._started
        if self.code == NO_TESTS and self._has_selection:
            self.code = 0  # a selection may well have nothing for one of the two

    def show(self) -> None:
        """Print what it wrote, if that was kept back."""
        if self._output:
            self._output.seek(0)
            print(f"\n=== {self.title} ===\n{self._output.read()}", flush=True)

    def __str__(self) -> str:
        verdict = "passed" if self.code == 0 else f"FAILED (pytest's exit code {self.code})"
        return f"{self.title}: {verdict} in {self._seconds:.0f} s"


def main() -> int:
    """Prepare, run both halves at once, and say how each ended."""
    chosen = sys.argv[1:]
    ensure_venv("requirements-dev.txt")
    check_parts()
    subprocess.run([PYTHON, "-m", "scripts.compile_messages"], cwd=ROOT, check=True)
    with (
        tempfile.TemporaryDirectory(prefix="helpdesk-migrated-") as folder,
        private_postgres() as url,
        tempfile.TemporaryFile("w+") as kept,
    ):
        file = f"sqlite:///{folder}/migrated.sqlite3"
        migrate(file, url)
        # What is copied must have no visitors, so the tests come to the server by another database.
        server = re.sub(r"/[^/]*$", "/postgres", url)
        # Both at once, and more processes than the two cores: a third of the time a test of the second half waits for
        # a browser, a server or a worker, while those of the first compute.
        first = Half("SQLite", "not postgres and not browser", chosen, 2, kept, server=file, migrated=file)
        print("=== PostgreSQL and browser (SQLite beside it, told at the end) ===", flush=True)
        second = Half("PostgreSQL and browser", "not ground", chosen, 4, server=server, migrated=url)
        waiting = Thread(target=first.wait)
        waiting.start()
        second.wait()
        waiting.join()
        first.show()
    print(f"\n{first}\n{second}")
    return int(bool(first.code or second.code))


if __name__ == "__main__":
    sys.exit(main())
