"""Making the whole demo in one transaction: all of it or nothing."""

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog.choices import Channel
from catalog.models import Category, Tag
from helpdesk.demo import shaping
from helpdesk.demo.clock import MovingClock
from helpdesk.demo.data import read, scenarios
from helpdesk.demo.life import leave, lose_patience
from helpdesk.demo.office import attend, change_policies, keep_schedule, open_shift, write_in
from helpdesk.demo.people import Buyer, Staff, make_customers, make_staff
from helpdesk.demo.pictures import SCENES
from helpdesk.demo.rotas import make_rotas
from helpdesk.demo.story import DAYS, Case, Moments, World, arrival_moments, make_case
from helpdesk.roles import create_roles
from knowledgebase.models import Article
from staff.models import User
from tickets.choices import Delivery
from tickets.models import Message, Notice
from tickets.services import fire_due_stages, mark_broken_promises

SEED = 20_260_922
# What was written to customers earlier than this has long been sent; the rest waits for the worker.
STILL_QUEUED = timedelta(minutes=40)
DAY = timedelta(days=1)
# One of so many requests is sent twice.
SENT_TWICE = 36


def is_seeded() -> bool:
    """Whether the demo is there: its staff is made with everything else or not at all."""
    return User.objects.filter(email=read("people")["other"][0]["email"]).exists()


@transaction.atomic
def seed(tickets: int, *, sends_mail: bool) -> None:
    """Make people, rules, articles and so many tickets of the last sixty days; `sends_mail`: the last mails go out."""
    rng, until = Random(SEED), timezone.now()
    beginning = until - timedelta(days=DAYS + 200)
    create_roles()
    with MovingClock(beginning) as clock:
        shaping.seed_beginnings()
        staff = make_staff(beginning)
        products = shaping.make_goods()
        shaping.make_routes(staff)
        shaping.make_rules(staff)
        shaping.make_routing(staff)
        shaping.make_guards()
        shaping.make_templates()
        shaping.make_views()
        shaping.make_macros()
        shaping.make_checklists()
        shaping.make_vip_policy(staff)
        shaping.make_articles(rng, staff, clock)
        clock.move_to(until - timedelta(days=DAYS + 20))
        buyers = make_customers(rng, staff, products, until - timedelta(days=DAYS))
        world = _world(rng, clock, until, staff, buyers, products)
        _plan(world, tickets)
        world.run()
        _leave_some(world)
        mark_broken_promises()
        while fire_due_stages():
            pass
        open_shift(world)
        make_rotas(staff, until)
        shaping.make_automation()
        # What was told in the months before was read then.
        Notice.objects.filter(created_at__lt=until - timedelta(hours=6)).update(read_at=until)
        record_sent(until - STILL_QUEUED if sends_mail else until)


def _world(
    rng: Random, clock: MovingClock, until: datetime, staff: Staff, buyers: list[Buyer], products: list[Any]
) -> World:
    by_language: dict[str, list[Buyer]] = defaultdict(list)
    for buyer in rng.sample(buyers, len(buyers)):
        by_language[buyer.market["language"]].append(buyer)
    articles: dict[str, list[Article]] = defaultdict(list)
    for article in Article.objects.filter(audience="public").prefetch_related("categories"):
        for category in article.categories.all():
            articles[category.code].append(article)
    return World(
        rng=rng, clock=clock, until=until, staff=staff, buyers=by_language,
        categories={category.code: category for category in Category.objects.all()},
        tags={tag.code: tag for tag in Tag.objects.all()}, articles=articles,
        products={product.pk: entry for product, entry in products},
    )  # fmt: skip


def _plan(world: World, tickets: int) -> None:
    """Put everything that begins by itself on the heap."""
    first = world.until - timedelta(days=DAYS)
    for member in world.staff.members:
        world.start(first, attend(world, member))
    world.start(first, keep_schedule(world))
    world.start(world.until - timedelta(days=9), change_policies(world))
    fresh = _fresh(world) if tickets >= 2 * len(FRESH) else []
    fresh += _standing(world, tickets / 600)
    for moment, case in fresh:
        world.start(moment, write_in(world, case))
    doubles = tickets // SENT_TWICE
    moments = arrival_moments(world.rng, world.until, tickets - len(fresh) - doubles)
    # A second copy comes minutes after the first, so it must not be later than the present.
    doubled = set(world.rng.sample([moment for moment in moments if moment < world.until - DAY], doubles))
    for moment in moments:
        world.start(moment, _arrive(world, moment, is_doubled=moment in doubled))


