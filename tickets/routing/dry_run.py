"""Where the latest tickets would go by the routing rules as they are, or with one as drafted; nothing is written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils import timezone

from staff.duty import on_duty_ids
from staff.models import Membership, Team
from tickets.classifying import Facts, first_match, folded, matches
from tickets.dry_run import LATEST, latest_tickets, with_drafted
from tickets.models import RoutingRule, Ticket
from tickets.querysets import TicketQuerySet
from tickets.routing.rules import Placement, hidden_rules, place
from tickets.rulebook import Rulebook, current_rulebook


@dataclass(frozen=True)
class RoutingTry:
    """A ticket that the rule matches, where it would go, and the earlier rule that decides instead, if any."""

    ticket: Ticket
    placed: Placement
    earlier: RoutingRule | None


@dataclass
class RuleFigures:
    """How many of the latest tickets a rule decides, and how many an earlier one takes from it."""

    rule: RoutingRule
    decided: int = 0
    lost: int = 0
    # The earlier rule that matches whatever this one matches: it can never decide.
    hidden_by: RoutingRule | None = None


@dataclass
class TeamFigures:
    """How many of the latest tickets a team would get, and who is there to take them now."""

    team: Team | None
    count: int = 0
    premium: int = 0
    # What those of them that are still open weigh together.
    open_weight: int = 0
    on_duty: int = 0
    # What the people on duty can bear; None when somebody of them has no limit.
    capacity: int | None = 0

    @property
    def is_overloaded(self) -> bool:
        """Whether the open ones are more than the people on duty can bear."""
        return self.capacity is not None and self.open_weight > self.capacity


@dataclass
class Summary:
    """The whole of a dry run."""

    rules: list[RuleFigures] = field(default_factory=list)
    teams: list[TeamFigures] = field(default_factory=list)
    tickets: int = 0
    # Those that no rule decides: the routes of their categories do.
    by_route: int = 0
    latest: int = LATEST


def try_routing(rule: RoutingRule, tickets: TicketQuerySet) -> list[RoutingTry]:
    """Which of the latest tickets the rule matches, as if it were in use; it may be unsaved."""
    rulebook = current_rulebook()
    order = _order(rulebook, rule)
    tries = []
    for ticket, facts in _facts_of_latest(tickets, rulebook):
        if not matches(rule, facts, folded(facts)):
            continue
        decides = first_match(order, facts)
        placed = place(rulebook, facts, decides, is_major=ticket.is_major)
        tries.append(RoutingTry(ticket, placed, None if decides is rule else decides))
    return tries


def summary(tickets: TicketQuerySet, drafted: RoutingRule | None = None) -> Summary:
    """What each rule would decide and each team get of the latest tickets, with `drafted` as if it were in use."""
    rulebook = current_rulebook()
    rules = {id(rule): RuleFigures(rule) for rule in _order(rulebook, drafted)}
    for hidden, earlier in hidden_rules((one.rule for one in rules.values()), rulebook):
        rules[id(hidden)].hidden_by = earlier
    found, teams = Summary(rules=list(rules.values())), dict[int | None, TeamFigures]()
    for ticket, facts in _facts_of_latest(tickets, rulebook):
        texts = folded(facts)
        matching = [one for one in found.rules if matches(one.rule, facts, texts)]
        for place_, one in enumerate(matching):
            one.decided, one.lost = one.decided + (place_ == 0), one.lost + (place_ > 0)
        placed = place(rulebook, facts, matching[0].rule if matching else None, is_major=ticket.is_major)
        found.tickets, found.by_route = found.tickets + 1, found.by_route + (not matching)
        _count(teams, placed, ticket, rulebook)
    found.teams = sorted(teams.values(), key=lambda one: -one.count)
    _add_people(found.teams)
    return found


def _order(rulebook: Rulebook, drafted: RoutingRule | None) -> list[RoutingRule]:
    if drafted is None:
        return list(rulebook.active_routing_rules)
    return with_drafted(drafted, [one for one in rulebook.active_routing_rules if one.pk != drafted.pk])


def _facts_of_latest(tickets: TicketQuerySet, rulebook: Rulebook) -> Iterator[tuple[Ticket, Facts]]:
    for ticket in latest_tickets(tickets):
        yield ticket, Facts(
            ticket.subject, ticket.first_text or "", ticket.channel, ticket.language, ticket.customer.segment_id,
            ticket.category, ticket.product_id,
        )  # fmt: skip


def _count(
    teams: dict[int | None, TeamFigures], placed: Placement, ticket: Ticket, rulebook: Rulebook
) -> None:
    key = placed.team.pk if placed.team else None
    figures = teams.setdefault(key, TeamFigures(placed.team))
    figures.count += 1
    figures.premium += placed.tier == "premium"
    if ticket.is_open:
        figures.open_weight += rulebook.weight_of(ticket.priority)


def _add_people(teams: Iterable[TeamFigures]) -> None:
    now = timezone.now()
    for figures in teams:
        if figures.team is None:
            continue
        on_duty = on_duty_ids(figures.team.pk, now)
        members = Membership.objects.filter(team=figures.team, user__in=on_duty)
        limits = list(members.values_list("user__capacity", flat=True))
        figures.on_duty = len(limits)
        figures.capacity = None if None in limits else sum(limit for limit in limits if limit is not None)
