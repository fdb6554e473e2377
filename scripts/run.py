"""Start the help desk for trying it out and for working on it (`make run`).

Everything it makes is in .venv/ and var/; the second start keeps the data. `make run PORT=8001` takes another port.
"""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import NoReturn

from scripts.environment import PYTHON, ROOT, VAR, ensure_venv, inherited

HOST = "127.0.0.1"
PATIENCE = 60  # seconds until the web server must have answered
LOGS = VAR / "log"


def stop(message: str) -> NoReturn:
    """End with a message for the person at the terminal."""
    sys.exit(f"\n{message}")


def chosen_port() -> int:
    """Return the port from PORT, checked to be free."""
    text = os.environ.get("PORT", "") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        stop(f"PORT={text} is not a port. Take a number from 1024 to 65535, for example: make run PORT=8001")
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            stop(f"Port {port} is reserved for root. Take one from 1024 up, for example: make run PORT=8001")
        except OSError:
            stop(
                f"Port {port} is taken by another program, perhaps by an earlier `make run`. "
                f"Stop that one, or take another port: make run PORT={port + 1}"
            )
    return port


def secret_key() -> str:
    """Return this machine's own key, made on the first start and kept, so that links and sign-ins stay valid."""
    path = VAR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def settings(port: int) -> dict[str, str]:
    """Return the environment of every process: the caller's, and what trying out needs."""
    defaults = {
        "SECRET_KEY": secret_key(),
        "DATABASE_URL": f"sqlite:///{VAR / 'helpdesk.sqlite3'}",
        "MAIL_FOLDER": str(VAR / "mail"),
        "MEDIA_ROOT": str(VAR / "media"),
        "PUBLIC_URL": f"http://{HOST}:{port}",
    }
    return defaults | inherited() | {"DEBUG": "True", "PYTHONUNBUFFERED": "1"}


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run a management command and return what it prints; stop with its output when it fails."""
    command = [PYTHON, "manage.py", *arguments]
    merged = subprocess.STDOUT
    result = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=merged, text=True
    )
    if result.returncode:
        stop(f"{result.stdout}\n`manage.py {' '.join(arguments)}` failed; what it said is above.")
    return result.stdout


def start(name: str, environment: dict[str, str], *command: str | Path) -> subprocess.Popen[bytes]:
    """Start a process that writes to var/log/NAME.log."""
    with (LOGS / f"{name}.log").open("wb") as log:
        # A session of its own: Ctrl-C reaches only this program, which then stops both in order.
        return subprocess.Popen(
            [PYTHON, *command], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )


def died(processes: dict[str, subprocess.Popen[bytes]]) -> str:
    """Return a sentence about the first process that has ended, or nothing."""
    for name, process in processes.items():
        if process.poll() is not None:
            last = (LOGS / f"{name}.log").read_text(errors="replace").splitlines()[-20:]
            last.append(
                f"The {name} process ended by itself (exit code {process.returncode}); its log is above."
            )
            return "\n".join(last)
    return ""


def answers(url: str) -> bool:
    """Return whether the server answers with anything but a server error."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status < 500
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def wait_until_it_answers(url: str, processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Return as soon as the address answers; stop with the reason when it never does."""
    deadline = time.monotonic() + PATIENCE
    while not answers(url):
        if reason := died(processes):
            stop(reason)
        if time.monotonic() > deadline:
            stop(f"{url} gave no good answer within {PATIENCE} seconds; see {LOGS.relative_to(ROOT)}/web.log")
        time.sleep(0.1)


def end(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Ask every process to finish what it does, and end those that do not."""
    for process in processes.values():
        if process.poll() is None:
            process.terminate()
    for process in processes.values():
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    """Treat a polite kill like Ctrl-C."""
    raise KeyboardInterrupt


def prepare(environment: dict[str, str]) -> None:
    """Bring packages, translations, the database and the demo data up to date."""
    subprocess.run([PYTHON, "-m", "scripts.compile_messages"], cwd=ROOT, check=True)
    print("Preparing the database …", flush=True)
    manage(environment, "migrate", "--no-input", "--verbosity", "0")
    print("Preparing the demo data (the first time takes a minute) …", flush=True)
    manage(environment, "seed_demo")


def serve(port: int, environment: dict[str, str]) -> None:
    """Run web and worker until Ctrl-C; stop with the reason when one of them ends."""
    url = f"http://{HOST}:{port}/"
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        processes["web"] = start(
            *("web", environment, "-m", "gunicorn", "helpdesk.wsgi", "--bind", f"{HOST}:{port}"),
            # Its control socket has one place per user: two of them on one machine would quarrel over it.
            *("--threads", "8", "--graceful-timeout", "5", "--no-control-socket"),
        )
        processes["worker"] = start("worker", environment, "manage.py", "work")
        wait_until_it_answers(url, processes)
        print(
            f"\nThe help desk answers at {url}\n\n{manage(environment, 'seed_demo', '--sign-ins').rstrip()}"
        )
        print(f"\nCtrl-C stops it. Logs: {LOGS.relative_to(ROOT)}/", flush=True)
        while not (reason := died(processes)):
            time.sleep(0.5)
        stop(reason)
    finally:
        end(processes)


def main() -> None:
    """Do it all, in order."""
    signal.signal(signal.SIGTERM, interrupt)
    port = chosen_port()
    LOGS.mkdir(parents=True, exist_ok=True)
    (VAR / "mail").mkdir(exist_ok=True)
    with contextlib.suppress(KeyboardInterrupt):
        ensure_venv("requirements.txt")
        environment = settings(port)
        prepare(environment)
        serve(port, environment)
    print("\nStopped.")


if __name__ == "__main__":
    main()
