"""A week of a service team in memory: three shifts, absences, customers who write; only the choosing is real."""

import heapq
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import count
from random import Random
from zoneinfo import ZoneInfo

from staff.shifts import Away, Pattern, Plan, Rotation, Slot, Span, duty_spans
from tickets.routing.strategies import Candidate, Choice, Need, choose

ZONE = ZoneInfo("Asia/Shanghai")
# A Monday.
BEGINS = datetime(2026, 3, 2, tzinfo=ZONE).astimezone(UTC)
WEEK = timedelta(days=7)
AGENTS, CAPACITY = 12, 14
SHIFTS = ((time(0), time(8)), (time(8), time(16)), (time(16), time(0)))
# How many tickets come in each hour of the day, against one another.
HOURS = (3, 2, 1, 1, 1, 2, 4, 6, 9, 11, 12, 11, 9, 9, 10, 10, 9, 9, 10, 11, 12, 10, 7, 5)
WEIGHTS = {"urgent": 3, "high": 2, "normal": 1, "low": 1}
PRIORITIES, MIX = tuple(WEIGHTS), (4, 14, 70, 12)
# Each shift has two people with each skill; the ticket that needs one is the exception.
BATTERY, ENGLISH = 1, 2


@dataclass
class Case:
    """One ticket of the simulation."""

    number: int
    came_at: datetime
    need: Need
    customer: int
    minutes: float
    assignee: int = 0
    given_at: datetime | None = None


