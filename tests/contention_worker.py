"""One of several processes that resolve the same tickets at once; prints what it won, what it was told, and errors."""

import json
import os
import sys
import time

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
django.setup()

from staff.models import User  # noqa: E402 - Django must be set up first
from tickets.models import Ticket  # noqa: E402
from tickets.services import StepRefused, take_step  # noqa: E402


def main(email: str, start_at: float) -> None:
    agent = User.objects.get(email=email)
    # All of them: one that starts late on a busy machine must try what others have resolved already.
    tickets = list(Ticket.objects.order_by("id"))
    won, told, errors = 0, 0, []
    time.sleep(max(0.0, start_at - time.time()))
    for ticket in tickets:
        try:
            take_step(ticket, "resolve", actor=agent, reply="已为您换新屏幕。")
            won += 1
        except StepRefused as refusal:
            told += bool(refusal.reasons)
        except Exception as error:  # noqa: BLE001 - the test wants to see every kind
            errors.append(repr(error))
    print(json.dumps({"won": won, "told": told, "errors": errors}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
