"""Every page, in both themes, on phone and desktop: axe finds nothing, the browser has nothing to complain about.

The desk's at 200 % and in a window of 320 pixels too: nothing is cut off, covered or out of reach. On the phone a
customer's pages are read in both languages; of the other pages every second one in English.
"""

import re
from collections.abc import Iterable, Iterator
from email.message import EmailMessage

import pytest
from django.conf import settings as django_settings
from django.template.loader import render_to_string
from django.utils import translation

from staff.models import User
from tests.browser.fitting import misfits
from tests.browser.stops import (
    ADMIN,
    CUSTOMER,
    DESK,
    NO_PAGES,
    Stop,
    admin_stops,
    named_pages,
    press,
    ticket,
)
from tests.browser.watch import VIEWPORTS, axe_in_both_themes
from tests.browser.world import World

pytestmark = pytest.mark.timeout(300)
SETTLED = "() => !document.querySelector('.htmx-request, #aside[hx-get], #views[hx-trigger=load]')"
LANGUAGES = ("zh-hans", "en")
# Two tests of one kind, so that a parallel run shares them out.
halves = pytest.mark.parametrize(("half", "language"), list(enumerate(LANGUAGES)))


# What managers shape for the desk: their lists and forms.
SHAPED = ("_macro", "_checklist", "_automationrule", "_savedview")
# What takes another shape in a narrow window.
NARROW = [
    *(Stop("tickets:ticket", ticket(state), who="agent") for state in ("assigned", "merged", "late")),
    *(Stop("tickets:step", ticket("assigned", step), who="agent") for step in ("resolve", "cancel")),
    *(Stop("tickets:edit-ticket", ticket("assigned", part), who="agent") for part in ("facts", "tags")),
    Stop("tickets:queue", who="agent", act=press("[data-bs-target='#side']", shows="#side.show a[href$='/bulk/']")),
]  # fmt: skip


def is_of_the_desk(stop: Stop) -> bool:
    """Whether agents work there; duty has its own width, a week."""
    return (
        stop.name.startswith("tickets:") and not stop.name.startswith("tickets:duty") and stop.status == 200
    )


def one_of_each(stops: Iterable[Stop]) -> Iterator[Stop]:
    """The first of those that differ only in what is written on the page."""
    seen = set()
    for stop in stops:
        mark = (stop.name, stop.query, stop.act)
        if mark not in seen:
            seen.add(mark)
            yield stop


FITTED = [*filter(is_of_the_desk, one_of_each(DESK)), *NARROW]


def fits(stop: Stop) -> bool:
    """Whether the page is looked at in narrow windows as well."""
    return stop in FITTED or any(model in stop.name for model in SHAPED)


