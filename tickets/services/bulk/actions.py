"""What can be done to many tickets: each action says what speaks against it, does it, and takes it back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Category, Tag
from common.wording import listed
from staff.models import Team, User
from tickets.choices import Status
from tickets.models import Merge, Message, ReplyTemplate, Ticket
from tickets.models.bulk import BulkAction
from tickets.rulebook import Rulebook, current_rulebook
from tickets.services.conversation import add_reply
from tickets.services.door import take_step
from tickets.services.editing import set_tags
from tickets.services.handing import assign_to_team
from tickets.services.merging import merge_tickets, reasons_against_merging, undo_merge
from tickets.services.refusal import StepRefused
from tickets.services.taking_back import take_back_reply, undo_time
from tickets.services.templates import fill, open_marks
from tickets.services.turn import refusal_reasons
from tickets.workflow import STEPS, StepRequest

# A reply to many is held so many times longer than one to a single ticket: somebody looks at the whole first.
HELD_LONGER = 6
# Steps with an action of their own, and the one that only the system takes.
NOT_OFFERED = ("classify", "assign", "survey")
STEPS_IN_BULK = tuple(name for name in STEPS if name not in NOT_OFFERED)
# The step that leads back.
BACK = {
    "resolve": "reopen", "reopen": "resolve", "cancel": "restore", "restore": "cancel", "wait": "resume",
    "resume": "wait", "hand_back": "assign",
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """An action with what it needs, looked up once for all tickets."""

    action: str
    actor: User
    rulebook: Rulebook
    note: str = ""
    assignee: User | None = None
    team: Team | None = None
    category: Category | None = None
    priority: str = ""
    add: frozenset[Tag] = frozenset()
    remove: frozenset[Tag] = frozenset()
    template: ReplyTemplate | None = None
    step: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    into: Ticket | None = None
    # What the action names that is gone meanwhile.
    problem: str = ""

    def reasons(self, ticket: Ticket) -> list[str]:
        """What speaks against it now, in words; nothing is written."""
        return [self.problem] if self.problem else _REASONS[self.action](self, ticket)

    def carry_out(self, ticket: Ticket) -> dict[str, Any]:
        """Do it; return what was before. Raise StepRefused."""
        if self.problem:
            raise StepRefused([self.problem])
        return _DOING[self.action](self, ticket)

    def take_back(self, ticket: Ticket, before: dict[str, Any]) -> Ticket:
        """Go the way back; raise StepRefused where none leads there now."""
        return _BACK[self.action](self, ticket, before)


def plan_of(action: str, details: dict[str, Any], actor: User) -> Plan:
    """The plan that a job's details mean now."""
    rulebook, found = current_rulebook(), dict[str, Any]()
    names: dict[str, Any] = {
        "assignee": User.objects.filter(is_active=True), "team": Team.objects.filter(is_active=True),
        "category": Category.objects.filter(is_active=True),
        "template": ReplyTemplate.objects.filter(is_active=True).prefetch_related("texts"),
        "into": Ticket.objects.visible_to(actor),
    }  # fmt: skip
    problem = ""
    for name, rows in names.items():
        if details.get(name):
            found[name] = rows.filter(pk=details[name]).first()
            if found[name] is None:
                problem = _("What was chosen is gone meanwhile, or out of use. Choose again.")
    return Plan(
        action=action, actor=actor, rulebook=rulebook, note=details.get("note", ""),
        priority=details.get("priority", ""), step=details.get("step", ""), problem=problem,
        add=frozenset(Tag.objects.filter(pk__in=details.get("add", ()))),
        remove=frozenset(Tag.objects.filter(pk__in=details.get("remove", ()))),
        extra={"cancel_reason": details["cancel_reason"]} if details.get("cancel_reason") else {}, **found,
    )  # fmt: skip


def _against_step(plan: Plan, ticket: Ticket, step: str, *, reply: str = "", **details: Any) -> list[str]:
    request = StepRequest(step, plan.actor, plan.rulebook, note=plan.note, reply=reply, details=details)
    return refusal_reasons(ticket, request)


# --- Assign ---------------------------------------------------------------------------------------------------------


