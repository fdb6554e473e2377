"""The rulebook in this process's memory follows every change, and reads no more than what changed."""

from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog.models import PriorityWeight, Tag
from customers.models import Segment
from sla.models import BusinessCalendar, SlaPolicy
from staff.models import Skill, Team
from tickets.models import ClassifyingRule, EscalationStage, Guard, MailTemplate, MailText, Route, RoutingRule
from tickets.rulebook import _PARTS, current_rulebook, one_rulebook

pytestmark = pytest.mark.django_db


def tables_read() -> set[str]:
    with CaptureQueriesContext(connection) as captured:
        current_rulebook()
    return {query["sql"].split('FROM "')[1].split('"')[0] for query in captured}


@pytest.fixture
def rule(category) -> ClassifyingRule:
    current_rulebook()
    return ClassifyingRule.objects.create(name="Screens", words="屏幕", category=category)


def changes(rule: ClassifyingRule):
    """One change after the other, each with how it shows."""
    policy, calendar = SlaPolicy.objects.get(name="Normal"), BusinessCalendar.objects.get(is_default=True)
    category, team, tag = rule.category, Team.objects.get(), Tag.objects.create(code="x", name="x")
    skill, template = Skill.objects.create(code="en", name="en"), MailTemplate.objects.first()
    routing = RoutingRule.objects.create(name="All", team=team)
    stage = EscalationStage(policy=policy, at_minutes=5, tells_leads=True)

    def of_policy(book):
        return next(one for one in book.policies if one.row == policy)

    def renamed(row, name):
        type(row).objects.filter(pk=row.pk).update(name=name)

    yield lambda: renamed(category, "Glass"), lambda book: book.categories[category.pk].name == "Glass"
    yield lambda: renamed(category, "Panes"), lambda book: book.rules[0].category.name == "Panes"
    yield lambda: renamed(rule, "Glass"), lambda book: book.rules[0].name == "Glass"
    yield lambda: rule.tags.add(tag), lambda book: list(book.rules[0].tags.all()) == [tag]
    yield lambda: renamed(tag, "y"), lambda book: book.rules[0].tags.all()[0].name == "y"
    yield lambda: renamed(policy, "Usual"), lambda book: of_policy(book).row.name == "Usual"
    yield lambda: policy.categories.add(category), lambda book: of_policy(book).category_ids == {category.pk}
    yield stage.save, lambda book: book.stages[policy.pk][-1] == stage
    yield (
        lambda: calendar.hours.all().delete(),
        lambda book: not any(of_policy(book).hours.weekly),
    )
    yield (
        lambda: calendar.special_days.create(on="2026-03-07", kind="working", hours="09:00-12:00", name="x"),
        lambda book: date(2026, 3, 7) in of_policy(book).hours.special,
    )
    yield lambda: renamed(team, "Glaziers"), lambda book: book.teams[team.pk].name == "Glaziers"
    yield lambda: Route.objects.all().delete(), lambda book: not book.routes
    yield (
        lambda: routing.skills.add(skill),
        lambda book: book.routing_rules[routing.pk].skill_ids == {skill.pk},
    )
    yield lambda: renamed(routing, "Most"), lambda book: book.routing_rules[routing.pk].name == "Most"
    yield lambda: Guard.objects.create(name="Why", step="cancel"), lambda book: len(book.guards) == 1
    yield lambda: Segment.objects.filter(code="vip").delete(), lambda book: not book.vip_segment_ids
    yield (
        lambda: PriorityWeight.objects.update_or_create(priority="high", defaults={"weight": 9}),
        lambda book: book.weight_of("high") == 9,
    )
    yield (
        lambda: MailText.objects.create(template=template, language="en", subject="x", body="y"),
        lambda book: (template.mail, "en") in book.mail_words,
    )


def test_it_follows_every_change(rule):
    for number, (change, shows) in enumerate(changes(rule)):
        assert not shows(current_rulebook()), number
        change()
        assert shows(current_rulebook()), number
        assert tables_read() == {"catalog_configurationstamp"}


def test_it_reads_only_what_a_change_concerns(rule):
    current_rulebook()
    Team.objects.update(name="Glaziers")
    names_of_teams = {"tickets_route", "tickets_automationrule", "staff_team"}
    assert tables_read() == {"catalog_configurationstamp"} | names_of_teams


def test_a_run_looks_once_and_the_next_one_sees_what_changed(rule):
    with one_rulebook():
        kept = current_rulebook()
        ClassifyingRule.objects.filter(pk=rule.pk).update(name="Glass")
        assert tables_read() == set()
        assert current_rulebook() is kept
    assert current_rulebook().rules[0].name == "Glass"


def test_what_is_taken_back_is_as_it_was(rule):
    current_rulebook()
    with transaction.atomic():
        Team.objects.update(name="Glaziers")
        assert [team.name for team in current_rulebook().teams.values()] == ["Glaziers"]
        transaction.set_rollback(True)
    assert [team.name for team in current_rulebook().teams.values()] == ["Phone repairs"]


def test_every_part_knows_its_tables():
    """A part that reads a table of which it does not know would keep what is no longer so."""
    # Of these only what never changes is read: a mail's kind, a role's name.
    fixed = {"tickets_mailtemplate", "auth_group", "staff_skill", "customers_segment", "catalog_category"}
    for name, part in _PARTS.items():
        with CaptureQueriesContext(connection) as captured:
            part.read()
        read = {
            table.split('"')[1]
            for query in captured
            for word in ("FROM ", "JOIN ")
            for table in query["sql"].split(word)[1:]
            if table.startswith('"')
        }
        assert read - {table._meta.db_table for table in part.tables} <= fixed, name