class Tour:
    """Goes from page to page and writes down what is wrong."""

    def __init__(self, world: World, open_page, url: str, language: str, viewport: str = "desktop") -> None:
        self.world, self.open_page, self.url, self.faults = world, open_page, url, []
        self.language = language
        self.manner = {"language": language, "viewport": viewport}
        self.pages = {}
        User.objects.update(language=self.language)

    def page(self, stop: Stop, path: str):
        """A page of the person; one of its own where the browser is meant to complain about the status."""
        user, statuses = self.world.people.get(stop.who), {stop.status, stop.after} - {200}
        if not statuses:
            if stop.who not in self.pages:
                self.pages[stop.who] = self.new_page(user)
            return self.pages[stop.who]
        expected = "|".join(str(status) for status in statuses)
        return self.new_page(user, allowed=(rf"status of ({expected}) .*\(http://[^/]+/.*\)$",))

    def new_page(self, user, **more):
        page = self.open_page(user=user, **self.manner, **more)
        # A customer's pages speak the ticket's language until he chooses another one.
        if user is None:
            cookie = {"name": django_settings.LANGUAGE_COOKIE_NAME, "value": self.language}
            page.context.add_cookies([{**cookie, "url": self.url}])
        return page

    def visit(self, stops: Iterable[Stop]) -> "Tour":
        for stop in stops:
            path = stop.path(self.world)
            page = self.page(stop, path)
            response = page.goto(path)
            page.wait_for_function(SETTLED)
            if stop.act:
                stop.act(page)
            for fault in [*self.look_at_answer(response, stop), *self.look_at_page(page, stop)]:
                self.faults.append(f"{stop.name} {path} as {stop.who or 'customer'}: {fault}")
            if page not in self.pages.values():
                page.close()
        return self

    def look_at_answer(self, response, stop: Stop) -> Iterable[str]:
        if response.status != stop.status:
            yield f"status {response.status} instead of {stop.status}"
        policy = response.headers.get("content-security-policy", "")
        runs_nothing = policy.startswith("default-src 'none'; ") and "script-src" not in policy
        if "unsafe-" in policy or not (runs_nothing or re.search(r"script-src 'self'(;|$)", policy)):
            yield f"policy {policy!r}"

    def look_at_page(self, page, stop: Stop) -> Iterable[str]:
        # What stands beside each list and form of the admin is looked at on its other pages.
        is_one_of_many = stop.name.endswith(("_changelist", "_change"))
        yield from axe_in_both_themes(page, but="#nav-sidebar" if is_one_of_many else "")
        shown = page.locator("html").get_attribute("lang").lower()
        if shown != self.language:
            yield f"speaks {shown} instead of {self.language}"
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            yield f"{wide} px wider than the screen"
        if fits(stop):
            yield from misfits(page)
            page.set_viewport_size(VIEWPORTS[self.manner["viewport"]])

    def report(self) -> None:
        assert not self.faults, "\n".join(self.faults)


@pytest.fixture
def tour(world, open_page, live_server):
    return lambda language, viewport="desktop": Tour(world, open_page, live_server.url, language, viewport)


@pytest.mark.parametrize(
    ("viewport", "language"), [("phone", "zh-hans"), ("phone", "en"), ("desktop", "zh-hans")]
)
def test_customers_pages(tour, settings, tmp_path, viewport, language):
    settings.MAIL_FOLDER = tmp_path
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "屏幕碎了", "help@example.com", "chenxiao@example.com"
    mail.set_content("您好，工单已收到。\nhttp://127.0.0.1:8000/t/x/\n")
    (tmp_path / "1.log").write_bytes(mail.as_bytes() + b"\n" + b"-" * 79 + b"\n")
    started = tour(language, viewport)
    for stop in CUSTOMER:
        settings.DEBUG = stop.name == "trial-mail"
        started.visit([stop])
    started.report()


@halves
def test_the_desks_pages(tour, half, language):
    tour(language).visit(DESK[half::2]).report()
    tour("zh-hant", "zoomed").visit(NARROW[half::2]).report()


@halves
def test_the_admins_pages(tour, world, half, language):
    stops = [*ADMIN, *admin_stops(world)]
    tour(language).visit(stops[half::2]).report()


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_errors(open_page, live_server, language):
    page = open_page(viewport="phone", allowed=(r"status of \d+ .*/error-\w+\)",))
    answers = {}
    page.route("**/error-*", lambda route: route.fulfill(**answers[route.request.url.rpartition("-")[2]]))
    for name in ("400", "403", "403_csrf", "404", "429", "500"):
        with translation.override(language):
            html = render_to_string(f"{name}.html", {"LANGUAGE_CODE": language})
        answers[name] = {"status": int(name[:3]), "content_type": "text/html", "body": html}
        page.goto(f"/error-{name}")
        assert (name, list(axe_in_both_themes(page))) == (name, [])


def test_no_named_page_is_forgotten():
    looked_at = {stop.name for stop in [*CUSTOMER, *DESK, *ADMIN]}
    left_out = {name for names in NO_PAGES.values() for name in names}
    assert named_pages() - looked_at - left_out == set(), "Give each a line in tests/browser/stops.py."
    assert (looked_at | left_out) - named_pages() <= {
        "admin:tickets_ticket_history",
        "admin:catalog_tag_delete",
        "api:docs",
    }
    assert not looked_at & left_out
