"""A page that is watched: what a visitor's browser would complain about makes the test fail."""

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

# Without a window's interface where that is installed: it has a quarter less to do for each page.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No foreign request gets out. A route that aborts them would switch off the browser's cache as well, and every page
    # would ask for its styles and scripts again.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]
VIEWPORTS = {
    "phone": {"width": 390, "height": 844},
    "desktop": {"width": 1440, "height": 900},
    # 1280 × 800 at 200 %.
    "zoomed": {"width": 640, "height": 400},
}
LOCALES = {"zh-hans": "zh-CN", "zh-hant": "zh-TW", "en": "en-GB"}
REPORT_CSP = """
document.addEventListener("securitypolicyviolation", (event) =>
    window.reportViolation(`${event.effectiveDirective} refused ${event.blockedURI} in ${event.sourceFile}`));
"""

# Preloading style sheets, for a rule that is off, would write inline styles, which the policy refuses.
AXE = {"preload": False, "resultTypes": ["violations"]}
# The rules of axe that look at colours.
COLOURS = ("color-contrast", "link-in-text-block")


def origin(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass
class Watch:
    """Collects what went wrong on the pages of one browser context."""

    home: str
    allowed: Sequence[str] = ()
    problems: list[str] = field(default_factory=list)

    def complain(self, text: str) -> None:
        """Note a problem, unless the test said that it expects it."""
        if not any(re.search(pattern, text) for pattern in self.allowed):
            self.problems.append(text)

    def is_foreign(self, url: str) -> bool:
        """Return whether an address lies outside the page's own origin."""
        return url.startswith(("http:", "https:", "ws:", "wss:")) and origin(url) != origin(self.home)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complain(f"console error: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        if self.is_foreign(request.url):
            self.complain(f"foreign request: {request.url}")

    def attach(self, context: BrowserContext) -> None:
        """Listen to every page of the context."""
        context.on("console", self._console)
        context.on("request", self._request)
        context.on("weberror", lambda error: self.complain(f"script error: {error.error}"))
        context.expose_function(
            "reportViolation", lambda text: self.complain(f"content security policy: {text}")
        )
        context.add_init_script(REPORT_CSP)


def new_page(
    browser: Browser, watch: Watch, *, language: str, theme: str, viewport: str, javascript: bool = True
) -> Page:
    """Open a blank page of a fresh, watched context; relative addresses start at the watch's home."""
    context = browser.new_context(
        base_url=watch.home,
        locale=LOCALES[language],
        color_scheme="dark" if theme == "dark" else "light",
        viewport=VIEWPORTS[viewport],  # type: ignore[arg-type]
        is_mobile=viewport == "phone",
        has_touch=viewport == "phone",
        java_script_enabled=javascript,
        reduced_motion="reduce",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(15_000)
    watch.attach(context)
    return context.new_page()


def axe(
    page: Page, context: str | dict[str, list[str]] | None = None, *, rules: Sequence[str] = ()
) -> list[str]:
    """Return one line per accessibility violation of the page, or of the part that a selector or axe's context names.

    With `rules` only these are asked.
    """
    # page.evaluate runs over the debugging protocol, so the page's CSP stays as it is.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {**AXE, "runOnly": list(rules)} if rules else AXE
    found = page.evaluate(
        "([part, options]) => axe.run(part || document, options).then((found) => found.violations)",
        [context, options],
    )
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:200]} [{' '.join(map(str, node['target']))}]"
        for rule in found
        for node in rule["nodes"]
    ]


def axe_in_both_themes(page: Page, but: str = "") -> Iterator[str]:
    """Return what `axe` finds on a page that is shown in the light; in the dark only the colours are others.

    `but` is a part to leave out, which another page shows as well.
    """
    part = {"include": ["html"], "exclude": [but]} if but and page.locator(but).count() else None
    yield from axe(page, part)
    page.emulate_media(color_scheme="dark")
    # A page without scripts follows by its styles alone.
    page.wait_for_function(
        "() => !document.scripts.length || document.documentElement.dataset.bsTheme === 'dark'"
    )
    yield from (f"in the dark: {fault}" for fault in axe(page, part, rules=COLOURS))
    page.emulate_media(color_scheme="light")
