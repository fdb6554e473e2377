"""The same promises kept by the services and the database: two days of a team, and twenty who assign at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time, timedelta
from random import Random
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from staff.duty import spans_of
from staff.models import Membership, Rota, ShiftPattern, Skill, User
from staff.services import note_absence
from tickets.models import ClassifyingRule, Event, RoutingRule, Ticket
from tickets.services import add_reply, assign_waiting_tickets, create_ticket, take_step

ZONE = ZoneInfo("Asia/Shanghai")
BEGINS = datetime(2026, 3, 2, tzinfo=ZONE)
HOURS, AN_HOUR, CAPACITY, SEED = 48, 4, 3, 7
SHIFTS = (("N", time(0), time(8)), ("E", time(8), time(16)), ("L", time(16), time(0)))


@pytest.fixture
def crew(person, team) -> list[User]:
    """Twelve agents in three shifts; every second one can do batteries."""
    skill = Skill.objects.create(code="batteries", name="Batteries")
    patterns = [
        ShiftPattern.objects.create(code=code, name=code, begins=begins, ends=ends)
        for code, begins, ends in SHIFTS
    ]
    rota = Rota.objects.create(team=team, begins_on=date(2026, 3, 2), time_zone="Asia/Shanghai")
    made = []
    for number in range(12):
        agent = person("agent", f"Agent {number:02}", team, is_present=True, capacity=CAPACITY)
        for weekday in range(7):
            rota.slots.create(weekday=weekday, pattern=patterns[number % 3], user=agent)
        if number % 2:
            agent.skills.add(skill)
        made.append(agent)
    return made


@pytest.fixture
def rules(category) -> None:
    ClassifyingRule.objects.create(name="Batteries first", words="电池", category=category, position=1)
    ClassifyingRule.objects.create(name="All", words="请问", category=category, position=2)
    rule = RoutingRule.objects.create(name="Batteries", words="电池")
    rule.skills.add(Skill.objects.get(code="batteries"))


@pytest.mark.postgres
def test_two_days_of_a_team(crew, rules, customer, team, lead):
    rng = Random(SEED)
    with time_machine.travel(BEGINS, tick=False) as clock:
        note_absence(
            crew[4], BEGINS + timedelta(hours=9), BEGINS + timedelta(hours=30), kind="sick", actor=lead
        )
        for hour in range(HOURS):
            for _ in range(AN_HOUR):
                clock.shift(timedelta(minutes=60 / AN_HOUR))
                body = "请问电池鼓包怎么办？" if rng.random() < 0.3 else "请问怎么退货？"
                create_ticket(customer=customer, subject=f"第{hour}小时", body=body)
                assign_waiting_tickets()
            _work(rng)
        for _ in range(6):
            clock.shift(timedelta(hours=1))
            _work(rng)
            assign_waiting_tickets()
    spans = spans_of(team.pk, BEGINS, BEGINS + timedelta(hours=HOURS + 8))
    skilled, load, wrong = set(Skill.objects.get().users.values_list("pk", flat=True)), Counter(), []
    given = Event.objects.filter(step__in=["assign", "resolve"]).order_by("id").select_related("ticket")
    for event in given:
        if event.step == "resolve":
            load[event.ticket.assignee_id] -= 1
            continue
        agent = event.data["assignee"]
        if not any(span.begins <= event.at < span.ends for span in spans.get(agent, ())):
            wrong.append(f"{event.ticket}: {agent} is off duty")
        if load[agent] >= CAPACITY:
            wrong.append(f"{event.ticket}: {agent} is full")
        if event.ticket.routing_rule_id and agent not in skilled:
            wrong.append(f"{event.ticket}: {agent} cannot do it")
        load[agent] += 1
    assert wrong == []
    assert max(load.values()) <= CAPACITY
    assert Ticket.objects.count() == HOURS * AN_HOUR
    assert not Ticket.objects.filter(assigned_at=None).exists()
    # Some had to wait for room or for a shift, or the test would show little.
    waited = [one for one in Ticket.objects.all() if one.assigned_at - one.created_at > timedelta(minutes=5)]
    assert waited
    assert max(one.assigned_at - one.created_at for one in waited) < timedelta(hours=6)


def _work(rng: Random) -> None:
    for ticket in Ticket.objects.filter(status="assigned").select_related("assignee"):
        if rng.random() < 0.36:
            add_reply(ticket, "已为您处理。", actor=ticket.assignee, step="resolve")


WORKERS = 20


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_twenty_who_assign_at_once_give_nobody_too_much(person, team, other_team, category, customer):
    ClassifyingRule.objects.create(name="All", words="请问", category=category)
    agents = [person("agent", f"Agent {number}", team, capacity=5) for number in range(4)]
    # One of them serves in another team too: what he gets there counts.
    Membership.objects.create(team=other_team, user=agents[0])
    RoutingRule.objects.create(name="Other", words="退货", team=other_team)
    for number in range(40):
        body = "请问怎么退货？" if number % 4 == 0 else "请问怎么保修？"
        create_ticket(customer=customer, subject=str(number), body=body)
    Ticket.objects.update(updated_at=timezone.now() - timedelta(minutes=1))
    User.objects.filter(pk__in=[agent.pk for agent in agents]).update(is_present=True)
    gate = Barrier(WORKERS)

    def work(number: int) -> int:
        gate.wait()
        try:
            if number % 2:
                return assign_waiting_tickets()
            made = [
                create_ticket(
                    customer=customer,
                    subject="新",
                    body="请问怎么保修？请问怎么退货？" if number % 4 else "请问",
                )
                for _ in range(2)
            ]
            return sum(one.assignee_id is not None for one in made)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        given = sum(pool.map(work, range(WORKERS)))
    counts = Counter(Ticket.objects.exclude(assignee=None).values_list("assignee", flat=True))
    assert counts == {agent.pk: 5 for agent in agents}
    assert given == 20
    events = Event.objects.filter(step="assign")
    assert events.count() == events.values("ticket").distinct().count() == 20
    assert all(event.data["why"]["load"] < 5 for event in events)
    # Each load was seen once: nobody chose by figures that were no longer true.
    seen = Counter((event.data["assignee"], event.data["why"]["load"]) for event in events)
    assert set(seen.values()) == {1}


def test_full_people_are_given_what_a_colleague_hands_over(person, team, category, customer, lead):
    """A person decides: being full only keeps away what comes by itself."""
    ClassifyingRule.objects.create(name="All", words="请问", category=category)
    agent = person("agent", "Li Na", team, is_present=True, capacity=1)
    tickets = [create_ticket(customer=customer, subject="请问", body="请问") for _ in range(2)]
    assert [ticket.assignee for ticket in tickets] == [agent, None]
    assert take_step(tickets[1], "assign", actor=lead, assignee=agent).assignee == agent