def _against_assigning(plan: Plan, ticket: Ticket) -> list[str]:
    if plan.assignee is not None:
        if ticket.status == Status.ASSIGNED and ticket.assignee_id == plan.assignee.pk:
            return [_("%(person)s has it already.") % {"person": plan.assignee}]
        return _against_step(plan, ticket, "assign", assignee=plan.assignee)
    assert plan.team is not None
    serving = plan.rulebook.serving_team_ids(ticket.category)
    if serving and plan.team.pk not in serving:
        return [_("“%(team)s” does not serve its category.") % {"team": plan.team.label}]
    # Somebody of the team gets it, or the team's queue: then it must be one that can be classified or handed back.
    allowed = (Status.CLASSIFIED, Status.ASSIGNED)
    if ticket.status not in allowed:
        return _against_step(plan, ticket, "assign", assignee=plan.actor)[:1]
    return []


def _assign(plan: Plan, ticket: Ticket) -> dict[str, Any]:
    if plan.assignee is not None:
        if ticket.status == Status.ASSIGNED and ticket.assignee_id == plan.assignee.pk:
            raise StepRefused([_("%(person)s has it already.") % {"person": plan.assignee}])
        take_step(ticket, "assign", actor=plan.actor, note=plan.note, assignee=plan.assignee)
        return _place(ticket)
    assert plan.team is not None
    assign_to_team(ticket, plan.team, actor=plan.actor, note=plan.note)
    return _place(ticket)


def _place(ticket: Ticket) -> dict[str, Any]:
    return {"status": ticket.status, "assignee": ticket.assignee_id, "team": ticket.team_id}


def _assign_back(plan: Plan, ticket: Ticket, before: dict[str, Any]) -> Ticket:
    team = Team.objects.filter(pk=before.get("team") or 0).first()
    if before.get("status") == Status.ASSIGNED:
        assignee = User.objects.filter(pk=before.get("assignee") or 0).first()
        return take_step(ticket, "assign", actor=plan.actor, note=plan.note, assignee=assignee, team=team)
    if ticket.status == Status.ASSIGNED:
        ticket = take_step(ticket, "hand_back", actor=plan.actor, note=plan.note)
    if team is not None and ticket.team_id != team.pk:
        ticket = take_step(
            ticket,
            "classify",
            actor=plan.actor,
            category=ticket.category,
            priority=ticket.priority,
            team=team,
        )
    return ticket


# --- Classify -------------------------------------------------------------------------------------------------------


def _against_classifying(plan: Plan, ticket: Ticket) -> list[str]:
    return _against_step(
        plan, ticket, "classify", category=plan.category, priority=plan.priority or ticket.priority
    )


def _classify(plan: Plan, ticket: Ticket) -> dict[str, Any]:
    details: dict[str, Any] = {"category": plan.category} if plan.category else {}
    take_step(
        ticket, "classify", actor=plan.actor, note=plan.note, priority=plan.priority or ticket.priority, **details
    )  # fmt: skip
    return _place(ticket) | {"category": ticket.category_id, "priority": ticket.priority}


def _classify_back(plan: Plan, ticket: Ticket, before: dict[str, Any]) -> Ticket:
    if before.get("status") != Status.CLASSIFIED:
        raise StepRefused([_("It had not been classified before, and no step leads back there.")])
    return take_step(
        ticket, "classify", actor=plan.actor, note=plan.note,
        category=Category.objects.filter(pk=before.get("category") or 0).first(), priority=before.get("priority", ""),
        team=Team.objects.filter(pk=before.get("team") or 0).first(),
    )  # fmt: skip


# --- Tags -----------------------------------------------------------------------------------------------------------


def _tags_after(plan: Plan, ticket: Ticket) -> tuple[set[Tag], set[Tag]]:
    now = set(ticket.tags.all())
    return now, (now | plan.add) - plan.remove


def _against_tagging(plan: Plan, ticket: Ticket) -> list[str]:
    now, then = _tags_after(plan, ticket)
    return [_("Its tags are so already.")] if now == then else []


def _tag(plan: Plan, ticket: Ticket) -> dict[str, Any]:
    now, then = _tags_after(plan, ticket)
    if now == then:
        raise StepRefused([_("Its tags are so already.")])
    set_tags(ticket, then, actor=plan.actor)
    return {"added": [tag.pk for tag in then - now], "removed": [tag.pk for tag in now - then]}


def _tag_back(plan: Plan, ticket: Ticket, before: dict[str, Any]) -> Ticket:
    removed = set(Tag.objects.filter(pk__in=before.get("removed", ())))
    kept = {tag for tag in ticket.tags.all() if tag.pk not in before.get("added", ())}
    return set_tags(ticket, kept | removed, actor=plan.actor)


# --- Reply ----------------------------------------------------------------------------------------------------------


