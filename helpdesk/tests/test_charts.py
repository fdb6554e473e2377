"""Where bars and points stand."""

import pytest

from helpdesk.charts import BOTTOM, HEIGHT, LEFT, MOST_LABELS, TOP, WIDTH, bar_chart, line_chart

pytestmark = pytest.mark.ground
FLOOR = HEIGHT - BOTTOM


def test_the_largest_bar_reaches_the_top_and_zero_has_no_height():
    chart = bar_chart(["a", "b"], [("Received", [10, 0]), ("Resolved", [5, 0])])
    assert [(bar.y, bar.height) for bar in chart.bars] == [
        (TOP, FLOOR - TOP), (FLOOR, 0), (TOP + (FLOOR - TOP) // 2, (FLOOR - TOP) // 2), (FLOOR, 0),
    ]  # fmt: skip
    assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH for bar in chart.bars)
    assert chart.bars[0].title == "a: Received 10"


def test_a_line_breaks_where_nothing_is_known():
    chart = line_chart(list("abcdef"), [("CSAT", [50.0, 100.0, None, 80.0, None, None])])
    assert len(chart.points) == 3
    assert len(chart.lines) == 1
    assert [point.y for point in chart.points] == [
        TOP + (FLOOR - TOP) // 2,
        TOP,
        round(FLOOR - 0.8 * (FLOOR - TOP)),
    ]


@pytest.mark.parametrize("count", [0, 1, 5, 14, 91])
def test_labels_never_crowd_and_the_last_is_there(count):
    labels = [str(number) for number in range(count)]
    chart = bar_chart(labels, [("Received", [0] * count)])
    assert len(chart.below) <= MOST_LABELS
    assert [label for _x, label in chart.below[-1:]] == labels[-1:]
