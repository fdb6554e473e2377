"""Macros: which somebody may use on a ticket, and using one."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from common.wording import listed
from staff.models import User
from tickets.choices import EventKind, Status
from tickets.models import Macro, MacroUse, Ticket
from tickets.services.actions import changes_of, do_all, step_of
from tickets.services.conversation import add_reply
from tickets.services.door import lock
from tickets.services.refusal import StepRefused
from tickets.services.taking_back import undo_time
from tickets.services.templates import fill, open_marks
from tickets.services.turn import Turn
from tickets.workflow import STEPS

# So long is “lately”, for how often a macro was used.
LATELY = timedelta(days=30)


def macros_for(user: User, ticket: Ticket) -> list[Macro]:
    """The macros that the user may use on such tickets, with their texts: those of the nearest category first.

    Of those alike the manager's order counts, then how often they were used lately (`use_count`).
    """
    near = ticket.category.ancestor_ids if ticket.category else []
    lately = Count("uses", filter=Q(uses__used_at__gte=timezone.now() - LATELY), distinct=True)
    mine = Macro.objects.filter(Q(teams=None) | Q(teams__in=user.team_ids), is_active=True)
    fitting = (
        mine.filter(Q(for_category=None) | Q(for_category__in=near)).distinct().annotate(use_count=lately)
    )
    rows: list[Any] = list(
        fitting.select_related("category", "team", "assignee", "article")
        .prefetch_related("texts", "add_tags", "remove_tags")
    )  # fmt: skip
    place = {pk: number for number, pk in enumerate(near)}
    rows.sort(
        key=lambda row: (place.get(row.for_category_id or 0, len(near)), row.position, -row.use_count, row.pk)
    )
    return rows


def obstacle(macro: Macro, ticket: Ticket) -> str:
    """Why the macro cannot be used on a ticket in this state, seen from the life cycle; empty when it can."""
    status = Status(ticket.status)
    if (macro.category_id and macro.category_id != ticket.category_id) or (
        macro.priority and status == Status.RECEIVED
    ):
        if status not in STEPS["classify"].sources:
            return _wants(status, "classify")
        status = Status.CLASSIFIED
    if macro.takes_ticket or macro.assignee_id or macro.team_id:
        if status not in STEPS["assign"].sources and ticket.assignee_id is None:
            return _wants(status, "assign")
        status = Status.ASSIGNED if macro.team_id is None else status
    if macro.step and status not in STEPS[macro.step].sources:
        return _wants(status, macro.step)
    return ""


@transaction.atomic
def run_macro(
    ticket: Ticket, macro: Macro, *, actor: User, body: str | None = None, expected_version: int | None = None
) -> Ticket:
    """Do all that the macro says, or nothing: raise StepRefused, which says what is not possible, or StaleTicket.

    `body` is the reply as the agent changed it; else the macro's words are filled in. The reply can be taken back for
    the usual time, and the step that goes with it.
    """
    held = lock(ticket, expected_version=expected_version)
    if reason := _not_for(macro, held, actor):
        raise StepRefused([reason])
    reply = fill(macro, held, actor).strip() if body is None else body.strip()
    if marks := open_marks(reply):
        raise StepRefused(
            [
                _("The reply still has %(marks)s where the ticket has nothing. Write what belongs there.")
                % {"marks": listed(marks)}
            ]
        )
    turn = Turn(held, actor=actor, is_quiet=True)
    turn.record(EventKind.MACRO, macro=macro.pk, name=macro.name)
    turn.close()
    MacroUse.objects.create(macro=macro)
    works = changes_of(macro, held, actor=actor, takes=macro.takes_ticket)
    if not reply:
        do_all([*works, *step_of(macro, held, actor=actor)])
    elif macro.step in ("", "wait", "resolve"):
        do_all([*works, (_("Reply"), lambda: _reply(held, reply, actor, step=macro.step))])
    else:
        # What the step makes possible comes first: a resolved ticket is reopened, then answered.
        step = step_of(macro, held, actor=actor)
        do_all([*works, *step, (_("Reply"), lambda: _reply(held, reply, actor))])
    return Ticket.objects.select_related("customer", "category", "team", "assignee").get(pk=held.pk)


def _reply(ticket: Ticket, reply: str, actor: User, **step: Any) -> None:
    add_reply(ticket, reply, actor=actor, hold=undo_time(), **step)


def _not_for(macro: Macro, ticket: Ticket, user: User) -> str:
    if not macro.is_active:
        return _("The macro “%(macro)s” is not in use any more.") % {"macro": macro}
    teams = {team.pk for team in macro.teams.all()}
    if teams and teams.isdisjoint(user.team_ids):
        return _("The macro “%(macro)s” is for other teams. Ask a manager.") % {"macro": macro}
    if macro.for_category_id and not (ticket.category and ticket.category.is_within([macro.for_category_id])):
        return _("The macro “%(macro)s” is for tickets of “%(category)s”.") % {
            "macro": macro,
            "category": macro.for_category,
        }
    return ""


def _wants(status: Status, step: str) -> str:
    sources = _(" or ").join(str(Status(one).label) for one in Status.values if one in STEPS[step].sources)
    return _("The ticket would be %(status)s; the step “%(step)s” needs a ticket that is %(sources)s.") % {
        "status": status.label,
        "step": STEPS[step].label,
        "sources": sources,
    }