def _arrive(world: World, moment: datetime, *, is_doubled: bool) -> Moments:
    case = make_case(world, moment)
    case.is_doubled = is_doubled
    if is_doubled:
        case.turn = ""
    if world.rng.random() < 0.3:
        world.start(world.now, lose_patience(world, case, world.soon(300, 1500)))
    yield from write_in(world, case)


# What must be there whatever the time of day: minutes before the present, language, problem, and its turn.
FRESH: tuple[tuple[float, str, str, str], ...] = (
    (23.6 * 60, "zh-hans", "kettle-burning-smell", "held"),
    (23.4 * 60, "zh-hant", "fryer-plug-hot", "held"),
    (23.3 * 60, "en", "battery-swollen", "held"),
    (25.5 * 60, "zh-hans", "third-repair", "held"),
    (27.0 * 60, "zh-hant", "third-repair", "held"),
    (36 * 60, "zh-hans", "fryer-error", "asked"),
    (34 * 60, "zh-hant", "pairing-fails", "asked"),
    (39 * 60, "en", "vacuum-dock", "asked"),
    (310, "zh-hans", "repair-progress", "left"),
    (290, "zh-hans", "delivery-stuck", "left"),
    (275, "zh-hant", "vacuum-dock", "left"),
    (260, "en", "return-no-reason", "left"),
    (190, "zh-hans", "vague", ""),
    (150, "zh-hant", "vague", "unsorted"),
    (96, "en", "vague", "unsorted"),
    (83, "zh-hans", "vague", "unsorted"),
    (71, "zh-hans", "spam", ""),
    (48, "zh-hans", "vague", "unsorted"),
    (42, "zh-hans", "battery-swollen", "slow"),
    (33, "zh-hans", "firmware-update", ""),
    (26, "en", "kettle-burning-smell", "slow"),
    (17, "zh-hant", "firmware-update", ""),
    (11, "zh-hans", "refund-missing", "slow"),
    (6, "zh-hant", "return-no-reason", ""),
    (4, "en", "delivery-stuck", ""),
    (2, "zh-hans", "purifier-noise", ""),
)


def _fresh(world: World) -> list[tuple[datetime, Case]]:
    found = []
    for minutes, language, code, turn in FRESH:
        moment = world.until - timedelta(minutes=minutes)
        case = make_case(world, moment, language, code)
        case.turn = turn or ("spam" if code == "spam" else "")
        if code in SCENES:
            case.channel, case.always_has_photo = Channel.WEB, True
        found.append((moment, case))
    return found


def _leave_some(world: World) -> None:
    """Also in the first minutes of a working day, when everything that waited was just assigned."""
    for case in world.cases.values():
        if case.turn == "left":
            leave(world, case)


# How many of 600 tickets stand open whatever the weekday: the customer was asked and is silent, or work takes days.
STANDING = {"zh-hans": (13, 7), "zh-hant": (5, 4), "en": (7, 4)}


def _standing(world: World, share: float) -> list[tuple[datetime, Case]]:
    asking = [one.code for one in scenarios() if one.words["en"].ask and one.category != "safety-hazard"]
    slow = [
        one.code
        for one in scenarios()
        if one.category in ("product-fault", "repair-and-warranty", "delivery")
    ]
    found = []
    for language, counts in STANDING.items():
        for turn, codes, count, hours in zip(
            ("asked", "held"), (asking, slow), counts, (130, 34), strict=True
        ):
            for _number in range(int(count * share)):
                moment = world.until - timedelta(hours=world.rng.uniform(5, hours))
                case = make_case(world, moment, language, world.rng.choice(codes))
                case.turn = turn
                found.append((moment, case))
    return found


def record_sent(before: datetime) -> int:
    """Let what was written before a moment have been sent half a minute later; return how many messages."""
    queued = Message.objects.filter(delivery=Delivery.QUEUED, created_at__lte=before)
    return queued.update(
        delivery=Delivery.SENT, attempts=1, next_attempt_at=None,
        delivered_at=F("created_at") + timedelta(seconds=30),
    )  # fmt: skip
