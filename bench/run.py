"""`make bench`: 20,000 tickets, then 100,000, on PostgreSQL; every hot page against the bare view, as a table.

It reports and never fails by time. Needs DATABASE_URL of an empty PostgreSQL database (make bench starts one).
    .venv/bin/python bench/run.py [--tickets 20000,100000] [--runs 40] [--burst 10000]
"""

import argparse
import html
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
STATIC = tempfile.mkdtemp(prefix="helpdesk-bench-static-")
os.environ["STATIC_ROOT"] = STATIC
os.environ["MEDIA_ROOT"] = tempfile.mkdtemp(prefix="helpdesk-bench-media-")

import django  # noqa: E402 - the settings must be named first

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench.assigning import report_assigning  # noqa: E402
from bench.browser import Browser, Forms, Sample  # noqa: E402
from bench.burst import report_burst  # noqa: E402
from bench.escalating import report_escalating  # noqa: E402
from bench.load import load_people, load_tickets, load_words  # noqa: E402
from bench.painting import report_painting  # noqa: E402
from bench.polling import make_agents, report_polling  # noqa: E402
from bench.receiving import report_receiving  # noqa: E402
from bench.replaying import report_replaying  # noqa: E402
from customers.models import Segment  # noqa: E402
from staff.models import User  # noqa: E402
from tickets.models import SavedView, Ticket  # noqa: E402

BURST_TICKETS = 20_000
# What the page should cost at the most, in bare views.
AIMS = {
    "queue, first page": 20, "queue, deep": 20, "queue “all”": 20, "saved view": 20, "views in the side": 20,
    "board": 20, "flow": 20, "ticket page": 20, "300 messages": 20, "earlier messages": 20, "search": 20,
    "search, one hit": 20, "search as you type": 20,
    "search, operators": 20, "palette": 20, "create by the form": 12, "reply": 12, "overview": 20,
}  # fmt: skip


def main() -> None:
    """Load, measure and print, size by size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tickets", default="20000,100000", help="sizes, rising")
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument(
        "--burst",
        type=int,
        default=0,
        metavar="MAILS",
        help="only this: so many mails at once, such as 10000",
    )
    options = parser.parse_args()
    if connection.vendor != "postgresql":
        sys.exit("The benchmark needs PostgreSQL: run it by `make bench`, or set DATABASE_URL.")
    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    figures, loaded = load_people(), 0
    if options.burst:
        load_tickets(0, BURST_TICKETS - 1, figures)
        with server() as port:
            agent = Browser(port, signed_in("agent00@bench.example"))
            report_burst(options.burst, port, agent, f"/desk/tickets/{shown_ticket().pk}/")
        return
    report_receiving()
    for size in (int(part) for part in options.tickets.split(",")):
        started = time.monotonic()
        load_tickets(loaded, size - 1, figures)
        loaded = size
        print(f"\n{size:,} tickets (loaded in {time.monotonic() - started:.0f} s)", flush=True)
        with server() as port:
            report(measure(port, options.runs))
            report_desks(port)
        report_assigning()
        report_escalating()
        report_replaying()


@contextmanager
def server() -> Iterator[int]:
    """The web server as it runs in production, with two sync workers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["-w", "2", "-b", f"127.0.0.1:{port}", "--no-control-socket"]
    command = [sys.executable, "-m", "gunicorn", *options, "helpdesk.wsgi"]
    process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ))
    try:
        for _attempt in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def signed_in(email: str) -> dict[str, str]:
    """The cookies of somebody's session."""
    user, session = User.objects.get(email=email), SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.create()
    return {"sessionid": str(session.session_key)}


def measure(port: int, runs: int) -> dict[str, tuple[Sample, float | None]]:
    """Every hot page: its sample, and its answers a second at eight connections where it is only read."""
    agent = Browser(port, signed_in("agent00@bench.example"))
    manager = Browser(port, signed_in("manager@bench.example"))
    queue = "/desk/queue/all/"
    shown = shown_ticket()
    pages = {
        "bare view": (agent, "/bare/"),
        "queue, first page": (agent, "/desk/queue/team/"),
        "queue, deep": (agent, deep(agent, "/desk/queue/team/", pages=3)),
        "queue “all”": (agent, deep(agent, queue, pages=10)),
        "saved view": (agent, f"/desk/views/{saved_view().pk}/"),
        "views in the side": (agent, "/desk/views/side/"),
        "board": (agent, "/desk/board/?of=team"),
        "flow": (manager, "/desk/flow/?days=90"),
        "ticket page": (agent, f"/desk/tickets/{shown.pk}/"),
        "300 messages": (agent, f"/desk/tickets/{long_ticket().pk}/"),
        "earlier messages": (agent, earlier(agent, f"/desk/tickets/{long_ticket().pk}/")),
        # The first finds one ticket in a hundred, so ever more; the second one and no more.
        "search": (agent, queue + "?q=%E7%94%B5%E9%A5%AD%E7%85%B2%20%E6%BC%8F%E6%B0%B4"),
        "search, one hit": (agent, f"{queue}?q=HD-{shown.pk:06d}"),
        # What the box above every page asks at each letter; at most 100 ms.
        "search as you type": (agent, "/desk/find/?q=%E7%94%B5%E9%A5%AD%E7%85%B2"),
        "search, operators": (agent, "/desk/find/?q=assignee:me%20%E6%BC%8F%E6%B0%B4%20before:3d"),
        "palette": (agent, f"/palette/?ticket={shown.pk}&q=%E8%A7%A3"),
        "overview": (manager, "/overview/"),
        "help centre": (agent, "/help/"),
    }
    found: dict[str, tuple[Sample, float | None]] = {}
    for name, (browser, path) in pages.items():
        sample = browser.measure(path, runs)
        found[name] = (sample, browser.rate(path, connections=8, seconds=2))
    visitor = Browser(port, {})
    found["create by the form"] = (visitor.measure_posts(creations(visitor, runs)), None)
    found["reply"] = (agent.measure_posts(replies(agent, runs)), None)
    return found


