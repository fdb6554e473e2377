"""Where a ticket goes by the manager's routing rules, or by the routes of its category; nothing is written."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from common.folding import fold
from staff.models import Team, Tier
from tickets.choices import MessageKind
from tickets.classifying import Facts, first_match
from tickets.models import Message, RoutingRule, Ticket

if TYPE_CHECKING:
    from tickets.rulebook import Rulebook


@dataclass(frozen=True)
class Placement:
    """Where a ticket goes: the rule that says so if one does, the team if there is one, and its tier."""

    rule: RoutingRule | None
    team: Team | None
    tier: str

    @property
    def tier_label(self) -> str:
        """The tier in the reader's words."""
        return str(Tier(self.tier).label)


def route(
    rulebook: "Rulebook",
    facts: Facts,
    *,
    is_major: bool = False,
    preferred: Team | None = None,
    current: Team | None = None,
) -> Placement:
    """Place a ticket: what the first matching rule leaves open, its customer and its category decide.

    `preferred` is the team that a classifying rule named; `current` stays when it serves as well as another.
    """
    rule = first_match(rulebook.active_routing_rules, facts)
    return place(rulebook, facts, rule, is_major=is_major, preferred=preferred, current=current)


def place(
    rulebook: "Rulebook",
    facts: Facts,
    rule: RoutingRule | None,
    *,
    is_major: bool = False,
    preferred: Team | None = None,
    current: Team | None = None,
) -> Placement:
    """Place a ticket as this rule says."""
    tier = (rule.tier if rule else "") or own_tier(rulebook, facts.segment_id, is_major=is_major)
    named = rulebook.teams.get(rule.team_id) if rule and rule.team_id else None
    team = named or preferred or rulebook.team_for(facts.category, tier, current=current)
    return Placement(rule, team, tier)


def own_tier(rulebook: "Rulebook", segment_id: int | None, *, is_major: bool) -> str:
    """The tier of a ticket about which no rule says anything."""
    return Tier.PREMIUM if is_major or segment_id in rulebook.vip_segment_ids else Tier.PROFESSIONAL


def facts_of(ticket: Ticket, rulebook: "Rulebook", *, category: Any = None, body: str | None = None) -> Facts:
    """What the rules look at; what the customer wrote first is fetched only when some rule looks for words."""
    if body is None:
        body = _first_text(ticket) if any(rule.words for rule in rulebook.active_routing_rules) else ""
    return Facts(
        ticket.subject, body, ticket.channel, ticket.language, ticket.customer.segment_id,
        category or ticket.category, ticket.product_id,
    )  # fmt: skip


def _first_text(ticket: Ticket) -> str:
    first = Message.objects.filter(ticket=ticket.pk, kind=MessageKind.CUSTOMER).order_by("id")
    return first.values_list("body", flat=True).first() or ""


def hidden_rules(rules: Iterable[RoutingRule], rulebook: "Rulebook") -> list[tuple[RoutingRule, RoutingRule]]:
    """Each rule that can never decide, with the earlier one that matches whatever it matches."""
    earlier: list[RoutingRule] = []
    found = []
    for rule in rules:
        if hides := next((one for one in earlier if covers(one, rule, rulebook)), None):
            found.append((rule, hides))
        earlier.append(rule)
    return found


def covers(wide: RoutingRule, narrow: RoutingRule, rulebook: "Rulebook") -> bool:
    """Whether every ticket that the narrow rule matches is matched by the wide one too."""
    same = ("channel", "language", "segment_id", "product_id")
    if any(getattr(wide, name) and getattr(wide, name) != getattr(narrow, name) for name in same):
        return False
    if wide.for_category_id:
        category = rulebook.categories.get(narrow.for_category_id or 0)
        if category is None or not category.is_within([wide.for_category_id]):
            return False
    if not wide.patterns:
        return True
    if wide.where not in (wide.Where.BOTH, narrow.where) or not narrow.patterns:
        return False
    return {fold(word) for word in narrow.patterns} <= {fold(word) for word in wide.patterns}
