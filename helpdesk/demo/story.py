"""Sixty days of tickets, moment by moment: whatever happens next waits in a heap, and the clock moves to it."""

import heapq
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from catalog.choices import Channel
from catalog.models import Category, Tag
from customers.models import Order
from helpdesk.demo.clock import MovingClock
from helpdesk.demo.data import Scenario, scenarios
from helpdesk.demo.people import Buyer, Member, Staff
from helpdesk.demo.shaping import CHANNELS, TEAM_OF_LANGUAGE
from helpdesk.demo.texts import choose_tone
from knowledgebase.models import Article

DAYS = 60
# A story tells the moment at which it wants to go on.
Moments = Iterator[datetime]

HOURS = [1, 1, 0.5, 0.3, 0.3, 0.5, 1.5, 3, 5, 8, 10, 9, 7, 7, 9, 9, 8, 7, 6, 7, 9, 9, 6, 3]
WEEKDAYS = [1.15, 1.1, 1.0, 1.0, 1.05, 0.8, 0.75]
# Of twelve tickets in a row so many are in each language.
LANGUAGE_MIX = ["zh-hans"] * 7 + ["zh-hant"] * 3 + ["en"] * 2

# How much longer things take in the teams that are small and far apart.
PACE = {"repairs": 1.0, "orders": 1.7, "taiwan": 1.6, "international": 1.9}


@dataclass
class Case:
    """One request, as whoever tells the story knows it."""

    scenario: Scenario
    buyer: Buyer
    language: str
    tone: str
    slots: dict[str, Any]
    channel: str
    order: Order
    # What happens besides the usual; see life.py.
    turn: str = ""
    is_doubled: bool = False
    pk: int = 0
    was_answered: bool = False
    was_late: bool = False
    was_reopened: bool = False
    always_has_photo: bool = False

    @property
    def is_urgent(self) -> bool:
        return self.scenario.category == "safety-hazard"


@dataclass
class World:
    """Everything the story is about, and the heap of what happens next."""

    rng: Random
    clock: MovingClock
    until: datetime
    staff: Staff
    buyers: dict[str, list[Buyer]]
    categories: dict[str, Category]
    tags: dict[str, Tag]
    articles: dict[str, list[Article]]
    products: dict[int, dict[str, Any]]
    cases: dict[int, Case] = field(default_factory=dict)
    # When tickets were resolved whose customers were not asked yet.
    _resolved: list[datetime] = field(default_factory=list)
    _languages: list[str] = field(default_factory=list)
    _heap: list[tuple[datetime, int, Moments]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def now(self) -> datetime:
        return self.clock.moment

    @property
    def is_rush(self) -> bool:
        """Whether it is the last days, in which more comes in than the teams can finish."""
        return self.until - self.now < timedelta(days=6)

    def start(self, moment: datetime, story: Moments) -> None:
        """Let a story begin at a moment."""
        heapq.heappush(self._heap, (moment, next(self._numbers), story))

    def run(self) -> None:
        """Tell all stories up to the present; what would come later stays untold."""
        while self._heap and self._heap[0][0] <= self.until:
            moment, _number, story = heapq.heappop(self._heap)
            self.clock.move_to(moment)
            following = next(story, None)
            if following is not None:
                self.start(max(following, self.now + timedelta(seconds=1)), story)
        self.clock.move_to(self.until)

    def next_language(self) -> str:
        """The language of the next request: mixed, yet in the same shares at any time."""
        if not self._languages:
            self._languages = self.rng.sample(LANGUAGE_MIX, len(LANGUAGE_MIX))
        return self._languages.pop()

    def note_resolved(self) -> None:
        """Remember that a ticket was resolved now, so that the survey looks for it in time."""
        self._resolved.append(self.now)

    def has_resolved_before(self, moment: datetime) -> bool:
        """Whether a ticket was resolved by then and not looked for; asking forgets it."""
        waiting = [resolved for resolved in self._resolved if resolved > moment]
        found = len(waiting) < len(self._resolved)
        self._resolved = waiting
        return found

    def soon(self, low: float, high: float) -> datetime:
        """A moment so many minutes from now."""
        return self.now + timedelta(minutes=self.rng.uniform(low, high))

    def long(self, median_minutes: float, spread: float = 0.8) -> float:
        """A length in minutes, mostly near the median, sometimes much longer."""
        return median_minutes * math.exp(self.rng.gauss(0, spread))

    def team_of(self, case: Case) -> str:
        """The team whose people speak the customer's language and know the subject."""
        if team := TEAM_OF_LANGUAGE.get(case.language):
            return team
        root = self.root_of(case)
        return "repairs" if root in ("product-fault", "technical-fault", "") else "orders"

    def root_of(self, case: Case) -> str:
        """The code of the top category in which the case belongs; empty for what only a person can tell."""
        if not case.scenario.category:
            return ""
        root = self.categories[case.scenario.category].ancestor_ids[-1]
        return next(code for code, category in self.categories.items() if category.pk == root)

    def somebody_of(self, team: str) -> Member:
        """A member of the team, sooner an agent than the lead."""
        return self.rng.choice([*self.staff.of(team)[1:], *self.staff.of(team)])

    def next_on_duty(self, team: str) -> tuple[datetime, Member]:
        """Who of the team is the next to be at work, and when."""
        return min(
            ((member.after(self.now, 1), member) for member in self.staff.of(team)), key=lambda pair: pair[0]
        )


def arrival_moments(rng: Random, until: datetime, count: int) -> list[datetime]:
    """When requests come: more towards the present, on weekdays, by day, and in the week of the November sale."""
    first = until - timedelta(days=DAYS)
    days = [first + timedelta(days=number) for number in range(DAYS)]
    weights = [
        math.exp(2.1 * number / DAYS) * WEEKDAYS[day.weekday()] * _sale(day.date())
        for number, day in enumerate(days)
    ]
    moments: list[datetime] = []
    while len(moments) < count:
        day = rng.choices(days, weights)[0]
        # Customers live around the world, most of them eight hours ahead of UTC.
        local = rng.choices(range(24), HOURS)[0]
        begins = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=local - 8)
        moment = begins + timedelta(seconds=rng.randrange(3600))
        if first < moment < until:
            moments.append(moment)
    return sorted(moments)


