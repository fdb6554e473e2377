"""A PostgreSQL server of one's own in a temporary folder, gone afterwards; the standard library only.

    python -m scripts.private_postgres [--durable] COMMAND …

runs the command with DATABASE_URL set to it. `--durable` keeps fsync on, for the benchmark.
"""

import argparse
import contextlib
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAME = "helpdesk"
SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_min_messages": "error",
}
# The data is thrown away, so nothing has to survive a power cut.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class PostgresMissing(Exception):
    """PostgreSQL cannot be started here; the text says what would change that."""


def binaries() -> Path:
    """Return the folder of the newest PostgreSQL server on this machine."""
    places = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found = shutil.which("initdb")
    if found:
        places.append(Path(found).resolve().parent)
    if not places:
        raise PostgresMissing(
            "PostgreSQL's server is not installed. On Debian or Ubuntu: apt-get install postgresql"
        )
    return max(places, key=lambda place: [int(number) for number in re.findall(r"\d+", str(place))] or [0])


def owner() -> dict[str, Any]:
    """Return how to start a process as the user who owns the cluster: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise PostgresMissing("PostgreSQL refuses to run as root, and there is no user postgres or nobody here.")


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _run(command: list[Any], **options: Any) -> None:
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if result.returncode:
        raise PostgresMissing(f"{Path(command[0]).name} failed:\n{result.stdout}")


def _prepare(folder: Path, tools: Path, who: dict[str, Any], password: str) -> None:
    secret = folder / "password"
    secret.write_text(password)
    if who:
        os.chown(folder, who["user"], who["group"])
        os.chown(secret, who["user"], who["group"])
    access = ["--username", NAME, "--pwfile", secret, "--auth", "scram-sha-256"]
    manner = ["--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
    _run([tools / "initdb", "--pgdata", folder / "data", *access, *manner], cwd=folder, **who)
    secret.unlink()


def _start(
    folder: Path, tools: Path, who: dict[str, Any], durable: bool
) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    settings = SETTINGS | ({} if durable else FAST)
    options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    log = (folder / "log").open("wb")
    # A session of its own: Ctrl-C reaches the command first, and the server is stopped after it.
    server = subprocess.Popen(
        [
            tools / "postgres",
            "-D",
            folder / "data",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-k",
            folder,
            *options,
        ],
        cwd=folder,
        stdout=log,
        stderr=log,
        start_new_session=True,
        **who,
    )
    return server, port


def _wait(server: subprocess.Popen[bytes], tools: Path, folder: Path, port: int) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise PostgresMissing(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")
        ready = [str(tools / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        if subprocess.run(ready).returncode == 0:
            return
        time.sleep(0.1)
    raise PostgresMissing(f"PostgreSQL did not answer within 30 seconds:\n{(folder / 'log').read_text()}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.send_signal(signal.SIGINT)  # the "fast" shutdown: ends sessions, then itself
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.send_signal(signal.SIGQUIT)
            server.wait(20)


@contextlib.contextmanager
def private_postgres(*, durable: bool = False) -> Iterator[str]:
    """Give the URL of an empty database on a server that lives as long as the block."""
    tools, who, password = binaries(), owner(), secrets.token_urlsafe(24)
    # As root the folder must be where the other user may go, and TMPDIR may not be.
    folder = Path(tempfile.mkdtemp(prefix="helpdesk-postgres-", dir="/tmp" if who else None))  # noqa: S108
    server = None
    try:
        _prepare(folder, tools, who, password)
        server, port = _start(folder, tools, who, durable)
        _wait(server, tools, folder, port)
        access = os.environ | {"PGPASSWORD": password}
        _run(
            [tools / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", NAME, NAME], env=access, cwd=folder
        )
        yield f"postgres://{NAME}:{password}@127.0.0.1:{port}/{NAME}"
    finally:
        if server:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Run a command beside a private server and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--durable", action="store_true", help="keep fsync on")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    # A polite kill must tear the server down as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        parser.error("say which command to run")
    try:
        with private_postgres(durable=arguments.durable) as url:
            return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}).returncode
    except PostgresMissing as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