@dataclass
class Week:
    """The world: who is on duty when, what is open, and what was given to whom."""

    rng: Random
    strategy: str
    spans: dict[int, list[Span]]
    cases: list[Case]
    waiting: list[Case] = field(default_factory=list)
    load: Counter[int] = field(default_factory=Counter)
    given: Counter[int] = field(default_factory=Counter)
    fair: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    last: dict[int, datetime] = field(default_factory=dict)
    last_agent: dict[int, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    highest: int = 0

    def is_on_duty(self, agent: int, at: datetime) -> bool:
        """Whether one of his spans holds the moment."""
        return any(span.begins <= at < span.ends for span in self.spans[agent])

    def run(self) -> None:
        """Let the tickets come, be given out, and be finished, moment by moment."""
        number = count()
        moments = [(case.came_at, next(number), case) for case in self.cases]
        moments += [
            (edge, next(number), None) for found in self.spans.values() for span in found for edge in span
        ]
        heapq.heapify(moments)
        while moments:
            now, _number, case = heapq.heappop(moments)
            if isinstance(case, Case) and case.given_at is None:
                self.waiting.append(case)
            elif isinstance(case, Case):
                self.load[case.assignee] -= case.need.weight
            for given in self.give_out(now):
                if ends_at := self.finish_of(given, now):
                    heapq.heappush(moments, (ends_at, next(number), given))

    def give_out(self, now: datetime) -> list[Case]:
        """What the sweep does: the first in the queue first, and what is hopeless is not tried twice."""
        given, hopeless = [], set()
        for case in sorted(self.waiting, key=lambda one: (not one.need.is_premium, one.number)):
            if case.need.skills in hopeless:
                continue
            need = Need(
                case.need.weight, case.need.skills, case.need.is_premium, self.last_agent.get(case.customer)
            )
            choice = choose(self.strategy, self.candidates(now), need)
            if choice.chosen is None:
                hopeless.add(case.need.skills)
            else:
                self.give(case, choice, now)
                given.append(case)
        done = {case.number for case in given}
        self.waiting = [case for case in self.waiting if case.number not in done]
        return given

    def candidates(self, now: datetime) -> list[Candidate]:
        """Everybody of the team at this moment."""
        return [
            Candidate(
                agent, is_on_duty=self.is_on_duty(agent, now), load=self.load[agent], capacity=CAPACITY,
                skills=skills_of(agent), last_assigned_at=self.last.get(agent), is_on_call=agent % 4 == 0,
            )
            for agent in self.spans
        ]  # fmt: skip

    def give(self, case: Case, choice: Choice, now: datetime) -> None:
        """Give the ticket and note, by rules of its own, whatever must not be."""
        agent = choice.chosen.user_id
        there = [one for one in self.spans if self.is_on_duty(one, now)]
        if agent not in there:
            self.broken.append(f"{case.number}: {agent} is off duty")
        if self.load[agent] >= CAPACITY:
            self.broken.append(f"{case.number}: {agent} is full with {self.load[agent]}")
        self.load[agent] += case.need.weight
        self.highest = max(self.highest, self.load[agent])
        if not case.need.skills <= skills_of(agent):
            self.broken.append(f"{case.number}: {agent} cannot do it")
        for one in there:
            self.fair[one] += case.need.weight / len(there)
        self.given[agent] += case.need.weight
        case.assignee, case.given_at = agent, now
        self.last[agent], self.last_agent[case.customer] = now, agent

    def finish_of(self, case: Case, now: datetime) -> datetime | None:
        """When the assignee has worked long enough on it; he works only on duty."""
        left = timedelta(minutes=case.minutes)
        for span in self.spans[case.assignee]:
            begins = max(span.begins, now)
            if begins + left <= span.ends:
                return begins + left
            left -= max(span.ends - begins, timedelta())
        return None

    def table(self) -> str:
        """Agent by agent: hours, what was given, what would have been fair."""
        lines = [f"{self.strategy}: agent  shift  hours  given   fair     off"]
        for agent, found in sorted(self.spans.items()):
            spans = [span.ends - span.begins for span in found if span.begins < BEGINS + WEEK]
            hours = sum(spans, timedelta()).total_seconds() / 3600
            given, fair = self.given[agent], self.fair[agent]
            place = f"{agent:>{len(self.strategy) + 7}} {agent % 3:6}"
            lines.append(f"{place} {hours:6.0f} {given:6} {fair:6.0f} {given / fair - 1:+7.1%}")
        waits = self.waits()
        half, most = waits[len(waits) // 2], waits[-len(waits) // 100]
        lines += [
            f"{len(waits)} tickets; waited: half of them {half}, 99 of 100 {most}, the longest {waits[-1]},",
            f"while somebody able was there {self.longest_in_vain()}; highest load {self.highest}, full at {CAPACITY}",
        ]
        return "\n".join(lines)

    def waits(self) -> list[timedelta]:
        """How long each ticket waited for somebody, in order."""
        return sorted(
            (case.given_at or datetime.max.replace(tzinfo=UTC)) - case.came_at for case in self.cases
        )

    def longest_in_vain(self) -> timedelta:
        """The longest that a ticket waited while somebody who can do it was on duty."""
        longest = timedelta()
        for case in self.cases:
            able = [self.spans[agent] for agent in self.spans if case.need.skills <= skills_of(agent)]
            begins, ends = case.came_at, case.given_at
            pieces = sorted(
                (max(span.begins, begins), min(span.ends, ends))
                for found in able
                for span in found
                if span.begins < ends and span.ends > begins
            )
            waited, seen = timedelta(), begins
            for one, other in pieces:
                waited += max(other - max(one, seen), timedelta())
                seen = max(seen, other)
            longest = max(longest, waited)
        return longest


def skills_of(agent: int) -> frozenset[int]:
    """Of the four of each shift two can do the one, two the other, and one of them both."""
    place = (agent - 1) // 3
    return frozenset(
        {BATTERY} if place == 0 else {ENGLISH} if place == 1 else {BATTERY, ENGLISH} if place == 2 else ()
    )


def plan_of_the_week(rng: Random) -> Plan:
    """Four people in each shift, each with two days off; three are absent for a while."""
    slots = []
    for agent in range(1, AGENTS + 1):
        off = {(agent * 2) % 7, (agent * 2 + 1) % 7}
        slots += [Slot(1, day, agent % 3 + 1, agent) for day in range(7) if day not in off]
    aways = []
    for agent in rng.sample(range(1, AGENTS + 1), 3):
        begins = BEGINS + timedelta(hours=rng.randint(10, 100))
        aways.append(Away(agent, begins, begins + timedelta(hours=rng.randint(6, 40))))
    patterns = [
        Pattern(number, begins, ends, ((time((begins.hour + 4) % 24), time((begins.hour + 4) % 24, 30)),))
        for number, (begins, ends) in enumerate(SHIFTS, start=1)
    ]
    rotation = Rotation(ZONE, BEGINS.astimezone(ZONE).date(), slots=tuple(slots))
    return Plan(rotations=(rotation,), patterns=tuple(patterns), aways=tuple(aways))


def make_cases(rng: Random, number: int) -> list[Case]:
    """The tickets of a week, more of them by day."""
    hours = [BEGINS + timedelta(hours=hour) for hour in range(7 * 24)]
    odds = [HOURS[hour.astimezone(ZONE).hour] for hour in hours]
    moments = sorted(
        hour + timedelta(seconds=rng.uniform(0, 3600)) for hour in rng.choices(hours, odds, k=number)
    )
    cases = []
    for place, moment in enumerate(moments):
        priority = rng.choices(PRIORITIES, MIX)[0]
        skills = frozenset({rng.choice((BATTERY, ENGLISH))} if rng.random() < 0.15 else ())
        need = Need(WEIGHTS[priority], skills, is_premium=rng.random() < 0.05)
        cases.append(Case(place, moment, need, rng.randint(1, number // 3), rng.lognormvariate(2.7, 0.6)))
    return cases


def simulate(strategy: str, tickets: int, seed: int) -> Week:
    """Let a week pass; two days more, so that what came last can be given out."""
    rng = Random(seed)
    plan = plan_of_the_week(rng)
    found = duty_spans(plan, BEGINS, BEGINS + WEEK + timedelta(days=2))
    spans = {agent: list(found.get(agent, ())) for agent in range(1, AGENTS + 1)}
    week = Week(rng, strategy, spans, make_cases(rng, tickets))
    week.run()
    return week