def saved_view() -> SavedView:
    """A view with a condition of each costly kind, and with nineteen more beside it."""
    SavedView.objects.all().delete()
    conditions: list[list[dict[str, Any]]] = [
        [{"field": "status", "op": "is", "values": ["assigned", "waiting"]},
         {"field": "created", "op": "last", "number": 52, "unit": "weeks"},
         {"field": "segment", "op": "not", "values": []}],
        [{"field": "status", "op": "not", "values": ["cancelled"]},
         {"field": "priority", "op": "is", "values": ["low"]}],
        [{"field": "resolved", "op": "last", "number": 4, "unit": "weeks"}],
        [{"field": "promise", "op": "is", "values": ["late"]}, {"field": "team", "op": "is", "values": ["mine"]}],
    ]  # fmt: skip
    conditions[0][2]["values"] = [str(Segment.objects.latest("id").pk)]
    columns = ["status", "category", "assignee", "tags", "segment", "created", "due"]
    rows = [
        SavedView(name=f"View {number}", position=number, columns=columns, conditions=conditions[number % 4])
        for number in range(20)
    ]
    return SavedView.objects.bulk_create(rows)[0]


def shown_ticket() -> Ticket:
    """A ticket that the agent works on."""
    return Ticket.objects.filter(status="assigned", assignee__email="agent00@bench.example").latest("id")


def long_ticket() -> Ticket:
    """Another one, with three hundred messages."""
    mine = Ticket.objects.filter(status="assigned", assignee__email="agent00@bench.example")
    ticket = mine.order_by("-id")[1]
    load_words(ticket, 300)
    return ticket


def earlier(browser: Browser, path: str) -> str:
    """The address by which a long ticket fetches its next piece."""
    found = re.search(r'id="earlier"><a[^>]*hx-get="([^"]*)"', browser.page(path))
    return urljoin(path, html.unescape(found[1]))


def deep(browser: Browser, path: str, *, pages: int) -> str:
    """Follow the link to the next page this many times; return the address it leads to."""
    for _page in range(pages):
        link = re.search(r'<a\b[^>]*rel="next"[^>]*>', browser.page(path))
        if link is None:
            break
        target = html.unescape(re.search(r'href="([^"]*)"', link[0])[1])
        path = urljoin(path, target)
    return path


def creations(visitor: Browser, runs: int) -> list[tuple[str, dict[str, str]]]:
    """Filled forms of customers who write for the first time."""
    posts = []
    for number in range(runs + 3):
        path = "/ask/?category=technical-fault"
        action, fields = Forms(visitor.page(path)).with_field("subject")
        fields |= {
            "subject": "充电宝充不进电", "name": f"新客户{number}",
            "email": f"new{number}.{time.time_ns()}@bench.example",
            "text": "你好，充电宝充不进电，指示灯也不亮，请问怎么保修？", "category": "technical-fault",
        }  # fmt: skip
        posts.append((action or path, fields))
    return posts


def replies(agent: Browser, runs: int) -> list[tuple[str, dict[str, str]]]:
    """Answers to as many tickets."""
    posts = []
    tickets = Ticket.objects.filter(status="assigned", team__members__email="agent00@bench.example").order_by(
        "-id"
    )
    for ticket in tickets[5 : runs + 8]:
        action, fields = Forms(agent.page(f"/desk/tickets/{ticket.pk}/")).with_field("body")
        posts.append((action, fields | {"body": "您好，已经为您安排换新，三天内寄出。"}))
    return posts


def report_desks(port: int) -> None:
    """What people see of it in a browser, and what two hundred open desks cost."""
    cookies = signed_in("agent00@bench.example")
    ticket, long = f"/desk/tickets/{shown_ticket().pk}/", f"/desk/tickets/{long_ticket().pk}/"
    pages = {"queue": "/desk/queue/team/", "ticket page": ticket, "300 messages": long}
    report_painting(port, cookies, pages, long)
    report_polling([Browser(port, signed_in(agent.email)) for agent in make_agents()])


def report(found: dict[str, tuple[Sample, float | None]]) -> None:
    """Print the table."""
    bare = found["bare view"][0].median_ms
    print(
        f"{'':20} {'median':>9} {'p95':>9} {'queries':>8} {'bytes':>9} {'req/s':>7} {'× bare':>7} {'aim':>5}"
    )
    for name, (sample, rate) in found.items():
        aim: Any = AIMS.get(name, "")
        print(
            f"{name:20} {sample.median_ms:6.1f} ms {sample.p95_ms:6.1f} ms {sample.queries:8} {sample.bytes:9,} "
            f"{(rate and f'{rate:.0f}') or '':>7} {sample.median_ms / bare:7.1f} {aim:>5}",
            flush=True,
        )


if __name__ == "__main__":
    main()
