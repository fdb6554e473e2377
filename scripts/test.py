"""Run every test on SQLite, and on PostgreSQL and in the browser (`make test`).

make test ARGS="tickets -k resolve"     only some
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

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


def run(
    title: str, marks: str, chosen: list[str], *, processes: int, server: str, migrated: str, said: Any = None
) -> tuple[int, str]:
    """Migrate an empty database, run pytest with copies of it, and return its exit code and a line about it.

    `said` is a file for what pytest prints; without one it goes to the screen.
    """
    started = time.monotonic()
    # Those who are done take the later half of what another still has: neighbours, which share what they begin with.
    many = ["-n", str(processes), "--dist", "worksteal"]
    command = [PYTHON, "-m", "pytest", *many, "-q", "-m", marks, *chosen]
    values = {"SECRET_KEY": "only for the tests, never for anything that is served"}
    # Anew in each run, so that it cannot be older than the migrations.
    migrate = [PYTHON, "manage.py", "migrate", "--no-input", "--verbosity", "0"]
    subprocess.run(migrate, cwd=ROOT, env=clean_environment(**values, DATABASE_URL=migrated), check=True)
    values |= {"DATABASE_URL": server, "MIGRATED_DATABASE": migrated}
    tests = subprocess.run(
        command,
        cwd=ROOT,
        env=clean_environment(**values),
        stdout=said,
        stderr=subprocess.STDOUT if said else None,
    )
    code = tests.returncode
    if code == NO_TESTS and chosen:
        code = 0  # a selection may well have nothing for one of the two
    verdict = "passed" if code == 0 else f"FAILED (pytest's exit code {code})"
    return code, f"{title}: {verdict} in {time.monotonic() - started:.0f} s"


def main() -> int:
    """Prepare, run both halves, and say how each ended."""
    chosen = sys.argv[1:]
    ensure_venv("requirements-dev.txt")
    check_parts()
    subprocess.run([PYTHON, "-m", "scripts.compile_messages"], cwd=ROOT, check=True)
    # Side by side: in the browser's half a third of the time is waiting, for a page, a server or a worker.
    with (
        tempfile.TemporaryDirectory(prefix="helpdesk-migrated-") as folder,
        Path(folder, "said").open("w+", encoding="utf-8") as said,
        private_postgres() as url,
        ThreadPoolExecutor(1) as aside,
    ):
        print("\n=== PostgreSQL and browser, and meanwhile SQLite ===", flush=True)
        file = f"sqlite:///{folder}/migrated.sqlite3"
        marks = "not postgres and not browser"
        sqlite = aside.submit(
            run, "SQLite", marks, chosen, processes=2, server=file, migrated=file, said=said
        )
        # What is copied must have no visitors, so the tests come to the server by another database.
        server = re.sub(r"/[^/]*$", "/postgres", url)
        second = run("PostgreSQL and browser", "not ground", chosen, processes=3, server=server, migrated=url)
        first = sqlite.result()
        said.seek(0)
        print(f"\n=== SQLite ===\n{said.read()}")
    print(f"\n{first[1]}\n{second[1]}")
    return int(bool(first[0] or second[0]))


if __name__ == "__main__":
    sys.exit(main())
