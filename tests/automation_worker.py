"""Workers that run automation rules, two at a time, each killed at a random moment. Prints its kills."""

import json
import os
import random
import signal
import sys
import time

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from tickets.rulebook import current_rulebook  # noqa: E402 - Django must be set up first
from tickets.services import run_for_events  # noqa: E402


def work(ready: int) -> None:
    """Say that its life begins, and run what there is to run for ever."""
    current_rulebook()
    os.write(ready, b".")
    while True:
        run_for_events()


def main(kills: int, seed: int) -> None:
    # Forked without a connection: every worker opens its own, as a process that starts does.
    chance, killed = random.Random(seed), 0
    reads, ready = os.pipe()
    for _number in range(0, kills, 2):
        workers = []
        for _one in range(2):
            pid = os.fork()
            if pid == 0:
                work(ready)
            # However busy the machine is, a worker is killed at its work and not while it starts.
            os.read(reads, 1)
            workers.append(pid)
        for pid in workers:
            time.sleep(chance.uniform(0.05, 0.25))
            os.kill(pid, signal.SIGKILL)
        for pid in workers:
            _pid, status = os.waitpid(pid, 0)
            killed += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    print(json.dumps({"killed": killed}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
