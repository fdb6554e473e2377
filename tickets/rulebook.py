"""Everything a manager decided about tickets, read once and kept until he changes something.

The configuration stamp (catalog.models.ConfigurationStamp), which triggers renew with every change, is the only
query on a hot path: the rest comes from this process's memory.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from catalog.models import Category, ConfigurationStamp, PriorityWeight
from customers.models import Segment
from sla.business_time import WorkingHours
from sla.hours import hours_of
from sla.models import CalendarVersion, PolicyVersion, SlaPolicy
from sla.snapshots import calendar_snapshot, policy_snapshot, says_the_same
from sla.terms import Terms, terms_from
from staff.models import Team, Tier
from tickets.mails import Words
from tickets.models import ClassifyingRule, EscalationStage, Guard, MailText, Route, RoutingRule, Ticket

if TYPE_CHECKING:
    from staff.models import User

# The code of the segment whose customers get premium service.
VIP = "vip"


@dataclass(frozen=True)
class Policy:
    """An SLA policy with what its conditions and clocks need."""

    row: SlaPolicy
    category_ids: frozenset[int]
    segment_ids: frozenset[int]
    hours: WorkingHours
    terms: Terms | None = None
    # Empty when the rows say something else than the newest version: nobody has recorded the change yet.
    version_id: UUID | None = None
    calendar_version_id: UUID | None = None

    def fits(self, category: Category | None, priority: str, segment_id: int | None, channel: str) -> bool:
        """Whether it serves such tickets; without a category only policies for all categories do."""
        if self.category_ids and (category is None or not category.is_within(self.category_ids)):
            return False
        if self.row.priorities and priority not in self.row.priorities:
            return False
        if self.segment_ids and segment_id not in self.segment_ids:
            return False
        return not self.row.channels or channel in self.row.channels

    def hours_for(self, counts: str) -> WorkingHours | None:
        """The hours in which a clock runs; None is the clock on the wall."""
        return self.hours if counts == SlaPolicy.Counts.BUSINESS else None


@dataclass(frozen=True)
class Rulebook:
    """Categories, policies, classifying rules, guards and routes, as they are now."""

    categories: dict[int, Category]
    policies: tuple[Policy, ...]
    rules: tuple[ClassifyingRule, ...]
    guards: tuple[Guard, ...]
    routes: dict[int, tuple[int, ...]]
    teams: dict[int, Team]
    # Those out of use too: a ticket may have been routed by one.
    routing_rules: dict[int, RoutingRule]
    vip_segment_ids: frozenset[int]
    # What an open ticket of each priority weighs in its assignee's load.
    weights: dict[str, int]
    # The escalation stages in use of each policy.
    stages: dict[int, tuple[EscalationStage, ...]]
    # A manager's words for automatic mails, by mail and language.
    mail_words: dict[tuple[str, str], Words]

    def policy_for(
        self, category: Category | None, priority: str, segment_id: int | None, channel: str
    ) -> Policy | None:
        """The first active policy that fits."""
        fitting = (
            p for p in self.policies if p.row.is_active and p.fits(category, priority, segment_id, channel)
        )
        return next(fitting, None)

    def policy(self, pk: int | None) -> Policy | None:
        """The policy with this key, in use or not."""
        return next((policy for policy in self.policies if policy.row.pk == pk), None)

    def serving_team_ids(self, category: Category | None) -> tuple[int, ...]:
        """The teams that serve the category by the nearest route up the tree, first the one that gets new tickets.

        Premium teams of routes further up the tree come last.
        """
        routes = self._routes_of(category)
        above = (pk for route in routes[1:] for pk in route if self.teams[pk].tier == Tier.PREMIUM)
        return tuple(dict.fromkeys([*routes[0], *above])) if routes else ()

    def team_for(self, category: Category | None, tier: str, *, current: Team | None = None) -> Team | None:
        """The team that gets a ticket of this tier: the nearest of its tier, else the nearest; `current` if as good."""
        routes = self._routes_of(category)
        of_tier = ([pk for pk in route if self.teams[pk].tier == tier] for route in routes)
        serving = next(filter(None, of_tier), None) or (routes[0] if routes else ())
        if not serving or (current is not None and current.pk in serving):
            return current
        return self.teams[serving[0]]

    @cached_property
    def active_routing_rules(self) -> tuple[RoutingRule, ...]:
        """The routing rules in use, in the manager's order."""
        return tuple(rule for rule in self.routing_rules.values() if rule.is_active)

    def weight_of(self, priority: str) -> int:
        """What a ticket of this priority weighs; one without weighs 1."""
        return self.weights.get(priority, 1)

    def needed_skill_ids(self, ticket: Ticket) -> frozenset[int]:
        """The skills that the rule which routed the ticket asks for."""
        rule = self.routing_rules.get(ticket.routing_rule_id or 0)
        return rule.skill_ids if rule else frozenset()

    def _routes_of(self, category: Category | None) -> list[tuple[int, ...]]:
        return [self.routes[pk] for pk in (category.ancestor_ids if category else ()) if pk in self.routes]

    def can_serve(self, ticket: Ticket, user: "User | None") -> bool:
        """Whether the user is active and in a team that serves the ticket; what has no route anybody may serve."""
        if user is None or not user.is_active:
            return False
        serving = {*self.serving_team_ids(ticket.category), ticket.team_id} - {None}
        return not serving or not user.team_ids.isdisjoint(serving)

    def guards_for(self, ticket: Ticket, step: str) -> list[Guard]:
        """The manager's guards on a step of this ticket."""
        category = ticket.category
        return [
            guard
            for guard in self.guards
            if guard.step == step
            and (
                guard.category_id is None
                or (category is not None and category.is_within([guard.category_id]))
            )
        ]


