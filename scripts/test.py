"""Run every test on SQLite, then on PostgreSQL and in the browser (`make test`).

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


def run(title: str, marks: str, chosen: list[str], *, server: str, migrated: str) -> tuple[int, str]:
    """Run pytest with copies of the migrated database; return its exit code and a line about it."""
    print(f"\n=== {title} ===", flush=True)
    started = time.monotonic()
    # Those who are done take the later half of what another still has: neighbours, which share what they begin with.
    # More processes than the two cores: a third of the time a test waits for a browser, a server or a worker.
    command = [PYTHON, "-m", "pytest", "-n", "3", "--dist", "worksteal", "-q", "-m", marks, *chosen]
    environment = clean_environment(**VALUES, DATABASE_URL=server, MIGRATED_DATABASE=migrated)
    code = subprocess.run(command, cwd=ROOT, env=environment).returncode
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
    with tempfile.TemporaryDirectory(prefix="helpdesk-migrated-") as folder, private_postgres() as url:
        file = f"sqlite:///{folder}/migrated.sqlite3"
        migrate(file, url)
        first = run("SQLite", "not postgres and not browser", chosen, server=file, migrated=file)
        # What is copied must have no visitors, so the tests come to the server by another database.
        server = re.sub(r"/[^/]*$", "/postgres", url)
        second = run("PostgreSQL and browser", "not ground", chosen, server=server, migrated=url)
    print(f"\n{first[1]}\n{second[1]}")
    return int(bool(first[0] or second[0]))


if __name__ == "__main__":
    sys.exit(main())
