"""Everything a manager decided about tickets, read once and kept until he changes something.

The configuration stamp (catalog.models.ConfigurationStamp), which triggers renew with every change, is the only
query on a hot path: the rest comes from this process's memory. After a change only what stands in the changed tables is
read anew.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db.models import Model

from catalog.models import Category, CategoryField, ConfigurationStamp, PriorityWeight, Tag
from common.database import STAMP_OF_ALL, stamp_id
from customers.models import Segment
from sla.business_time import WorkingHours
from sla.hours import hours_of
from sla.models import (
    BusinessCalendar,
    CalendarVersion,
    PolicyVersion,
    ServiceHours,
    SlaPolicy,
    SpecialDay,
)
from sla.snapshots import calendar_snapshot, policy_snapshot, says_the_same
from sla.terms import Terms, terms_from
from staff.models import Team, Tier
from tickets.mails import Words
from tickets.models import (
    AutomationRule,
    Checklist,
    ChecklistItem,
    ClassifyingRule,
    EscalationStage,
    Guard,
    MailText,
    Route,
    RoutingRule,
    Ticket,
)

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
    # A manager's words for automatic mails, by mail and language.
    mail_words: dict[tuple[str, str], Words]
    # The automation rules in use, in the manager's order.
    automation: tuple[AutomationRule, ...]
    # The checklists in use, with their things.
    checklists: tuple[Checklist, ...]
    tags: dict[int, Tag]
    segments: dict[int, Segment]

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

    @cached_property
    def stages(self) -> dict[int, tuple[EscalationStage, ...]]:
        """The escalation stages in use of each policy."""
        return {policy.row.pk: _stages_in_use(policy.row) for policy in self.policies}

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

    def checklists_for(self, category: Category | None) -> list[Checklist]:
        """The checklists of tickets of this category."""
        return [
            one
            for one in self.checklists
            if one.category_id is None or (category is not None and category.is_within([one.category_id]))
        ]

    def checklist_items(self, category: Category | None) -> list[ChecklistItem]:
        """Everything that is to be ticked off on tickets of this category."""
        return [item for one in self.checklists_for(category) for item in one.items.all()]

    def asks_for_checklists(self, ticket: Ticket) -> bool:
        """Whether some step of this ticket waits for its checklists."""
        return any(guard.checklist_required and _is_for(guard, ticket.category) for guard in self.guards)

    def guards_for(self, ticket: Ticket, step: str) -> list[Guard]:
        """The manager's guards on a step of this ticket."""
        return [guard for guard in self.guards if guard.step == step and _is_for(guard, ticket.category)]


class _Part(NamedTuple):
    """How a part of the rulebook is read, and the tables whose changes it depends on."""

    read: Callable[[], Any]
    tables: tuple[type[Model], ...]


_kept: tuple[str, Rulebook] | None = None
_kept_parts: dict[str, tuple[tuple[str | None, ...], Any]] = {}


_for_now: ContextVar[list[Rulebook] | None] = ContextVar("_for_now", default=None)


@contextmanager
def one_rulebook() -> Iterator[None]:
    """Look only once whether the rulebook is still right: for a run over many tickets that lasts some seconds.

    What a manager changes meanwhile holds from the next run on.
    """
    token = _for_now.set([])
    try:
        yield
    finally:
        _for_now.reset(token)


def current_rulebook() -> Rulebook:
    """The rulebook as it is now: one query when nothing changed since this process last read it."""
    held = _for_now.get()
    if held is None:
        return _read_rulebook()
    if not held:
        held.append(_read_rulebook())
    return held[0]


def _read_rulebook() -> Rulebook:
    global _kept
    stamp = ConfigurationStamp.objects.values_list("stamp", flat=True).filter(pk=STAMP_OF_ALL).first()
    if _kept is not None and stamp is not None and _kept[0] == stamp:
        return _kept[1]
    # Read before the rest: what changes meanwhile is read once more then.
    stamps = dict(ConfigurationStamp.objects.values_list("pk", "stamp"))
    rulebook = Rulebook(**{name: _read(name, part, stamps) for name, part in _PARTS.items()})
    if STAMP_OF_ALL in stamps:
        _kept = (stamps[STAMP_OF_ALL], rulebook)
    return rulebook


