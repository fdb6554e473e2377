"""What becomes of open tickets at the end of a shift."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from staff.models import DutyEvent, Rota, ShiftPattern, User
from staff.services import add_shift
from staff.services.planning import Place
from staff.shift_ends import ends_to_work_off, shift_ends
from tickets.models import Guard, Ticket
from tickets.services import assign_waiting_tickets, take_step, work_off_shift_ends
from tickets.services.sweeps import tickets_to_assign

MONDAY = date(2026, 3, 2)


@pytest.fixture
def early(db) -> ShiftPattern:
    return ShiftPattern.objects.create(
        code="E", name="Early", begins=time(8), ends=time(16), breaks="12:00-13:00"
    )


@pytest.fixture
def late(db) -> ShiftPattern:
    return ShiftPattern.objects.create(code="L", name="Late", begins=time(16), ends=time(0))


@pytest.fixture
def rota(team, agent, colleague, early, late) -> Rota:
    made = Rota.objects.create(
        team=team, begins_on=MONDAY, time_zone="Asia/Shanghai", at_shift_end="hand_over"
    )
    made.slots.create(weekday=0, pattern=early, user=agent)
    made.slots.create(weekday=0, pattern=late, user=colleague)
    User.objects.filter(pk__in=[agent.pk, colleague.pk]).update(is_present=True)
    return made


def at(clock: str, day: int = 2):
    return time_machine.travel(f"2026-03-{day:02}T{clock}:00+08:00", tick=False)


@pytest.fixture
def mine(rota, ticket_in) -> Ticket:
    """A ticket that the agent of the early shift works on."""
    with at("09:00"):
        return ticket_in("assigned")


def test_handed_over_to_the_next_shift(mine, agent, colleague):
    with at("15:59"):
        assert work_off_shift_ends() == 0
    with at("16:00"):
        assert work_off_shift_ends() == 1
        assert work_off_shift_ends() == 0
    mine = Ticket.objects.get(pk=mine.pk)
    assert (mine.status, mine.assignee) == ("assigned", colleague)
    step = mine.events.filter(kind="step").last()
    assert (step.step, step.actor, step.data["note"]) == ("assign", None, "End of shift.")
    event = DutyEvent.objects.get()
    assert (event.kind, event.user) == ("shift_ended", agent)
    assert event.data["tickets"] == [[mine.pk, colleague.pk]]


def test_without_anybody_on_duty_it_waits_in_the_queue_and_is_given_out_again(mine, agent, colleague):
    User.objects.filter(pk=colleague.pk).update(is_present=False)
    with at("16:01"):
        work_off_shift_ends()
    mine = Ticket.objects.get(pk=mine.pk)
    assert (mine.status, mine.assignee, mine.assigned_at) == ("classified", None, None)
    User.objects.filter(pk=colleague.pk).update(is_present=True)
    with at("17:00"):
        assert tickets_to_assign().exists()
        assert assign_waiting_tickets() == 1
    mine = Ticket.objects.get(pk=mine.pk)
    assert mine.assignee == colleague


def test_handed_back(mine, rota, colleague):
    Rota.objects.update(at_shift_end="hand_back")
    with at("16:00"):
        work_off_shift_ends()
    mine = Ticket.objects.get(pk=mine.pk)
    assert (mine.status, mine.assignee) == ("classified", None)
    assert mine.events.filter(kind="step").last().step == "hand_back"


def test_kept(mine, agent):
    Rota.objects.update(at_shift_end="keep")
    with at("16:00"):
        assert ends_to_work_off(timezone.now()) == []
        assert work_off_shift_ends() == 0
    mine = Ticket.objects.get(pk=mine.pk)
    assert mine.assignee == agent


def test_a_break_is_no_end_and_who_goes_on_keeps_his_tickets(mine, team, agent, late, lead):
    with at("12:30"):
        assert work_off_shift_ends() == 0
    add_shift(team, Place(MONDAY, late, agent), actor=lead)
    with at("16:01"):
        assert work_off_shift_ends() == 0
    with at("00:00", day=3):
        # He and the colleague end together.
        assert work_off_shift_ends() == 2
    mine = Ticket.objects.get(pk=mine.pk)
    assert (mine.status, mine.assignee) == ("classified", None)


def test_missed_hours_are_made_up_for_and_old_ones_are_not(mine, agent, colleague):
    with at("20:00"):
        assert work_off_shift_ends() == 1
    mine = Ticket.objects.get(pk=mine.pk)
    assert mine.assignee == colleague
    with at("20:00", day=4):
        assert work_off_shift_ends() == 0


def test_what_waits_for_the_customer_or_is_another_teams_stays(mine, agent, rota, ticket_in, other_team):
    with at("10:00"):
        waiting = ticket_in("waiting")
        foreign = ticket_in("assigned")
        Ticket.objects.filter(pk=foreign.pk).update(team=other_team)
    with at("16:00"):
        work_off_shift_ends()
    for ticket in (waiting, foreign):
        ticket = Ticket.objects.get(pk=ticket.pk)
        assert ticket.assignee == agent


def test_a_guard_that_a_rule_cannot_fulfil_leaves_the_ticket(mine, agent):
    Guard.objects.create(name="Product known", step="assign", required_fields=["product"])
    with at("16:00"):
        assert work_off_shift_ends() == 1
    mine = Ticket.objects.get(pk=mine.pk)
    assert mine.assignee == agent
    assert DutyEvent.objects.get().data["tickets"] == []


def test_ends_are_found_in_order(team, rota, agent, colleague):
    with at("16:00"):
        now = timezone.now()
    found = shift_ends(team.pk, now - timedelta(hours=1), now + timedelta(hours=9))
    assert [(moment - now, user) for moment, user in found] == [
        (timedelta(), agent.pk), (timedelta(hours=8), colleague.pk),
    ]  # fmt: skip


def test_a_ticket_that_an_agent_hands_back_is_still_left_to_people(mine, agent):
    with at("10:00"):
        take_step(mine, "hand_back", actor=agent, note="不是我的领域")
    mine = Ticket.objects.get(pk=mine.pk)
    assert mine.assigned_at is not None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_works_a_shift_end_off(mine, colleague):
    def work(_number: int) -> int:
        try:
            return work_off_shift_ends()
        finally:
            connection.close()

    with at("16:00"), ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 1
    assert DutyEvent.objects.filter(kind="shift_ended").count() == 1
    steps = Ticket.objects.get(pk=mine.pk).events.filter(kind="step", step="assign")
    assert [step.data["assignee"] for step in steps if step.actor is None] == [colleague.pk]
