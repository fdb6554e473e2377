"""A real browser for the tests of the pages, and the real processes for the tests of the whole."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import AbstractBaseUser
from django.core.signals import request_finished, request_started
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright

from common.room import with_room
from tests.browser.system import System, running_system
from tests.browser.watch import CHROMIUM, FLAGS, Watch, new_page
from tests.browser.world import world

__all__ = ["world"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives the browser or the processes, so that nobody can forget to."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "chromium" in fixtures or "system" in fixtures:
            item.add_marker(pytest.mark.browser)
        if "system" in fixtures:
            item.add_marker(pytest.mark.postgres)
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's chromium."""
    if not CHROMIUM:
        pytest.fail(
            "chromium is not there. On Debian: apt-get install chromium-headless-shell fonts-noto-cjk"
        )
    # Playwright's synchronous interface keeps an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page_at(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open a watched page of a site: `open_page_at(url, language="zh-hans", theme="dark", viewport="phone")`.

    The test fails on a console error, a script error, a request to a foreign origin or a CSP violation. `allowed`
    takes patterns of complaints that the test means to cause, such as "status of 404".
    """
    watches: list[Watch] = []

    def open_one(
        home: str,
        path: str | None = None,
        *,
        language: str = "en",
        theme: str = "light",
        viewport: str = "desktop",
        javascript: bool = True,
        allowed: tuple[str, ...] = (),
    ) -> Page:
        watch = Watch(home, allowed)
        watches.append(watch)
        page = new_page(
            chromium, watch, language=language, theme=theme, viewport=viewport, javascript=javascript
        )
        if path is not None:
            page.goto(path)
        return page

    yield open_one
    for context in chromium.contexts:
        context.close()
    problems = [problem for watch in watches for problem in watch.problems]
    if problems:
        pytest.fail("The browser complained:\n" + "\n".join(problems), pytrace=False)


@pytest.fixture(scope="session")
def live_server(live_server):
    """The test's own server, with the room that the product's has."""
    server = live_server.thread.httpd
    server.set_app(with_room(server.get_app()))
    return live_server


class Answering:
    """How many requests the test's own server is answering: one still at work would meet an emptied database."""

    def __init__(self) -> None:
        self.lock, self.count = threading.Lock(), 0

    def begin(self, **kwargs: object) -> None:
        """One more."""
        with self.lock:
            self.count += 1

    def end(self, **kwargs: object) -> None:
        """One less."""
        with self.lock:
            self.count -= 1

    def wait_for_the_end(self, seconds: float = 10) -> None:
        """Return when none was being answered for a moment; a request that the browser gave up goes on as well."""
        deadline, quiet = time.monotonic() + seconds, 0
        while quiet < 3 and time.monotonic() < deadline:
            quiet = 0 if self.count else quiet + 1
            time.sleep(0.02)


@pytest.fixture
def answering() -> Iterator[Answering]:
    """The requests that the test's own server is answering."""
    made = Answering()
    request_started.connect(made.begin)
    # Connected later than Django's own, so it comes when the connection has been given back.
    request_finished.connect(made.end)
    yield made
    request_started.disconnect(made.begin)
    request_finished.disconnect(made.end)


@pytest.fixture
def open_page(
    open_page_at: Callable[..., Page], chromium: Browser, live_server, answering: Answering
) -> Iterator[Callable[..., Page]]:
    """Open a watched page of the test's own server: `open_page("/desk/", user=agent, language="zh-hans")`."""

    def open_one(path: str | None = None, *, user: AbstractBaseUser | None = None, **manner: object) -> Page:
        page = open_page_at(live_server.url, **manner)
        if user is not None:
            sign_in(page, user, live_server.url)
        if path is not None:
            page.goto(path)
        return page

    yield open_one
    for context in chromium.contexts:
        context.close()
    answering.wait_for_the_end()


def sign_in(page: Page, user: AbstractBaseUser, url: str) -> None:
    """Give the page's browser a session of the user, without the sign-in form."""
    client = Client()
    client.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])


@pytest.fixture(scope="session")
def collected_static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The static files as production serves them: hashed, compressed, with their manifest."""
    folder = tmp_path_factory.mktemp("static")
    system = System(folder, folder, "sqlite://:memory:")
    system.manage("collectstatic", "--no-input", "--verbosity", "0")
    return folder


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, collected_static: Path) -> Iterator[System]:
    """The whole product as processes, on a fresh PostgreSQL database."""
    with running_system(tmp_path_factory.mktemp("system"), collected_static) as running:
        yield running
