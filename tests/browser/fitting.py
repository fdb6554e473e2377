"""What is wrong with how a page fits a narrow window: sideways, cut off, one over the other, or out of reach."""

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.watch import VIEWPORTS

ZOOMED = VIEWPORTS["zoomed"]
# The width that reflow is asked for at 400 % (WCAG 1.4.10).
NARROW = {"width": 320, "height": 512}
FAULTS = (Path(__file__).parent / "fitting.js").read_text()


def misfits(page: Page) -> list[str]:
    """What is wrong at 200 % and on the narrowest window."""
    found = []
    for size in (ZOOMED, NARROW):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        found += [f"at {size['width']} px: {fault}" for fault in page.evaluate(FAULTS)]
    page.set_viewport_size(ZOOMED)  # type: ignore[arg-type]
    return found
