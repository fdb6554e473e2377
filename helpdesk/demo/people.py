"""The staff and the customers of the demo."""

import zoneinfo
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from customers.models import Customer, Identity, Order, Organisation, Segment
from customers.services import add_note
from helpdesk.demo.data import read
from helpdesk.demo.texts import phrase
from sla.business_time import WorkingHours, add_working_time
from staff.models import Membership, Skill, Team, User

# One word for all sign-ins of the demo, shown to whoever starts it.
PASSWORD = "try-it-out"  # noqa: S105
EXAMPLE_DOMAINS = ("mail.example", "post.example", "inbox.example")


@dataclass
class Member:
    """One agent or lead with his shifts."""

    user: User
    team: str
    is_lead: bool
    hours: WorkingHours

    def after(self, moment: datetime, minutes: float) -> datetime:
        """The moment when he has worked so many minutes from then on."""
        return add_working_time(moment, timedelta(minutes=minutes), self.hours)


@dataclass
class Staff:
    """Everybody who serves."""

    members: list[Member]
    teams: dict[str, Team]
    manager: User
    by_id: dict[int, Member] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_id = {member.user.pk: member for member in self.members}

    def of(self, team: str) -> list[Member]:
        """The members of a team, its lead first."""
        return sorted((m for m in self.members if m.team == team), key=lambda m: not m.is_lead)

    def lead_of(self, team: str) -> Member:
        return self.of(team)[0]


def make_staff(joined_at: datetime) -> Staff:
    """Make the teams and everybody in them; all share one password."""
    # Hashing is slow on purpose: once is enough for one password.
    members, teams, password = [], {}, make_password(PASSWORD)
    skills = {
        code: Skill.objects.create(code=code, name=name, name_zh_hans=hans, name_zh_hant=hant)
        for code, (name, hans, hant) in read("people")["skills"].items()
    }
    for entry in read("people")["team"]:
        name, hans, hant = entry["name"]
        team = Team.objects.create(
            name=name, name_zh_hans=hans, name_zh_hant=hant, description=entry["description"],
            strategy=entry["strategy"],
        )  # fmt: skip
        teams[entry["code"]] = team
        for person in entry["member"]:
            user = _user(person, entry["language"], password, joined_at)
            is_lead = person["role"] == "lead"
            user.skills.set(skills[code] for code in person.get("skills", ()))
            is_on_call = person.get("is_on_call", False)
            Membership.objects.create(team=team, user=user, is_lead=is_lead, is_on_call=is_on_call)
            members.append(Member(user, entry["code"], is_lead, _hours(person["zone"], person["hours"])))
    others = [_user(person, person["language"], password, joined_at) for person in read("people")["other"]]
    return Staff(members, teams, manager=others[0])


def _user(person: dict[str, Any], language: str, password: str, joined_at: datetime) -> User:
    role = person["role"]
    user = User.objects.create(
        email=person["email"], password=password, display_name=person["name"], language=language,
        time_zone=person["zone"], is_staff=role in ("manager", "admin"), joined_at=joined_at,
        capacity=person.get("capacity"),
    )  # fmt: skip
    user.groups.add(Group.objects.get(name=role))
    return user


def _hours(zone: str, week: list[str]) -> WorkingHours:
    ranges = []
    for shift in week:
        begins, _dash, ends = shift.partition("-")
        ranges.append(((time(int(begins)), time(int(ends))),) if begins else ())
    return WorkingHours(zone=zoneinfo.ZoneInfo(zone), weekly=tuple(ranges))


@dataclass
class Buyer:
    """A customer with what the story needs to know about him."""

    customer: Customer
    market: dict[str, Any]
    orders: list[Order]
    is_vip: bool = False
    has_dead_mailbox: bool = False