_kept: tuple[str, Rulebook] | None = None


def current_rulebook() -> Rulebook:
    """The rulebook as it is now: one query when nothing changed since this process last read it."""
    global _kept
    stamp = ConfigurationStamp.objects.values_list("stamp", flat=True).filter(pk=1).first()
    if _kept is not None and stamp is not None and _kept[0] == stamp:
        return _kept[1]
    rulebook = _read()
    if stamp is not None:
        _kept = (stamp, rulebook)
    return rulebook


def _read() -> Rulebook:
    routes: dict[int, list[int]] = {}
    for route in Route.objects.filter(team__is_active=True).order_by("position", "id"):
        routes.setdefault(route.category_id, []).append(route.team_id)
    rules: Any = ClassifyingRule.objects.filter(is_active=True).select_related(
        "category", "segment", "for_category"
    )
    policies = tuple(_read_policies())
    return Rulebook(
        categories={category.pk: category for category in Category.objects.prefetch_related("fields")},
        policies=policies,
        rules=tuple(rules.prefetch_related("tags")),
        guards=tuple(Guard.objects.filter(is_active=True).select_related("required_role")),
        routes={category_id: tuple(teams) for category_id, teams in routes.items()},
        teams={team.pk: team for team in Team.objects.filter(is_active=True)},
        routing_rules={rule.pk: rule for rule in RoutingRule.objects.prefetch_related("skills")},
        vip_segment_ids=frozenset(Segment.objects.filter(code=VIP).values_list("pk", flat=True)),
        weights=PriorityWeight.as_dict(),
        stages={policy.row.pk: _stages_in_use(policy.row) for policy in policies},
        mail_words={
            (text.template.mail, text.language): text.words
            for text in MailText.objects.select_related("template")
        },
    )


def _stages_in_use(policy: SlaPolicy) -> tuple[EscalationStage, ...]:
    return tuple(stage for stage in policy.escalation_stages.all() if stage.is_active)


def _read_policies() -> list[Policy]:
    rows = SlaPolicy.objects.select_related("calendar").prefetch_related(
        "categories", "segments", "escalation_stages"
    )
    newest = {version.policy_id: version for version in PolicyVersion.objects.newest()}
    newest_calendars = {version.calendar_id: version for version in CalendarVersion.objects.newest()}
    calendars: dict[int, tuple[WorkingHours, UUID | None]] = {}
    policies = []
    for row in rows:
        if row.calendar_id not in calendars:
            calendar_version = newest_calendars.get(row.calendar_id)
            calendars[row.calendar_id] = (
                hours_of(row.calendar),
                _key_if_same(calendar_version, calendar_snapshot(row.calendar)),
            )
        hours, calendar_version_id = calendars[row.calendar_id]
        snapshot = policy_snapshot(row)
        policies.append(
            Policy(
                row=row,
                category_ids=frozenset(snapshot["categories"]),
                segment_ids=frozenset(snapshot["segments"]),
                hours=hours,
                terms=terms_from(snapshot),
                version_id=_key_if_same(newest.get(row.pk), snapshot),
                calendar_version_id=calendar_version_id,
            )
        )
    return policies


def _key_if_same(version: Any, snapshot: dict[str, Any]) -> UUID | None:
    return version.pk if version is not None and says_the_same(version.data, snapshot) else None
