"""Who of a team gets a ticket: the pure choice, as tables."""

from datetime import UTC, datetime, timedelta

import pytest

from tickets.routing.strategies import Candidate, Need, choose

pytestmark = pytest.mark.ground
SEVEN, MANY = frozenset({7}), frozenset({7, 8, 9, 10, 11, 12})
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def of(pk: int, **fields: object) -> Candidate:
    return Candidate(user_id=pk, **fields)


def ago(minutes: int) -> datetime:
    return NOON - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("strategy", "candidates", "need", "chosen"),
    [
        ("least_load", [of(1, load=3), of(2, load=1), of(3, load=2)], Need(), 2),
        # Of equals, whoever has waited longest; of new people, the first.
        ("least_load", [of(1, last_assigned_at=ago(1)), of(2, last_assigned_at=ago(9))], Need(), 2),
        ("least_load", [of(2), of(1)], Need(), 1),
        # In turn, however much somebody has.
        ("round_robin", [of(1, load=0, last_assigned_at=ago(1)), of(2, load=5, last_assigned_at=ago(2))], Need(), 2),
        ("round_robin", [of(1, last_assigned_at=ago(1)), of(2)], Need(), 2),
        # Who knows little else comes first, while he has no more to do and has waited among the longer half.
        ("best_skill", [of(1, skills=MANY), of(2, skills=SEVEN), of(3, skills=MANY)], Need(skills=SEVEN), 2),
        ("best_skill", [of(1, skills=MANY), of(2, skills=SEVEN, load=1)], Need(skills=SEVEN), 1),
        (
            "best_skill",
            [of(1, skills=MANY, last_assigned_at=ago(9)), of(2, skills=SEVEN, last_assigned_at=ago(1))],
            Need(skills=SEVEN),
            1,
        ),
        (
            "best_skill",
            [
                of(1, skills=MANY, last_assigned_at=ago(9)), of(2, skills=SEVEN, last_assigned_at=ago(5)),
                of(3, skills=MANY, last_assigned_at=ago(1)),
            ],
            Need(skills=SEVEN),
            2,
        ),
        # The last agent, though he has more to do; another when he cannot.
        ("last_agent", [of(1), of(2, load=4)], Need(last_agent_id=2), 2),
        ("last_agent", [of(1), of(2, load=4, capacity=4)], Need(last_agent_id=2), 1),
        ("last_agent", [of(1, load=1), of(2)], Need(last_agent_id=9), 2),
        # Whatever the strategy: on duty, able, not full.
        *[
            (strategy, [of(1, is_on_duty=False), of(2, load=9)], Need(), 2)
            for strategy in ("least_load", "round_robin", "best_skill", "last_agent")
        ],
        ("least_load", [of(1), of(2, load=5, skills=SEVEN)], Need(skills=SEVEN), 2),
        ("round_robin", [of(1, skills=SEVEN), of(2, skills=frozenset({8}))], Need(skills=frozenset({7, 8})), None),
        ("least_load", [of(1, load=4, capacity=5)], Need(weight=1), 1),
        ("least_load", [of(1, load=5, capacity=5)], Need(weight=1), None),
        # A heavy ticket is no harder to give than a light one, or it would never find a gap.
        ("least_load", [of(1, load=4, capacity=5)], Need(weight=3), 1),
        ("least_load", [of(1, capacity=0)], Need(), None),
        # Premium goes to people on call, while one of them can have it.
        ("least_load", [of(1), of(2, load=3, is_on_call=True)], Need(is_premium=True), 2),
        ("least_load", [of(1), of(2, load=3, capacity=3, is_on_call=True)], Need(is_premium=True), 1),
        ("least_load", [of(1), of(2, load=3, is_on_call=True)], Need(), 1),
        ("least_load", [], Need(), None),
    ],
)  # fmt: skip
def test_a_strategy_chooses(strategy, candidates, need, chosen):
    choice = choose(strategy, candidates, need)
    assert (choice.chosen.user_id if choice.chosen else None) == chosen


def test_it_says_by_what_and_why_not_the_others():
    candidates = [
        of(1, load=2, capacity=8, skills=SEVEN, is_on_call=True),
        of(2, skills=SEVEN, is_on_duty=False),
        of(3),
        of(4, skills=SEVEN, load=8, capacity=8),
        of(5, skills=SEVEN, load=1),
        of(6, skills=SEVEN, load=6, is_on_call=True),
    ]
    choice = choose("last_agent", candidates, Need(weight=2, skills=SEVEN, is_premium=True))
    assert choice.as_data() == {
        "by": "least_load", "load": 2, "capacity": 8, "weight": 2,
        "others": [
            [2, "off_duty", 0], [3, "lacks_skill", 0], [4, "full", 8], [5, "not_on_call", 1], [6, "later", 6],
        ],
    }  # fmt: skip
