"""Finding names by some of their characters."""

import pytest

from common.fuzzy import rank

pytestmark = pytest.mark.ground
NAMES = [
    "Resolve",
    "Reopen",
    "Reply templates",
    "SLA policies",
    "满意度调查",
    "工作日历",
    "满意度规则",
    "話術",
]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("res", "Resolve"), ("rslv", "Resolve"), ("REOPEN", "Reopen"), ("rt", "Reply templates"),
        ("template", "Reply templates"), ("sla pol", "SLA policies"), ("pol sla", "SLA policies"),
        ("满调", "满意度调查"), ("滿意", "满意度调查"), ("日历", "工作日历"), ("规则", "满意度规则"), ("话术", "話術"),
        ("ＳＬＡ", "SLA policies"), ("xyz", None), ("调满", None), ("reolz", None),
    ],
)  # fmt: skip
def test_the_best_name_comes_first(query, first):
    ranked = sorted(((rank(query, [name]), name) for name in NAMES), key=lambda pair: -pair[0])
    assert (ranked[0][1] if ranked[0][0] > 0 else None) == first


def test_several_names_of_one_thing_count_as_the_best_of_them():
    assert (
        rank("解决", ["Resolve", "解决"])
        > rank("解决", ["已解决的工单", "x"])
        > 0
        == rank("解决", ["Resolve"])
    )
