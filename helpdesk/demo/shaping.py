"""What the manager of the demo has shaped: goods, tags, routes, rules, guards, templates, a policy and articles."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.contrib.auth.models import Group

from catalog.choices import Channel
from catalog.models import Category, Product, Tag
from catalog.seeding import seed_catalog
from customers.models import Segment
from customers.seeding import seed_segments
from helpdesk.demo.clock import MovingClock
from helpdesk.demo.data import LANGUAGES, ArticleFile, articles, read
from helpdesk.demo.people import Staff
from knowledgebase.models import Article, Section
from knowledgebase.services import save_text, vote
from sla.models import BusinessCalendar, SlaPolicy
from sla.seeding import seed_sla
from sla.services import record_version
from staff.models import Skill
from surveys.seeding import seed_surveys
from tickets.choices import OPEN_STATUSES
from tickets.models import (
    AutomationRule,
    Checklist,
    ClassifyingRule,
    Guard,
    Macro,
    ReplyTemplate,
    Route,
    RoutingRule,
    SavedView,
)

# Which team serves a market's language; the mainland has two, by category.
TEAM_OF_LANGUAGE = {"zh-hant": "taiwan", "en": "international"}
CHOSEN = {"en": "Chosen by the customer", "zh-hans": "客户自选", "zh-hant": "客戶自選"}


def seed_beginnings() -> None:
    """Make sure that what a new help desk begins with is there."""
    seed_segments()
    seed_catalog()
    seed_sla()
    seed_surveys()


def named(words: list[str]) -> dict[str, str]:
    """English, Simplified and Traditional as the fields of a name."""
    return dict(zip(("name", "name_zh_hans", "name_zh_hant"), words, strict=True))


def make_goods() -> list[tuple[Product, dict[str, Any]]]:
    """Make products and tags; return the products with their entries."""
    for code, words in read("goods")["tags"].items():
        Tag.objects.get_or_create(code=code, defaults=named(words))
    return [
        (Product.objects.create(code=entry["code"], **named(entry["name"])), entry)
        for entry in read("goods")["product"]
    ]


def make_routes(staff: Staff) -> None:
    """Let every category be served: by one of the mainland's teams first, and by the other markets' teams too."""
    for code, team in read("people")["routes"].items():
        category = Category.objects.get(code=code)
        for position, one in enumerate((team, "taiwan", "international")):
            Route.objects.create(category=category, team=staff.teams[one], position=position)


def make_rules(staff: Staff) -> None:
    """Make the classifying rules: words first, then whatever category the customer chose himself."""
    categories = {category.code: category for category in Category.objects.all()}
    tags = {tag.code: tag for tag in Tag.objects.all()}
    position = 0
    for entry in read("rules")["rule"]:
        names = dict(zip(LANGUAGES, entry["name"], strict=True))
        for language in ("zh-hans", "zh-hant", "en"):
            position += 10
            rule = ClassifyingRule.objects.create(
                **_named(names, language), position=position, words="\n".join(entry[language]), language=language,
                category=categories[entry["category"]], priority=entry["priority"],
                team=_team(staff, language),
            )  # fmt: skip
            rule.tags.set([tags[code] for code in entry["tags"]])
    for category in Category.objects.filter(parent=None):
        chosen = {reader: f"{said}: {_label(category, reader)}" for reader, said in CHOSEN.items()}
        for language in ("zh-hans", "zh-hant", "en"):
            position += 10
            ClassifyingRule.objects.create(
                **_named(chosen, language), position=position, language=language, for_category=category,
                team=_team(staff, language),
            )  # fmt: skip


def make_routing(staff: Staff) -> None:
    """Make the routing rules: what needs somebody special first, then who writes in which language."""
    skills = {skill.code: skill for skill in Skill.objects.all()}
    for position, entry in enumerate(read("rules")["routing"], start=1):
        category, segment, language = (entry.get(name, "") for name in ("category", "segment", "language"))
        name, hans, hant = entry["name"]
        rule = RoutingRule.objects.create(
            name=name, name_zh_hans=hans, name_zh_hant=hant, position=position * 10, language=language,
            tier=entry.get("tier", ""),
            for_category=Category.objects.get(code=category) if category else None,
            segment=Segment.objects.get(code=segment) if segment else None,
            team=staff.teams[entry["team"]] if "team" in entry else None,
        )  # fmt: skip
        rule.skills.set(skills[code] for code in entry.get("skills", ()))


def _team(staff: Staff, language: str) -> Any:
    code = TEAM_OF_LANGUAGE.get(language)
    return staff.teams[code] if code else None


def _named(names: dict[str, str], language: str) -> dict[str, str]:
    """A rule's name in each language, with the language of the tickets that it is for."""
    return {
        field: f"{names[reader]} ({language})"
        for field, reader in (("name", "en"), ("name_zh_hans", "zh-hans"), ("name_zh_hant", "zh-hant"))
    }


def _label(category: Category, language: str) -> str:
    return {"zh-hans": category.name_zh_hans, "zh-hant": category.name_zh_hant}.get(language, category.name)


def make_guards() -> None:
    """Make what steps require beyond the life cycle."""
    for entry in read("goods")["guard"]:
        role = entry.get("required_role")
        Guard.objects.create(
            name=entry["name"], step=entry["step"],
            category=Category.objects.get(code=entry["category"]) if entry["category"] else None,
            required_fields=entry.get("required_fields", []),
            required_role=Group.objects.get(name=role) if role else None,
            note_required=entry.get("note_required", False),
        )  # fmt: skip


