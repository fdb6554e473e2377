"""A team with a rota."""

from datetime import date, time

import pytest

from staff.models import Rota, ShiftPattern

# A Monday; the rota of the tests begins on it.
MONDAY = date(2026, 3, 2)


@pytest.fixture
def early(db) -> ShiftPattern:
    return ShiftPattern.objects.create(
        code="E", name="Early", begins=time(8), ends=time(16), breaks="12:00-12:30", colour="amber"
    )


@pytest.fixture
def late(db) -> ShiftPattern:
    return ShiftPattern.objects.create(code="L", name="Late", begins=time(16), ends=time(0), colour="blue")


@pytest.fixture
def rota(team, agent, colleague, early, late) -> Rota:
    """On Mondays and Tuesdays the agent works early and the colleague late."""
    made = Rota.objects.create(team=team, begins_on=MONDAY, time_zone="Asia/Shanghai")
    for weekday in (0, 1):
        made.slots.create(weekday=weekday, pattern=early, user=agent)
        made.slots.create(weekday=weekday, pattern=late, user=colleague)
    return made
