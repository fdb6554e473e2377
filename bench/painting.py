"""What a person at the desk waits for: the first paint, what is loaded, and whether typing ever halts."""

import statistics
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser.watch import CHROMIUM, FLAGS

VISITS = 7
TEXT = "您好，已经为您安排换新，新机三天内寄出，请把旧机留好。" * 6
PAINT = (
    "performance.getEntriesByType('paint').find((entry) => entry.name === 'first-contentful-paint').startTime"
)
WATCH = """
window.longTasks = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.longTasks.push(entry.duration)))
    .observe({ type: "longtask" });
"""


def report_painting(port: int, cookies: dict[str, str], paths: dict[str, str], long_ticket: str) -> None:
    """Open each page in Chromium and print its paint and its weight; then type on the long ticket."""
    if not CHROMIUM:
        print("Chromium is not there: nothing is painted.")
        return
    # Playwright's event loop gets a thread of its own, which the database is not used from.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(_report, f"http://127.0.0.1:{port}", cookies, paths, long_ticket).result()


def _report(home: str, cookies: dict[str, str], paths: dict[str, str], long_ticket: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, path in paths.items():
            first = [_visit(browser, home, cookies, path, times=1)[0] for _ in range(VISITS)]
            later = _visit(browser, home, cookies, path, times=VISITS + 1)[1:]
            paints = [statistics.median(paint for paint, _bytes in visits) for visits in (first, later)]
            weights = [
                statistics.median(weight for _paint, weight in visits) / 1000 for visits in (first, later)
            ]
            print(
                f"{name:20} first visit: paint {paints[0]:4.0f} ms, {weights[0]:4.0f} KB; "
                f"later: paint {paints[1]:4.0f} ms, {weights[1]:4.0f} KB",
                flush=True,
            )
        tasks = _type(browser, home, cookies, long_ticket)
        longest = f", the longest {max(tasks):.0f} ms" if tasks else ""
        print(
            f"typing {len(TEXT)} letters on 300 messages: {len(tasks)} tasks over 50 ms{longest}", flush=True
        )
        browser.close()


def _context(browser: Any, home: str, cookies: dict[str, str]) -> Any:
    context = browser.new_context(base_url=home, locale="zh-CN", viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": name, "value": value, "url": home} for name, value in cookies.items()])
    return context


def _visit(
    browser: Any, home: str, cookies: dict[str, str], path: str, *, times: int
) -> list[tuple[float, int]]:
    """Open a page some times in one fresh browser; return the paint in ms and the bytes of each."""
    context = _context(browser, home, cookies)
    page, found = context.new_page(), []
    session, loaded = context.new_cdp_session(page), []
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    for _time in range(times):
        loaded.clear()
        page.goto(path, wait_until="networkidle")
        found.append((page.evaluate(PAINT), int(sum(loaded))))
    context.close()
    return found


def _type(browser: Any, home: str, cookies: dict[str, str], path: str) -> list[float]:
    """Write a reply letter by letter; return how long each halting of the page was, in ms."""
    context = _context(browser, home, cookies)
    page: Page = context.new_page()
    page.goto(path, wait_until="networkidle")
    page.locator("#body").focus()
    page.evaluate(WATCH)
    for letter in TEXT:
        page.keyboard.insert_text(letter)
        page.wait_for_timeout(40)
    # The draft has been saved by then, and what is shown of it.
    page.wait_for_timeout(1500)
    tasks: list[float] = page.evaluate("window.longTasks")
    page.locator("#body").fill("")
    page.wait_for_timeout(1500)
    context.close()
    return tasks