def make_templates() -> None:
    """Make the reply templates in three languages."""
    for position, entry in enumerate(read("goods")["template"], start=1):
        category = Category.objects.filter(code=entry["category"]).first()
        template = ReplyTemplate.objects.create(
            category=category, position=position * 10, **named(entry["name"])
        )
        for language in LANGUAGES:
            template.texts.create(language=language, body=entry[language])


def make_views() -> None:
    """Make the views that everybody finds in the side of the desk."""
    is_open = {"field": "status", "op": "is", "values": [status.value for status in OPEN_STATUSES]}
    vip = [str(pk) for pk in Segment.objects.filter(code="vip").values_list("pk", flat=True)]
    week = {"field": "resolved", "op": "last", "number": 7, "unit": "days"}
    views: list[tuple[str, str, str, list[dict[str, Any]], list[str], str]] = [
        ("VIP, open", "VIP 未结工单", "VIP 未結工單", [is_open, {"field": "segment", "op": "is", "values": vip}],
         ["status", "team", "assignee", "due"], "due"),
        ("Urgent and overdue", "紧急且超时", "緊急且逾時",
         [is_open, {"field": "priority", "op": "is", "values": ["urgent", "high"]},
          {"field": "promise", "op": "is", "values": ["late"]}],
         ["priority", "assignee", "category", "due"], "due"),
        ("Customers waiting for my team", "客户在等我们团队", "客戶在等我們團隊",
         [is_open, {"field": "team", "op": "is", "values": ["mine"]},
          {"field": "reply", "op": "is", "values": ["awaited"]}],
         ["status", "assignee", "last_message", "due"], "last_message"),
        ("Resolved this week", "本周已解决", "本週已解決", [week],
         ["category", "assignee", "tags", "last_message"], "-last_message"),
    ]  # fmt: skip
    for position, (name, hans, hant, conditions, columns, order) in enumerate(views, start=1):
        SavedView.objects.create(
            name=name, name_zh_hans=hans, name_zh_hant=hant, position=position, conditions=conditions,
            columns=columns, order=order,
        )  # fmt: skip


def make_macros() -> None:
    """Make the macros in three languages."""
    for position, entry in enumerate(read("goods")["macro"], start=1):
        fields = ("priority", "takes_ticket", "step", "cancel_reason", "note")
        macro = Macro.objects.create(
            position=position * 10, for_category=Category.objects.filter(code=entry["category"]).first(),
            **named(entry["name"]), **{name: entry[name] for name in fields if name in entry},
        )  # fmt: skip
        for language in LANGUAGES:
            if language in entry:
                macro.texts.create(language=language, body=entry[language])


def make_automation() -> None:
    """Make the automation rules; they look at nothing that happened before the demo is there."""
    for position, entry in enumerate(read("goods")["automation"], start=1):
        fields = {name: value for name, value in entry.items() if name != "name"}
        AutomationRule.objects.create(position=position * 10, **named(entry["name"]), **fields)


def make_checklists() -> None:
    """Make the checklists."""
    for entry in read("goods")["checklist"]:
        category = Category.objects.get(code=entry["category"])
        checklist = Checklist.objects.create(category=category, **named(entry["name"]))
        for position, words in enumerate(entry["items"]):
            checklist.items.create(position=position, **named(words))


def make_vip_policy(staff: Staff) -> None:
    """Promise VIP customers more than others."""
    policy, _is_new = SlaPolicy.objects.get_or_create(
        name="VIP",
        defaults={
            "position": 15, "calendar": BusinessCalendar.objects.filter(is_default=True).get(),
            "first_response_minutes": 60, "next_response_minutes": 240, "resolution_minutes": 480,
        },
    )  # fmt: skip
    policy.segments.set(Segment.objects.filter(code="vip"))
    record_version(policy, actor=staff.manager)


def hasten_vip_policy(staff: Staff) -> None:
    """Promise VIP customers their next responses in half the time; tickets from before keep what they were promised."""
    policy = SlaPolicy.objects.get(name="VIP")
    policy.next_response_minutes = 120
    policy.save(update_fields=["next_response_minutes"])
    record_version(policy, actor=staff.manager, reason="双十一期间 VIP 客户反映追问后等得太久")


def make_articles(rng: Random, staff: Staff, clock: MovingClock) -> None:
    """Write the articles in three languages, some months ago, and let visitors vote."""
    sections = {
        entry["slug"]: Section.objects.create(
            slug=entry["slug"], icon=entry["icon"], position=position, **named(entry["name"])
        )
        for position, entry in enumerate(read("goods")["section"])
    }
    written_at = clock.moment
    for number, entry in enumerate(articles()):
        clock.move_to(written_at + timedelta(days=number * 3, hours=rng.randint(1, 8)))
        _write(entry, sections[entry.section], staff, clock.moment)
    for entry in articles():
        article = Article.objects.get(slug=entry.slug)
        for is_helpful, count in zip((True, False), entry.votes, strict=True):
            for visitor in range(count):
                vote(article, f"demo-{is_helpful}-{visitor}", is_helpful)


def _write(entry: ArticleFile, section: Section, staff: Staff, moment: datetime) -> None:
    article = Article.objects.create(
        section=section, slug=entry.slug, audience=entry.audience, created_at=moment
    )
    article.categories.set(Category.objects.filter(code__in=entry.categories))
    for language, (title, body) in entry.texts.items():
        team = TEAM_OF_LANGUAGE.get(language, "repairs")
        save_text(
            article,
            language,
            title,
            body,
            actor=staff.lead_of(team).user,
            publish=language not in entry.drafts,
        )


# The channels by which the demo's customers write; the rest needs rooms that are not built yet.
CHANNELS = {Channel.WEB: 70, Channel.EMAIL: 17, Channel.PHONE: 10, Channel.COUNTER: 3}
