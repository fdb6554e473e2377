"""Many open desks while nothing happens: what their asking costs."""

import os
import re
import time
from pathlib import Path

from django.contrib.auth.models import Group
from django.db import connection

from bench.browser import Browser, Sample
from staff.models import Membership, Team, User
from tickets.models import Ticket

DESKS, SECONDS = 200, 40
# So often a page asks (static/js/pulse.js).
ON_A_TICKET, ELSEWHERE = 4.0, 20.0
TICKS = os.sysconf("SC_CLK_TCK")


def make_agents() -> list[User]:
    """As many people as desks."""
    team, role = Team.objects.earliest("id"), Group.objects.get(name="agent")
    found = list(User.objects.filter(email__startswith="desk"))
    for number in range(len(found), DESKS):
        agent = User.objects.create_user(f"desk{number}@bench.example", None, display_name=f"客服{number}")
        agent.groups.add(role)
        Membership.objects.create(team=team, user=agent)
        found.append(agent)
    return found


def report_polling(desks: list[Browser]) -> None:
    """Let all desks stay open on tickets, then on lists, and print what share of a core that takes."""
    tickets = (
        Ticket.objects.filter(team=Team.objects.earliest("id")).order_by("-id").values_list("pk", flat=True)
    )
    places = [str(pk) for pk in tickets[: len(desks)]]
    tokens = [
        re.search(r'x-csrftoken": "([^"]+)', desk.page(f"/desk/tickets/{pk}/"))[1]
        for desk, pk in zip(desks, places, strict=True)
    ]
    asked = [
        {"ticket": pk, "state": "reading", "around": _arrive(desk, pk, token), "bell": ""}
        for desk, pk, token in zip(desks, places, tokens, strict=True)
    ]
    _print("tickets", *_poll(desks, asked, ON_A_TICKET))
    _print("lists", *_poll(desks, [{"bell": ""} for _desk in desks], ELSEWHERE))


def _arrive(desk: Browser, pk: str, token: str) -> str:
    """Say that one is on a ticket, and return the mark of what goes on there."""
    fields = {"state": "reading", "csrfmiddlewaretoken": token}
    _seconds, answer, _content = desk.send("POST", f"/desk/tickets/{pk}/presence/", fields)
    return answer.headers["X-Mark"]


def _poll(
    desks: list[Browser], asked: list[dict[str, str]], every: float
) -> tuple[Sample, int, float, float, float]:
    """All desks ask in turn; return a sample, how many saw a change, the seconds, and what web and database took."""
    sample, changes, started = Sample(), 0, time.monotonic()
    mark = str(int(time.time() * 1_000_000))
    web, database = _seconds_of(*_web()), _seconds_of(*_database())
    for look in range(int(SECONDS / every * len(desks))):
        time.sleep(max(0.0, started + look * every / len(desks) - time.monotonic()))
        desk, fields = desks[look % len(desks)], {**asked[look % len(desks)], "lists": mark}
        seconds, answer, content = desk.send("POST", "/desk/pulse/", fields)
        sample.seconds.append(seconds)
        sample.bytes = max(sample.bytes, len(content))
        if answer.status == 204:
            sample.queries = max(sample.queries, int(answer.headers.get("X-Queries", 0)))
        else:
            changes += 1
    passed = time.monotonic() - started
    took = _seconds_of(*_web()) - web, _seconds_of(*_database()) - database
    return sample, changes, passed, *took


def _print(where: str, sample: Sample, changes: int, seconds: float, web: float, database: float) -> None:
    print(
        f"{DESKS} desks open on {where} for {seconds:.0f} s: {len(sample.seconds):,} looks, {changes} saw a change; "
        f"web {100 * web / seconds:.1f} % of a core, database {100 * database / seconds:.1f} %; "
        f"median {sample.median_ms:.1f} ms, p95 {sample.p95_ms:.1f} ms, {sample.queries} queries, {sample.bytes} bytes",
        flush=True,
    )


def _web() -> list[int]:
    """The web server's processes, which this one has started."""
    masters = _children(os.getpid())
    return masters + [child for master in masters for child in _children(master)]


def _database() -> list[int]:
    """The database's processes; those that have ended are counted by the one that had started them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    main = int(_stat(backend)[1])
    return [main, *_children(main)]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _stat(pid: int) -> list[str]:
    """What stands behind the name: the state, the parent, and so on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _seconds_of(main: int, *others: int) -> float:
    """The processor time of processes, with the ended children of the first."""
    ticks = sum(int(part) for part in _stat(main)[11:15])
    for pid in others:
        try:
            ticks += sum(int(part) for part in _stat(pid)[11:13])
        except FileNotFoundError:
            continue
    return ticks / TICKS