def _read(name: str, part: _Part, stamps: dict[int, str]) -> Any:
    now = tuple(stamps.get(stamp_id(table._meta.db_table)) for table in part.tables)
    kept = _kept_parts.get(name)
    # A table without a stamp was emptied, or filled before it had one.
    if kept is not None and kept[0] == now and None not in now:
        return kept[1]
    read = part.read()
    _kept_parts[name] = (now, read)
    return read


def _read_categories() -> dict[int, Category]:
    return {category.pk: category for category in Category.objects.prefetch_related("fields")}


def _read_rules() -> tuple[ClassifyingRule, ...]:
    rules = ClassifyingRule.objects.filter(is_active=True)
    return tuple(rules.select_related("category", "segment", "for_category").prefetch_related("tags"))


def _read_guards() -> tuple[Guard, ...]:
    return tuple(Guard.objects.filter(is_active=True).select_related("required_role"))


def _read_routes() -> dict[int, tuple[int, ...]]:
    routes: dict[int, list[int]] = {}
    for route in Route.objects.filter(team__is_active=True).order_by("position", "id"):
        routes.setdefault(route.category_id, []).append(route.team_id)
    return {category_id: tuple(teams) for category_id, teams in routes.items()}


def _read_teams() -> dict[int, Team]:
    return {team.pk: team for team in Team.objects.filter(is_active=True)}


def _read_routing_rules() -> dict[int, RoutingRule]:
    return {rule.pk: rule for rule in RoutingRule.objects.prefetch_related("skills")}


def _read_vip_segment_ids() -> frozenset[int]:
    return frozenset(Segment.objects.filter(code=VIP).values_list("pk", flat=True))


def _read_tags() -> dict[int, Tag]:
    return {tag.pk: tag for tag in Tag.objects.all()}


def _read_segments() -> dict[int, Segment]:
    return {segment.pk: segment for segment in Segment.objects.all()}


def _read_mail_words() -> dict[tuple[str, str], Words]:
    texts = MailText.objects.select_related("template")
    return {(text.template.mail, text.language): text.words for text in texts}


def _is_for(guard: Guard, category: Category | None) -> bool:
    return guard.category_id is None or (category is not None and category.is_within([guard.category_id]))


def _read_checklists() -> tuple[Checklist, ...]:
    return tuple(Checklist.objects.filter(is_active=True).prefetch_related("items"))


def _read_automation() -> tuple[AutomationRule, ...]:
    rules = AutomationRule.objects.filter(is_active=True).select_related("category", "team", "on_tag")
    return tuple(rules.prefetch_related("add_tags", "remove_tags"))


def _stages_in_use(policy: SlaPolicy) -> tuple[EscalationStage, ...]:
    return tuple(stage for stage in policy.escalation_stages.all() if stage.is_active)


def _read_policies() -> tuple[Policy, ...]:
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
    return tuple(policies)


def _key_if_same(version: Any, snapshot: dict[str, Any]) -> UUID | None:
    return version.pk if version is not None and says_the_same(version.data, snapshot) else None


_PARTS = {
    "categories": _Part(_read_categories, (Category, CategoryField)),
    "policies": _Part(
        _read_policies,
        (
            SlaPolicy, SlaPolicy.categories.through, SlaPolicy.segments.through, EscalationStage, PolicyVersion,
            BusinessCalendar, ServiceHours, SpecialDay, CalendarVersion,
        ),
    ),
    "rules": _Part(
        _read_rules, (ClassifyingRule, ClassifyingRule.tags.through, Category, CategoryField, Segment, Tag)
    ),
    "guards": _Part(_read_guards, (Guard,)),
    "routes": _Part(_read_routes, (Route, Team)),
    "teams": _Part(_read_teams, (Team,)),
    "routing_rules": _Part(_read_routing_rules, (RoutingRule, RoutingRule.skills.through)),
    "vip_segment_ids": _Part(_read_vip_segment_ids, (Segment,)),
    "weights": _Part(PriorityWeight.as_dict, (PriorityWeight,)),
    "automation": _Part(
        _read_automation,
        (
            AutomationRule, AutomationRule.add_tags.through, AutomationRule.remove_tags.through, Category, Tag, Team,
        ),
    ),
    "checklists": _Part(_read_checklists, (Checklist, ChecklistItem)),
    "mail_words": _Part(_read_mail_words, (MailText,)),
    "tags": _Part(_read_tags, (Tag,)),
    "segments": _Part(_read_segments, (Segment,)),
}  # fmt: skip