def _sale(day: date) -> float:
    return 1.35 if day.month == 11 and 11 <= day.day <= 17 else 1.0


def make_case(world: World, moment: datetime, language: str = "", code: str = "") -> Case:
    """Draw who writes about what, and how."""
    rng = world.rng
    language = language or world.next_language()
    found = {scenario.code: scenario for scenario in scenarios()}
    scenario = found[code] if code else _draw_scenario(world, moment)
    buyers = world.buyers[language]
    # A few customers write often.
    buyer = buyers[int(len(buyers) * rng.random() ** 1.2)]
    fitting = [order for order in buyer.orders if _fits(world, scenario, order)]
    order = rng.choice(fitting or buyer.orders)
    if not fitting:
        order.product_id = rng.choice(_product_ids(world, scenario))
        order.save(update_fields=["product_id"])
    channel = rng.choices(list(CHANNELS), list(CHANNELS.values()))[0]
    if not scenario.category:
        channel = Channel.EMAIL
    case = Case(
        scenario=scenario, buyer=buyer, language=language, tone=choose_tone(rng, scenario),
        slots=_slots(world, buyer, order, language, moment), channel=channel, order=order,
    )  # fmt: skip
    case.turn = _draw_turn(rng, case)
    return case


def _draw_scenario(world: World, moment: datetime) -> Scenario:
    def weight(scenario: Scenario) -> float:
        # A bad update went out four days ago: since then it fills the queue.
        if scenario.code == "firmware-update":
            return 26.0 if world.until - moment < timedelta(days=4) else 0.15
        return scenario.weight

    return world.rng.choices(scenarios(), [weight(scenario) for scenario in scenarios()])[0]


def _draw_turn(rng: Random, case: Case) -> str:
    if case.scenario.code == "spam":
        return "spam"
    if case.scenario.code == "vague":
        return rng.choices(("", "mistaken"), (9, 1))[0]
    turns = {"": 82, "withdrawn": 3, "handed_back": 3, "reassigned": 3, "slow": 6, "raised": 3}
    return rng.choices(list(turns), list(turns.values()))[0]


def _fits(world: World, scenario: Scenario, order: Order) -> bool:
    families = world.products[order.product_id or 0]["families"]
    return "any" in scenario.families or not set(families).isdisjoint(scenario.families)


def _product_ids(world: World, scenario: Scenario) -> list[int]:
    return [
        pk
        for pk, entry in world.products.items()
        if "any" in scenario.families or not set(entry["families"]).isdisjoint(scenario.families)
    ]


def _slots(world: World, buyer: Buyer, order: Order, language: str, moment: datetime) -> dict[str, Any]:
    entry, rng = world.products[order.product_id or 0], world.rng
    place = {"en": 0, "zh-hans": 1, "zh-hant": 2}[language]
    day = moment - timedelta(days=rng.randint(4, 12))
    written = {
        "en": f"{day.day} {day:%B}",
        "zh-hans": f"{day.month}月{day.day}日",
        "zh-hant": f"{day.month}/{day.day}",
    }
    return {
        "customer": buyer.customer.name, "first": buyer.customer.name.rpartition(" ")[0] or buyer.customer.name,
        "product": entry["name"][place], "kind": entry["kind"][place],
        "order": order.number, "date": written[language], "days": rng.randint(3, 8),
        "part": f"{buyer.market['sign']}{order.amount / 4:,.0f}",
        "amount": f"{buyer.market['sign']}{order.amount:,.0f}", "city": rng.choice(buyer.market["cities"]),
        "serial": f"JH{rng.randint(25, 26)}{rng.randint(10_000_000, 99_999_999)}", "agent": "",
    }  # fmt: skip
