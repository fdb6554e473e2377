"""Who of a team is on duty, as the database has it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from staff.duty import coverage_of, covered_spans, duty_since, next_change, on_duty_ids, spans_of
from staff.models import Rota, User
from staff.services import add_shift, note_absence, remove_shift, switch_presence
from staff.services.planning import Place
from staff.tests.conftest import MONDAY

pytestmark = pytest.mark.usefixtures("rota")


def at(day: int, clock: str) -> datetime:
    """A moment of March 2026 by the clocks of Shanghai."""
    return datetime.fromisoformat(f"2026-03-{day:02}T{clock}:00+08:00").astimezone(UTC)


@pytest.fixture
def present(agent, colleague):
    User.objects.filter(pk__in=[agent.pk, colleague.pk]).update(is_present=True)


@pytest.mark.usefixtures("present")
def test_the_rota_says_who_is_on_duty(team, agent, colleague):
    assert on_duty_ids(team.pk, at(2, "08:00")) == {agent.pk}
    assert on_duty_ids(team.pk, at(2, "12:15")) == set()  # lunch
    assert on_duty_ids(team.pk, at(2, "15:59")) == {agent.pk}
    assert on_duty_ids(team.pk, at(2, "16:00")) == {colleague.pk}
    assert on_duty_ids(team.pk, at(4, "09:00")) == set()  # a Wednesday


def test_who_is_away_from_the_desk_is_not_on_duty(team, agent):
    assert on_duty_ids(team.pk, at(2, "09:00")) == set()
    User.objects.filter(pk=agent.pk).update(is_present=True)
    assert on_duty_ids(team.pk, at(2, "09:00")) == {agent.pk}
    User.objects.filter(pk=agent.pk).update(is_active=False)
    assert on_duty_ids(team.pk, at(2, "09:00")) == set()


@pytest.mark.usefixtures("present")
def test_whom_the_rota_does_not_know_is_on_duty_while_present_and_not_absent(team, agent, person):
    extra = person("agent", "Zhou Ting", team, is_present=True)
    assert on_duty_ids(team.pk, at(2, "09:00")) == {agent.pk, extra.pk}
    assert on_duty_ids(team.pk, at(4, "03:00")) == {extra.pk}
    note_absence(extra, at(2, "00:00"), at(3, "00:00"), kind="sick", actor=None)
    assert on_duty_ids(team.pk, at(2, "09:00")) == {agent.pk}
    assert on_duty_ids(team.pk, at(3, "00:00")) == {extra.pk}


@pytest.mark.usefixtures("present")
def test_before_the_rota_begins_presence_decides(team, agent, colleague):
    assert on_duty_ids(team.pk, at(1, "09:00")) == {agent.pk, colleague.pk}


@pytest.mark.usefixtures("present")
def test_a_later_rota_takes_over_on_its_day(team, agent, colleague, late):
    later = Rota.objects.create(team=team, begins_on=MONDAY + timedelta(weeks=1), time_zone="Asia/Shanghai")
    later.slots.create(weekday=0, pattern=late, user=agent)
    assert on_duty_ids(team.pk, at(9, "09:00")) == {colleague.pk}  # no longer in the rota
    assert on_duty_ids(team.pk, at(9, "17:00")) == {agent.pk, colleague.pk}


@pytest.mark.usefixtures("present")
def test_changes_and_absences_count(team, agent, colleague, early):
    remove_shift(team, Place(MONDAY, early, agent), actor=None)
    add_shift(team, Place(MONDAY, early, colleague), actor=None)
    assert on_duty_ids(team.pk, at(2, "09:00")) == {colleague.pk}
    note_absence(colleague, at(2, "10:00"), at(2, "18:00"), kind="training", actor=None)
    assert on_duty_ids(team.pk, at(2, "09:59")) == {colleague.pk}
    assert on_duty_ids(team.pk, at(2, "10:00")) == set()
    assert on_duty_ids(team.pk, at(2, "18:00")) == {colleague.pk}


@pytest.mark.usefixtures("present")
def test_it_costs_three_queries(team, person, rota, early, django_assert_num_queries):
    for number in range(10):
        other = person("agent", f"Extra {number}", team, is_present=True)
        rota.slots.create(weekday=number % 7, pattern=early, user=other)
    with django_assert_num_queries(3):
        on_duty_ids(team.pk, at(2, "09:00"))


def test_spans_and_the_next_change(team, agent, colleague):
    spans = spans_of(team.pk, at(2, "00:00"), at(3, "00:00"))
    assert spans == {
        agent.pk: [(at(2, "08:00"), at(2, "12:00")), (at(2, "12:30"), at(2, "16:00"))],
        colleague.pk: [(at(2, "16:00"), at(3, "00:00"))],
    }
    assert next_change(team.pk, at(2, "07:00")) == at(2, "08:00")
    assert next_change(team.pk, at(2, "08:00")) == at(2, "12:00")
    assert next_change(team.pk, at(4, "00:00")) == at(9, "08:00")


def test_without_a_rota_nothing_changes(other_team):
    assert next_change(other_team.pk, at(2, "00:00")) is None
    assert spans_of(other_team.pk, at(2, "00:00"), at(9, "00:00")) == {}


def test_coverage_has_no_gaps(team, agent, colleague):
    begins, ends = at(2, "15:00"), at(3, "01:00")
    found = coverage_of(spans_of(team.pk, begins, ends), begins, ends)
    assert found == [
        ((begins, at(2, "16:00")), {agent.pk}),
        ((at(2, "16:00"), at(3, "00:00")), {colleague.pk}),
        ((at(3, "00:00"), ends), set()),
    ]


@pytest.mark.parametrize(
    ("day", "clock", "wanted"),
    [
        (2, "07:00", (False, (1, "19:00"))),  # as far as one looks back
        (2, "08:00", (True, (2, "08:00"))),
        (2, "11:00", (True, (2, "08:00"))),
        (2, "12:10", (False, (2, "12:00"))),
        # The late shift follows the early one without a gap.
        (2, "20:00", (True, (2, "12:30"))),
        (3, "01:00", (False, (3, "00:00"))),
    ],
)
def test_since_when_somebody_or_nobody_is_on_duty(day, clock, wanted, team):
    assert duty_since(team.pk, at(day, clock)) == (wanted[0], at(*wanted[1]))


def test_who_is_in_no_rota_is_on_duty_from_when_he_came(team, other_team, person):
    extra = person("agent", "Zhou Ting", team)
    for day, clock, is_present in ((3, "02:00", True), (3, "02:30", False), (3, "02:40", True)):
        with time_machine.travel(at(day, clock), tick=False):
            switch_presence(extra, is_present=is_present)
    assert duty_since(team.pk, at(3, "03:00")) == (True, at(3, "02:40"))
    assert covered_spans(team.pk, at(2, "23:00"), at(3, "03:00")) == [
        (at(2, "23:00"), at(3, "00:00")), (at(3, "02:00"), at(3, "02:30")),
        (at(3, "02:40"), at(3, "03:00") + timedelta(microseconds=1)),
    ]  # fmt: skip
    note_absence(extra, at(3, "02:45"), at(3, "02:50"), kind="sick", actor=None)
    assert duty_since(team.pk, at(3, "02:45")) == (False, at(3, "02:45"))
    assert duty_since(team.pk, at(3, "03:00")) == (True, at(3, "02:50"))


def test_without_a_rota_in_force_nothing_is_said(team, other_team, person):
    person("agent", "Zhou Ting", team, is_present=True)
    assert duty_since(other_team.pk, at(3, "03:00")) is None
    assert duty_since(team.pk, at(1, "03:00")) is None


def test_who_is_on_shift_stops_no_clock_by_going_away(team, agent):
    with time_machine.travel(at(2, "09:00"), tick=False):
        switch_presence(agent, is_present=True)
    with time_machine.travel(at(2, "09:30"), tick=False):
        switch_presence(agent, is_present=False)
    assert duty_since(team.pk, at(2, "10:00")) == (True, at(2, "08:00"))
    assert on_duty_ids(team.pk, at(2, "10:00")) == set()


def test_before_its_first_rota_a_team_is_there_while_somebody_is_present(team, agent):
    User.objects.filter(pk=agent.pk).update(is_present=True)
    # The rota begins at midnight, and the first shift at eight.
    assert duty_since(team.pk, at(2, "02:00")) == (False, at(2, "00:00"))
