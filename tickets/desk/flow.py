"""The life cycle as a picture: its states and steps, read off the machine, as shapes of an SVG."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tickets.choices import Status
from tickets.workflow import STEPS

WIDTH, HEIGHT = 1130, 500
BOX_WIDTH, BOX_HEIGHT = 158, 62
MAIN_Y, ABOVE_Y, BELOW_Y, GAP = 205, 50, 420, 238
# States beside the main line, and between which columns of it they stand; all others are on it, in their order.
ABOVE, BELOW = {Status.WAITING: 2.75}, {Status.CANCELLED: 1.5}
MAIN = [status for status in Status if status not in (*ABOVE, *BELOW)]
# Two ways between the same states keep so far apart.
APART = 13
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A state: where it stands."""

    status: Status
    x: int
    y: int
    width: int = BOX_WIDTH
    height: int = BOX_HEIGHT

    @property
    def middle(self) -> int:
        """Where its words stand."""
        return self.x + self.width // 2


@dataclass(frozen=True)
class Way:
    """A step from one state to another: its line, and where its words stand."""

    step: str
    source: str
    target: str
    line: str
    words_x: int
    words_y: int

    @property
    def label(self) -> Any:
        """What the step is called."""
        return STEPS[self.step].label

    @property
    def is_loop(self) -> bool:
        """Whether it leads back to where a ticket has been before."""
        return is_back(self.source, self.target)


def _boxes() -> dict[str, Box]:
    found = {status.value: Box(status, 10 + GAP * place, MAIN_Y) for place, status in enumerate(MAIN)}
    for side, y in ((ABOVE, ABOVE_Y), (BELOW, BELOW_Y)):
        found |= {status.value: Box(status, int(10 + GAP * place), y) for status, place in side.items()}
    return found


BOXES = _boxes()


def is_back(source: str, target: str) -> bool:
    """Whether a step goes back, or round: against the order in which the states stand."""
    if target == Status.CANCELLED:
        return False
    return source == Status.CANCELLED or Status.values.index(target) <= Status.values.index(source)


def _ways() -> list[Way]:
    moves = [
        (step.name, source, target)
        for step in STEPS.values()
        for source in Status.values
        if source in step.sources
        for target in Status.values
        if target in step.targets
    ]
    return [Way(name, source, target, *_line(BOXES[source], BOXES[target])) for name, source, target in moves]


def _line(a: Box, b: Box) -> tuple[str, int, int]:
    """The line from one state to another, and where its words stand."""
    if a is b:
        return _round(a)
    on_main = a.y == b.y == MAIN_Y
    steps = MAIN.index(b.status) - MAIN.index(a.status) if on_main else 0
    if steps == 1:
        x, y = (a.x + a.width + b.x) // 2, a.y + a.height // 2
        # Above both boxes, since the words are wider than the room between them.
        return f"M{a.x + a.width},{y} L{b.x - 4},{y}", x, a.y - 18
    if on_main:
        return _arc(a, b, steps)
    return _slope(a, b)


def _round(a: Box) -> tuple[str, int, int]:
    x, y = a.x + 26, a.y
    return f"M{x},{y} C{x - 20},{y - 46} {x + 44},{y - 46} {x + 24},{y - 4}", x - 10, y - 58


def _arc(a: Box, b: Box, steps: int) -> tuple[str, int, int]:
    """Over the line when it skips states ahead, below it when it leads back; the farther, the higher."""
    if steps > 0:
        start, end, bend = (a.middle + 30, a.y), (b.middle + 30, b.y - 4), a.y - 260
    else:
        low = a.y + a.height
        start, end = (a.middle - 14 - 14 * steps, low), (b.middle + 24 + 12 * steps, low + 4)
        bend = low + 52 * -steps + (18 if a.status == MAIN[-1] else 0)
    return _curve(start, (start[0], bend), (end[0], bend), end)


def _slope(a: Box, b: Box) -> tuple[str, int, int]:
    """Between the main line and a state beside it."""
    down = a.y < b.y
    aside = APART if down else -APART
    toward = max(-50.0, min(50.0, (b.middle - a.middle) / 4))
    start: Point = (a.middle + toward + aside, a.y + a.height if down else a.y)
    end: Point = (b.middle - toward + aside, b.y - 4 if down else b.y + b.height + 4)
    half = (end[1] - start[1]) / 2
    line, x, y = _curve(start, (start[0], start[1] + half), (end[0], end[1] - half), end)
    if MAIN_Y not in (a.y, b.y):
        # Its middle lies behind the states of the main line.
        return line, round(end[0]) + 3 * APART, round(end[1]) - 24
    # Of two ways between the same states each has its words on its own side.
    return line, x + 3 * aside, y - 8 if down else y + 14


def _curve(start: Point, one: Point, two: Point, end: Point) -> tuple[str, int, int]:
    def middle(axis: int) -> int:
        return round((start[axis] + 3 * one[axis] + 3 * two[axis] + end[axis]) / 8)

    points = " ".join(f"{round(x)},{round(y)}" for x, y in (one, two, end))
    return f"M{round(start[0])},{round(start[1])} C{points}", middle(0), middle(1)


WAYS = _ways()


def picture(
    of_box: Callable[[Box], dict[str, Any]], of_way: Callable[[Way], dict[str, Any]]
) -> dict[str, Any]:
    """The whole picture for the template, each shape with what the page has to say of it."""
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "boxes": [{"box": box, **of_box(box)} for box in BOXES.values()],
        "ways": [{"way": way, **of_way(way)} for way in WAYS],
    }
