"""Workers that escalate and deliver, each killed at a random moment; then one that finishes. Prints its kills."""

import json
import os
import random
import signal
import sys
import time

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from django.template.loader import get_template  # noqa: E402 - Django must be set up first
from django.urls import reverse  # noqa: E402
from django.utils import translation  # noqa: E402

from channels.delivery import deliver_due  # noqa: E402
from tickets.rulebook import current_rulebook  # noqa: E402
from tickets.services import fire_due_stages  # noqa: E402


def work(order: list[int], ready: int) -> None:
    """Say that its life begins, and do what is due for ever, in this order."""
    tasks = [fire_due_stages, deliver_due]
    current_rulebook()
    os.write(ready, b".")
    while True:
        for place in order:
            tasks[place]()


def warm_up() -> None:
    """Load what every worker would load first, so that its short life is spent on the work."""
    get_template("tickets/mail/escalation.txt")
    for language in ("en", "zh-hans"):
        with translation.override(language):
            translation.gettext("Escalation")
    reverse("tickets:ticket", args=[1])


def main(kills: int, seed: int) -> None:
    warm_up()
    # Forked without a connection: every worker opens its own, as a process that starts does.
    chance, killed = random.Random(seed), 0
    reads, ready = os.pipe()
    for _number in range(kills):
        order, life = chance.sample([0, 1], 2), chance.uniform(0.02, 0.2)
        pid = os.fork()
        if pid == 0:
            work(order, ready)
        # However busy the machine is, a worker is killed at its work and not while it starts.
        os.read(reads, 1)
        time.sleep(life)
        os.kill(pid, signal.SIGKILL)
        _pid, status = os.waitpid(pid, 0)
        killed += os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    print(json.dumps({"killed": killed}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
