"""The life cycle on one screen: states, steps, who may take them, and what must hold.

`services.take_step` is the only caller. Everything else reads it from here: buttons, the API's choices, the tests'
table and the database's trigger.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import GET_STATE, FSMField, transition

from tickets.choices import OPEN_STATUSES, CancelReason, Status, SurveyOutcome

S = Status

AGENT, LEAD, CUSTOMER, SYSTEM = "agent", "lead", "customer", "system"


@dataclass(frozen=True)
class By:
    """Who may take a step; django_fsm asks it with the ticket and the actor."""

    kinds: tuple[str, ...]

    def __call__(self, ticket: Any, actor: Any) -> bool:
        return not actor_kinds(actor).isdisjoint(self.kinds)


def by(*kinds: str) -> By:
    return By(kinds)


def actor_kinds(actor: Any) -> set[str]:
    """What somebody is for the life cycle: None is the system, a customer himself, a user by his permissions."""
    if actor is None:
        return {SYSTEM}
    if not hasattr(actor, "has_perm"):
        return {CUSTOMER}
    kinds = set()
    if actor.has_perm("tickets.work_on_ticket"):
        kinds.add(AGENT)
    if actor.has_perm("tickets.lead_tickets"):
        kinds.add(LEAD)
    return kinds


@dataclass(frozen=True)
class Must:
    """A condition, and the sentence that says what is missing and what to do."""

    holds: Callable[[Any], bool]
    reason: Any
    # The step's own form asks for it, so its absence greys no button.
    is_asked_in_form: bool = False

    def __call__(self, ticket: Any) -> bool:
        return self.holds(ticket)


@dataclass(frozen=True)
class StepRequest:
    """The step being asked for, so that conditions can see who asks and with what."""

    name: str
    actor: Any
    rulebook: Any
    note: str = ""
    reply: str = ""
    details: dict[str, Any] = field(default_factory=dict)


has_category = Must(
    lambda t: bool(
        (t.request.details.get("category") or t.category_id)
        and (t.request.details.get("priority") or t.priority)
    ),
    _("Choose a category and a priority first."),
    is_asked_in_form=True,
)
has_able_assignee = Must(
    lambda t: t.request.rulebook.can_serve(t, t.request.details.get("assignee")),
    _("Choose somebody who is active and in a team that serves this category."),
    is_asked_in_form=True,
)
gives_reason = Must(lambda t: bool(t.request.note.strip()), _("Give a reason."), is_asked_in_form=True)
has_asked_customer = Must(
    lambda t: bool(t.request.reply) or t.has_open_question,
    _("Ask the customer something in a public reply first; then the ticket can wait for the answer."),
)
has_told_customer = Must(
    lambda t: CUSTOMER in actor_kinds(t.request.actor) or bool(t.request.reply) or t.has_told_customer,
    _("Tell the customer in a public reply what was done."),
)
has_confirmed_answer = Must(
    lambda t: (
        t.status != S.CLASSIFIED or (CUSTOMER in actor_kinds(t.request.actor) and t.has_automatic_answer)
    ),
    _(
        "A ticket that nobody has taken can be resolved only by the customer confirming an automatic answer. "
        "Assign it first."
    ),
)
has_no_open_child = Must(lambda t: not t.has_open_child, _("Close the child tickets first."))
is_within_window = Must(
    lambda t: t.is_within_reopen_window,
    _("The time for reopening is over. A new ticket that is linked to this one can be made instead."),
)
names_cancel_reason = Must(
    lambda t: t.request.details.get("cancel_reason") in CancelReason.values,
    _("Say why it is cancelled: spam, duplicate, merged or withdrawn."),
    is_asked_in_form=True,
)
names_merge_target = Must(
    lambda t: (
        t.request.details.get("cancel_reason") != CancelReason.MERGED
        or (t.request.details.get("merged_into") is not None and t.request.details["merged_into"].pk != t.pk)
    ),
    _("Name the other ticket into which this one is merged."),
    is_asked_in_form=True,
)
has_outcome = Must(
    lambda t: t.request.details.get("outcome") in SurveyOutcome.values,
    _("Say how the survey ended."),
    is_asked_in_form=True,
)


class TicketWorkflow(models.Model):
    """The status field and its steps."""

    status = FSMField(_("status"), default=S.RECEIVED, choices=S.choices, protected=True, max_length=20)
    # The step being taken; set by the door around each call.
    request: StepRequest
    if TYPE_CHECKING:
        # The ticket's own fields that steps write.
        category: Any
        priority: Any
        team: Any
        tier: Any
        routing_rule: Any
        assignee: Any
        merged_into: Any
        cancel_reason: Any
        survey_outcome: Any
        reopened_count: Any
        classified_at: Any
        assigned_at: Any
        waiting_since_at: Any
        resolved_at: Any
        surveyed_at: Any
        cancelled_at: Any

    class Meta:
        abstract = True

    @transition(
        status, source=[S.RECEIVED, S.CLASSIFIED], target=S.CLASSIFIED,
        permission=by(SYSTEM, AGENT), conditions=[has_category], custom={"label": _("Classify")},
    )  # fmt: skip
    def classify(
        self, *, category: Any = None, priority: str = "", team: Any = None, rule: Any = None,
        routing_rule: Any = None, tier: str = "",
    ) -> None:  # fmt: skip
        # The rules that decided are kept in the event.
        self.category = category or self.category
        self.priority = priority or self.priority
        self.team = team
        self.routing_rule = routing_rule
        self.tier = tier or self.tier
        self.classified_at = self.classified_at or timezone.now()

    @transition(
        status, source=[S.CLASSIFIED, S.ASSIGNED], target=S.ASSIGNED,
        permission=by(SYSTEM, AGENT, LEAD), conditions=[has_able_assignee], custom={"label": _("Assign")},
    )  # fmt: skip
    def assign(self, *, assignee: Any, team: Any = None, why: Any = None) -> None:
        # Why he was chosen, if a strategy did, is kept in the event.
        self.assignee = assignee
        self.team = team or self.team
        self.assigned_at = timezone.now()

    @transition(
        status, source=[S.ASSIGNED, S.WAITING], target=S.CLASSIFIED,
        permission=by(SYSTEM, AGENT, LEAD), conditions=[gives_reason], custom={"label": _("Hand back")},
    )  # fmt: skip
    def hand_back(self) -> None:
        # assigned_at stays: what somebody handed back is not dealt out again by itself. At a shift's end nobody
        # judged the ticket, so whoever is on duty next may get it.
        if self.request.actor is None:
            self.assigned_at = None
        self.assignee = None
        self.waiting_since_at = None

    @transition(
        status, source=S.ASSIGNED, target=S.WAITING,
        permission=by(AGENT), conditions=[has_asked_customer], custom={"label": _("Wait for customer")},
    )  # fmt: skip
    def wait(self) -> None:
        self.waiting_since_at = timezone.now()

    @transition(
        status, source=S.WAITING, target=S.ASSIGNED,
        permission=by(CUSTOMER, AGENT), custom={"label": pgettext_lazy("step", "Resume")},
    )  # fmt: skip
    def resume(self) -> None:
        self.waiting_since_at = None

    @transition(
        status, source=[S.ASSIGNED, S.WAITING, S.CLASSIFIED], target=S.RESOLVED,
        permission=by(AGENT, CUSTOMER), conditions=[has_confirmed_answer, has_told_customer, has_no_open_child],
        custom={"label": pgettext_lazy("step", "Resolve")},
    )  # fmt: skip
    def resolve(self) -> None:
        self.waiting_since_at = None
        self.resolved_at = timezone.now()

    @transition(
        status, source=[S.RESOLVED, S.SURVEYED], target=GET_STATE(
            lambda ticket, *, assignee=None: S.ASSIGNED if assignee else S.CLASSIFIED,
            states=[S.ASSIGNED, S.CLASSIFIED],
        ),
        permission=by(SYSTEM, CUSTOMER, AGENT), conditions=[gives_reason, is_within_window],
        custom={"label": _("Reopen")},
    )  # fmt: skip
    def reopen(self, *, assignee: Any = None) -> None:
        self.assignee = assignee
        self.assigned_at = timezone.now() if assignee else None
        self.resolved_at = self.surveyed_at = None
        self.survey_outcome = ""
        self.reopened_count += 1

    @transition(
        status, source=S.RESOLVED, target=S.SURVEYED,
        permission=by(SYSTEM), conditions=[has_outcome], custom={"label": _("Record survey")},
    )  # fmt: skip
    def survey(self, *, outcome: str) -> None:
        self.survey_outcome = outcome
        self.surveyed_at = timezone.now()

    @transition(
        status, source=list(OPEN_STATUSES), target=S.CANCELLED,
        permission=by(SYSTEM, AGENT, LEAD), conditions=[names_cancel_reason, names_merge_target],
        custom={"label": pgettext_lazy("step", "Cancel")},
    )  # fmt: skip
    def cancel(self, *, cancel_reason: str, merged_into: Any = None) -> None:
        self.cancel_reason = cancel_reason
        self.merged_into = merged_into
        self.waiting_since_at = None
        self.cancelled_at = timezone.now()

    @transition(
        status, source=S.CANCELLED, target=S.RECEIVED,
        permission=by(LEAD), conditions=[gives_reason], custom={"label": _("Restore")},
    )  # fmt: skip
    def restore(self) -> None:
        self.cancel_reason = ""
        self.merged_into = None
        self.assignee = self.assigned_at = self.classified_at = self.cancelled_at = None


@dataclass(frozen=True)
class Step:
    """One step as pages, the API and tests see it."""

    name: str
    label: Any
    sources: frozenset[str]
    targets: frozenset[str]
    kinds: frozenset[str]
    conditions: tuple[Must, ...]


def _read_steps() -> dict[str, Step]:
    steps: dict[str, Step] = {}
    for found in _transitions():
        targets = getattr(found.target, "allowed_states", None) or [found.target]
        earlier = steps.get(found.name)
        steps[found.name] = Step(
            name=found.name,
            label=found.custom["label"],
            sources=frozenset({str(found.source)}) | (earlier.sources if earlier else frozenset()),
            targets=frozenset(str(target) for target in targets),
            kinds=frozenset(found.permission.kinds),
            conditions=tuple(found.conditions),
        )
    return steps


def _transitions() -> list[Any]:
    found = []
    for name, member in vars(TicketWorkflow).items():
        if hasattr(member, "_django_fsm"):
            found += [
                found_one for found_one in member._django_fsm.transitions.values() if found_one.name == name
            ]
    return found


# By name, in the order of the class above.
STEPS: dict[str, Step] = _read_steps()
STEP_LABELS = [(step.name, step.label) for step in STEPS.values()]
# Every (before, after) that some step makes; the database's trigger refuses all others.
MOVES: frozenset[tuple[str, str]] = frozenset(
    (source, target)
    for step in STEPS.values()
    for source in step.sources
    for target in step.targets
    if source != target
)