def _reply_text(plan: Plan, ticket: Ticket) -> tuple[str, list[str]]:
    assert plan.template is not None
    text = fill(plan.template, ticket, plan.actor)
    if not text.strip():
        return "", [_("The template has no text in a language for this customer.")]
    if marks := open_marks(text):
        return "", [
            _("The ticket does not know %(marks)s, which the template needs.") % {"marks": listed(marks)}
        ]
    return text, []


def _against_replying(plan: Plan, ticket: Ticket) -> list[str]:
    text, reasons = _reply_text(plan, ticket)
    if not reasons and plan.step:
        reasons = _against_step(plan, ticket, plan.step, reply=text)
    return reasons


def _reply(plan: Plan, ticket: Ticket) -> dict[str, Any]:
    text, reasons = _reply_text(plan, ticket)
    if reasons:
        raise StepRefused(reasons)
    message = add_reply(ticket, text, actor=plan.actor, step=plan.step, hold=undo_time() * HELD_LONGER)
    return {"message": message.pk}


def _reply_back(plan: Plan, ticket: Ticket, before: dict[str, Any]) -> Ticket:
    message = Message.objects.filter(pk=before.get("message") or 0).select_related("ticket").first()
    if message is None:
        raise StepRefused([_("The reply has been taken back already.")])
    return take_back_reply(message, actor=plan.actor).ticket


# --- Steps and merging ----------------------------------------------------------------------------------------------


def _against_step_itself(plan: Plan, ticket: Ticket) -> list[str]:
    return _against_step(plan, ticket, plan.step, **plan.extra)


def _step(plan: Plan, ticket: Ticket) -> dict[str, Any]:
    take_step(ticket, plan.step, actor=plan.actor, note=plan.note, **plan.extra)
    return _place(ticket) | {"cancel_reason": ticket.cancel_reason}


def _step_back(plan: Plan, ticket: Ticket, before: dict[str, Any]) -> Ticket:
    name, details = BACK[plan.step], dict[str, Any]()
    if name == "assign":
        details = {"assignee": User.objects.filter(pk=before.get("assignee") or 0).first()}
    if name == "cancel":
        details = {"cancel_reason": before.get("cancel_reason", "")}
    taken = take_step(ticket, name, actor=plan.actor, note=plan.note, **details)
    if plan.step == "hand_back" and before.get("status") == Status.WAITING:
        taken.__dict__.pop("has_open_question", None)
        taken = take_step(taken, "wait", actor=plan.actor, note=plan.note)
    return taken


def _against_merging(plan: Plan, ticket: Ticket) -> list[str]:
    assert plan.into is not None
    if plan.into.pk == ticket.pk:
        return [_("It is the ticket that the others are merged into.")]
    reasons = reasons_against_merging(ticket, plan.into)
    return reasons or _against_step(plan, ticket, "cancel", cancel_reason="merged", merged_into=plan.into)


def _merge(plan: Plan, ticket: Ticket) -> dict[str, Any]:
    assert plan.into is not None
    if plan.into.pk == ticket.pk:
        raise StepRefused([_("It is the ticket that the others are merged into.")])
    merge = merge_tickets(ticket, plan.into, actor=plan.actor, note=plan.note)
    return {"merge": merge.pk}


def _merge_back(plan: Plan, ticket: Ticket, before: dict[str, Any]) -> Ticket:
    merge = Merge.objects.filter(pk=before.get("merge") or 0, source=ticket).first()
    if merge is None:
        raise StepRefused([_("%(number)s is not merged any more.") % {"number": ticket.number}])
    return undo_merge(merge, actor=plan.actor)


_REASONS: dict[str, Callable[[Plan, Ticket], list[str]]] = {
    BulkAction.ASSIGN: _against_assigning, BulkAction.CLASSIFY: _against_classifying,
    BulkAction.TAG: _against_tagging, BulkAction.REPLY: _against_replying,
    BulkAction.STEP: _against_step_itself, BulkAction.MERGE: _against_merging,
}  # fmt: skip
_DOING: dict[str, Callable[[Plan, Ticket], dict[str, Any]]] = {
    BulkAction.ASSIGN: _assign, BulkAction.CLASSIFY: _classify, BulkAction.TAG: _tag, BulkAction.REPLY: _reply,
    BulkAction.STEP: _step, BulkAction.MERGE: _merge,
}  # fmt: skip
_BACK: dict[str, Callable[[Plan, Ticket, dict[str, Any]], Ticket]] = {
    BulkAction.ASSIGN: _assign_back, BulkAction.CLASSIFY: _classify_back, BulkAction.TAG: _tag_back,
    BulkAction.REPLY: _reply_back, BulkAction.STEP: _step_back, BulkAction.MERGE: _merge_back,
}  # fmt: skip
