"""What a manager's rule or policy would do, tried on the latest tickets; nothing is written."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import OuterRef, Subquery
from django.db.models.functions import Left

from catalog.choices import Priority
from catalog.models import Category
from sla.hours import hours_of
from sla.models import SlaPolicy
from tickets.choices import MessageKind
from tickets.classifying import LONGEST_TEXT, Facts, folded, matches
from tickets.models import ClassifyingRule, Message, RoutingRule, Ticket
from tickets.querysets import TicketQuerySet
from tickets.routing.rules import route
from tickets.rulebook import Policy, Rulebook, current_rulebook

LATEST = 200
# Matched so often and never decided: an earlier rule always comes first.
OFTEN = 3
# Of so many tickets for each rule, one should have met it.
EXPECTED_WITHIN = 20


@dataclass(frozen=True)
class RuleTry:
    """A ticket that matches, what it would get, and the earlier rule that decides instead, if any."""

    ticket: Ticket
    category: Category | None
    priority: str
    team: Any
    earlier: ClassifyingRule | None
    # The routing rule by which the team gets it; without one the routes of the category decide, or this rule itself.
    routing_rule: RoutingRule | None = None

    @property
    def priority_label(self) -> str:
        """The priority in the reader's words."""
        return str(Priority(self.priority).label) if self.priority else ""


@dataclass(frozen=True)
class PolicyTry:
    """A ticket that fits, and the earlier policy that serves it instead, if any."""

    ticket: Ticket
    earlier: SlaPolicy | None


def latest_tickets(tickets: TicketQuerySet) -> TicketQuerySet:
    """The newest of the tickets with what rules look at; `first_text` is what the customer wrote first."""
    related = ("customer", "category", "team", "assignee")
    return with_first_text(tickets.select_related(*related).order_by("-id"))[:LATEST]


def with_first_text(tickets: TicketQuerySet) -> TicketQuerySet:
    """The tickets with what the customer wrote first as `first_text`, as far as rules look at it."""
    first = Message.objects.filter(ticket=OuterRef("pk"), kind=MessageKind.CUSTOMER).order_by("id")
    return tickets.annotate(first_text=Subquery(first.values_list(Left("body", LONGEST_TEXT))[:1]))


def try_rule(rule: ClassifyingRule, tickets: TicketQuerySet) -> list[RuleTry]:
    """Which of the latest tickets the rule matches, as if it were in use; it may be unsaved.

    What the customer chose is not kept, so the category a ticket has now stands for it.
    """
    rulebook = current_rulebook()
    order = with_drafted(rule, [other for other in rulebook.rules if other.pk != rule.pk])
    tries = []
    for ticket in latest_tickets(tickets):
        facts, texts = _facts(ticket)
        if not matches(rule, facts, texts):
            continue
        decides = next(other for other in order if other is rule or matches(other, facts, texts))
        tries.append(_rule_try(rule, ticket, facts, None if decides is rule else decides, rulebook))
    return tries


def rules_without_match() -> list[ClassifyingRule]:
    """The rules in use with words that decide none of the latest tickets although one should expect it.

    Either they match some, and an earlier rule always comes first; or they match none of so many tickets that every
    rule should have met one. With many rules for rare things a rule may well wait longer for its first ticket, and one
    without words is there for what the others leave.
    """
    rules = list(current_rulebook().rules)
    tickets = list(latest_tickets(Ticket.objects.all())) if rules else []
    if len(tickets) < LATEST // 4:
        return []
    decided: set[int] = set()
    matched = dict.fromkeys((rule.pk for rule in rules), 0)
    for ticket in tickets:
        facts, texts = _facts(ticket)
        found = [rule.pk for rule in rules if matches(rule, facts, texts)]
        decided |= set(found[:1])
        for pk in found:
            matched[pk] += 1
    is_much = len(tickets) >= EXPECTED_WITHIN * len(rules)
    idle = [rule for rule in rules if rule.pk not in decided and rule.words.strip()]
    return [rule for rule in idle if matched[rule.pk] >= OFTEN or (is_much and not matched[rule.pk])]


def try_policy(
    policy: SlaPolicy, tickets: TicketQuerySet, *, categories: Iterable[Any], segments: Iterable[Any]
) -> list[PolicyTry]:
    """Which of the latest tickets fit the policy, as if it were in use; it may be unsaved."""
    tried = Policy(
        row=policy,
        category_ids=frozenset(category.pk for category in categories),
        segment_ids=frozenset(segment.pk for segment in segments),
        hours=hours_of(policy.calendar),
    )
    kept = {other.row.pk: other for other in current_rulebook().policies if other.row.is_active}
    order = with_drafted(policy, [other.row for other in kept.values() if other.row.pk != policy.pk])
    tries = []
    for ticket in latest_tickets(tickets):
        question = (ticket.category, ticket.priority or "normal", ticket.customer.segment_id, ticket.channel)
        if not tried.fits(*question):
            continue
        serves = next(row for row in order if row is policy or kept[row.pk].fits(*question))
        tries.append(PolicyTry(ticket, None if serves is policy else serves))
    return tries


def with_drafted(row: Any, others: list[Any]) -> list[Any]:
    """All rows in the manager's order, with the tried one at its place; a new one comes last of its position."""
    return sorted([*others, row], key=lambda one: (one.position, one.pk or float("inf")))


def _facts(ticket: Ticket) -> tuple[Facts, tuple[str, str]]:
    body = ticket.first_text or ""  # type: ignore[attr-defined]
    segment_id = ticket.customer.segment_id
    facts = Facts(
        ticket.subject, body, ticket.channel, ticket.language, segment_id, ticket.category, ticket.product_id
    )  # fmt: skip
    return facts, folded(facts)


def _rule_try(
    rule: ClassifyingRule, ticket: Ticket, facts: Facts, earlier: ClassifyingRule | None, rulebook: Rulebook
) -> RuleTry:
    category = rule.category or ticket.category
    if category is None:
        return RuleTry(ticket, None, rule.priority, rule.team, earlier)
    # As the intake does it: routing rules see the category that the ticket would get.
    category = rulebook.categories.get(category.pk, category)
    facts = replace(facts, category=category)
    placed = route(rulebook, facts, is_major=ticket.is_major, preferred=rule.team)
    priority = rule.priority or category.default_priority
    return RuleTry(ticket, category, priority, placed.team, earlier, placed.rule)
