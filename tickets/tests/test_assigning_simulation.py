"""Twelve agents, three shifts, absences, five thousand tickets in a week: nobody is wronged, none is forgotten."""

from datetime import timedelta

import pytest

from tickets.tests.simulated_week import simulate

SEED, TICKETS = 20_261_124, 5_000
# No ticket waits longer than this while somebody who can do it is there, at the busiest hour; and none over a day.
PATIENCE = timedelta(hours=2)


@pytest.mark.ground
@pytest.mark.parametrize(
    ("strategy", "off"),
    # Who matches skills gives those who know little more on purpose.
    [("least_load", 0.15), ("round_robin", 0.15), ("last_agent", 0.15), ("best_skill", 0.35)],
)
def test_a_week_of_five_thousand_tickets(strategy, off, capsys):
    week = simulate(strategy, TICKETS, SEED)
    with capsys.disabled():
        print(f"\n{week.table()}")
    # Off duty, over capacity, without the skill: not once.
    assert week.broken == []
    assert len(week.waits()) == TICKETS
    assert week.waits()[-1] < timedelta(days=1)
    assert week.longest_in_vain() < PATIENCE
    for agent, given in week.given.items():
        assert given == pytest.approx(week.fair[agent], rel=off)
