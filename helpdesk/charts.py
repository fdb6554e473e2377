"""Small charts as plain SVG: where each bar and point stands, in whole units of the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 150
TOP, BOTTOM, LEFT = 12, 26, 40
# More labels along the bottom would run into each other.
MOST_LABELS = 7


@dataclass(frozen=True)
class Bar:
    x: int
    y: int
    width: int
    height: int
    series: int
    title: str


@dataclass(frozen=True)
class Point:
    x: int
    y: int
    series: int
    title: str


@dataclass(frozen=True)
class Chart:
    """What a template needs to draw one."""

    bars: list[Bar]
    points: list[Point]
    # One polyline per unbroken run of points: (series, "x,y x,y").
    lines: list[tuple[int, str]]
    # (x, label) along the bottom, (y, label) at the side.
    below: list[tuple[int, str]]
    beside: list[tuple[int, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def bar_chart(labels: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> Chart:
    """Bars of several series side by side, from zero to the largest."""
    most = max((value for _name, values in series for value in values), default=0) or 1
    slot = (WIDTH - LEFT) / max(1, len(labels))
    thick = max(2, int(slot * 0.7 / max(1, len(series))))
    bars = []
    for number, (name, values) in enumerate(series):
        for place, value in enumerate(values):
            y = _y(value / most)
            x = int(LEFT + slot * place + (slot - thick * len(series)) / 2) + thick * number
            bars.append(Bar(x, y, thick, HEIGHT - BOTTOM - y, number, f"{labels[place]}: {name} {value}"))
    return Chart(bars, [], [], _below(labels, slot), [(_y(0), "0"), (_y(1), str(most))])


def line_chart(labels: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]]) -> Chart:
    """Lines of several series of percentages; where there is no value, the line is broken."""
    slot = (WIDTH - LEFT) / max(1, len(labels))
    points: list[Point] = []
    lines: list[tuple[int, str]] = []
    for number, (name, values) in enumerate(series):
        run: list[Point] = []
        for place, value in enumerate([*values, None]):
            if value is None:
                if len(run) > 1:
                    lines.append((number, " ".join(f"{point.x},{point.y}" for point in run)))
                run = []
                continue
            title = f"{labels[place]}: {name} {value:.0f}%"
            run.append(Point(int(LEFT + slot * (place + 0.5)), _y(value / 100), number, title))
            points.append(run[-1])
    return Chart([], points, lines, _below(labels, slot), [(_y(0), "0"), (_y(0.5), "50"), (_y(1), "100")])


def _y(share: float) -> int:
    return round(HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP))


def _below(labels: Sequence[str], slot: float) -> list[tuple[int, str]]:
    every = -(-len(labels) // MOST_LABELS) or 1
    return [
        (int(LEFT + slot * (place + 0.5)), label)
        for place, label in enumerate(labels)
        if (len(labels) - 1 - place) % every == 0
    ]
