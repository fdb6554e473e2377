"""Twelve agents, three shifts, absences, five thousand tickets in a week: nobody is wronged, none is forgotten."""

from datetime import timedelta

import pytest

from staff.models import Strategy
from tickets.tests.simulated_week import simulate

SEED, TICKETS = 20_261_124, 5_000
# No ticket waits longer than this while somebody who can do it is there, at the busiest hour; and none over a day.
PATIENCE = timedelta(hours=2)


@pytest.mark.ground
@pytest.mark.parametrize(
    ("strategy", "seed"),
    # One week may be fair by chance; the strategy that looks at more than load is asked of several.
    [
        *((strategy, SEED) for strategy in Strategy.values),
        ("best_skill", 1),
        ("best_skill", 3),
        ("best_skill", 4),
    ],
)
def test_a_week_of_five_thousand_tickets(strategy, seed, capsys):
    week = simulate(strategy, TICKETS, seed)
    with capsys.disabled():
        print(f"\n{week.table()}")
    # Off duty, over capacity, without the skill: not once.
    assert week.broken == []
    assert len(week.waits()) == TICKETS
    assert week.waits()[-1] < timedelta(days=1)
    assert week.longest_in_vain() < PATIENCE
    for agent, given in week.given.items():
        assert given == pytest.approx(week.fair[agent], rel=0.15)