def make_customers(rng: Random, staff: Staff, products: list[Any], today: datetime) -> list[Buyer]:
    """Make the customers with their addresses, organisations, orders and notes."""
    segments = {segment.code: segment for segment in Segment.objects.all()}
    names = {language: _names(rng, language) for language in ("zh-hans", "zh-hant", "en")}
    buyers: list[Buyer] = []
    for market in read("people")["market"]:
        firms = [Organisation.objects.create(name=name) for name in market["organisations"]]
        for number in range(market["people"]):
            firm = firms[number % len(firms)] if firms and rng.random() < 0.08 else None
            chance = rng.random()
            code = "vip" if firm or chance < 0.06 else "at-risk" if chance > 0.95 else "regular"
            name, mailbox = names[market["language"]].pop()
            buyers.append(_buyer(rng, market, number, name, mailbox, segments[code], firm, products, today))
            _note(rng, buyers[-1], code, staff)
    for buyer in rng.sample([b for b in buyers if b.customer.segment == segments["regular"]], 3):
        buyer.has_dead_mailbox = True
    return buyers


def _buyer(
    rng: Random, market: dict[str, Any], number: int, name: str, mailbox: str, segment: Segment,
    firm: Organisation | None, products: list[Any], today: datetime,
) -> Buyer:  # fmt: skip
    customer = Customer.objects.create(
        name=name, language=market["language"], time_zone=rng.choice(market["zones"]), segment=segment,
        organisation=firm, created_at=today - timedelta(days=rng.randint(70, 700), minutes=rng.randint(0, 1439)),
    )  # fmt: skip
    addresses = [Identity(customer=customer, kind="phone", value=market["phone"].format(100 + number))]
    # Some are known by their phone number only.
    if firm or rng.random() < 0.93:
        domain = rng.choice(EXAMPLE_DOMAINS)
        addresses.insert(0, Identity(customer=customer, kind="email", value=f"{mailbox}@{domain}"))
    for address in addresses:
        address.clean()
        address.save()
    orders = [
        _order(rng, market, customer, products, today.date(), number * 10 + count)
        for count in range(rng.choice((1, 1, 1, 2, 2, 3)))
    ]
    return Buyer(customer, market, orders, is_vip=segment.code == "vip")


def _order(
    rng: Random, market: dict[str, Any], customer: Customer, products: list[Any], today: date, number: int
) -> Order:
    product, entry = rng.choices(products, [entry["weight"] for _product, entry in products])[0]
    # Numbers jump, as those of a shop with many other customers do.
    serial = (number * 7919 + 1_204_817) % 10**6
    day = today - timedelta(days=rng.choice((4, 9, 16, 25, 40, 70, 130, 260, 420)) + rng.randint(0, 6))
    long = rng.randrange(10**5, 10**6) * 10**6 + serial
    return Order.objects.create(
        customer=customer, product=product, number=market["order"].format(day=day, serial=serial, long=long),
        bought_on=day, amount=Decimal(round(entry["price"] * market["rate"])), currency=market["currency"],
    )  # fmt: skip


def _note(rng: Random, buyer: Buyer, segment: str, staff: Staff) -> None:
    key = {"vip": "customer_note_vip", "at-risk": "customer_note_risk"}.get(segment)
    if key and rng.random() < 0.6:
        team = {"zh-hans": "orders", "zh-hant": "taiwan", "en": "international"}[buyer.market["language"]]
        text = phrase(rng, buyer.market["language"], key, {})
        add_note(buyer.customer, text, actor=staff.lead_of(team).user)


def _names(rng: Random, language: str) -> list[tuple[str, str]]:
    """Every name once, in a random order, with its mailbox."""
    pairs = []
    lists = read("people")["names"][language]
    for family in lists["family"]:
        for given in lists["given"]:
            (last, last_letters), (first, first_letters) = family.rsplit(" ", 1), given.rsplit(" ", 1)
            if language == "en":
                pairs.append((f"{first} {last}", f"{first_letters}.{last_letters}"))
            else:
                pairs.append((f"{last}{first}", f"{first_letters}.{last_letters}{rng.randint(70, 99)}"))
    rng.shuffle(pairs)
    return list(dict(pairs).items())
