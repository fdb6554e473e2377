"""A pair of hands without a mouse: goes from stop to stop by Tab, and sees where it is."""

from pathlib import Path

from playwright.sync_api import Page, expect

# Whether the focused element is what was looked for, and what is wrong with how its focus shows.
LOOK = """(selector) => {
    const focused = document.activeElement;
    const box = focused.getBoundingClientRect();
    const style = getComputedStyle(focused);
    const seen = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
    const inView = box.width > 1 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return {
        isThere: focused.matches(selector),
        isNowhere: focused === document.body,
        fault: focused === document.body || (seen && inView) ? "" : focused.outerHTML.slice(0, 160),
    };
}"""
FOCUS = (Path(__file__).parent / "focus.js").read_text()
# More stops than any page should have between two things one does.
MOST = 120


class Keyboard:
    """Presses keys on a page; each stop on the way must show that it has the focus."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def enter(self) -> None:
        """Press Enter where it leads to another page."""
        with self.page.expect_navigation():
            self.press("Enter")

    def skip_to_content(self) -> None:
        """What whoever has no mouse does first: past the bar and the side."""
        self.press("Tab", "Enter")

    def go_to(self, selector: str, key: str = "Tab") -> None:
        """Press Tab until something has the focus."""
        for _stop in range(MOST):
            self.press(key)
            look = self.page.evaluate(LOOK, selector)
            assert not look["fault"], f"The focus does not show: {look['fault']}"
            if look["isThere"]:
                return
        raise AssertionError(f"{selector} is not reached by {MOST} times {key}.")

    def walk(self, key: str = "Tab") -> list[str]:
        """Go through the whole page once; what is wrong with how the focus shows on the way."""
        self.page.evaluate(FOCUS)
        self.page.evaluate("focusWatch.remember()")
        faults: list[str] = []
        for stops in range(MOST * 2):
            self.press(key)
            look = self.page.evaluate("focusWatch.lost()")
            if look["isOut"]:
                assert stops > 5, "The walk ended before it began."
                return faults
            faults += look["faults"]
        return [*faults, f"{key} does not come to an end."]

    def go_back_to(self, selector: str) -> None:
        """The same, backwards."""
        self.go_to(selector, "Shift+Tab")

    def write(self, selector: str, text: str) -> None:
        """Go to a field and type over what it holds."""
        self.go_to(selector)
        self.type(text)

    def type(self, text: str) -> None:
        """Type over what the focused field holds."""
        self.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, selector: str, label: str) -> None:
        """Go to a choice and move down in it as far as the label."""
        self.go_to(selector)
        self.pick(label)

    def pick(self, label: str) -> None:
        """Move down in the focused choice as far as the label."""
        for _choice in range(40):
            self.press("ArrowDown")
            if self.page.evaluate("document.activeElement.selectedOptions[0].label.trim()") == label:
                return
        raise AssertionError(f"There is no choice {label!r}.")

    def expect_focus(self, selector: str) -> None:
        """The focus has to be there by itself."""
        expect(self.page.locator(selector)).to_be_focused()
