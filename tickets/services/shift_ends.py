"""What becomes of open tickets when somebody's shift is over: handed back to the queue, or over to the next shift."""

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common.sweeping import one_by_one
from staff.models import DutyEvent, Rota, Team, User
from staff.services import record_duty
from staff.shift_ends import ShiftEnd, ends_to_work_off
from tickets.choices import Status
from tickets.models import Ticket
from tickets.services.assigning import give_to_team
from tickets.services.door import lock
from tickets.services.refusal import StepRefused
from tickets.services.turn import Turn


def work_off_shift_ends() -> int:
    """Apply each team's rule to whose shift is over; return how many shift ends were worked off."""
    return one_by_one(ends_to_work_off(timezone.now()), _work_off_once).done


def _work_off_once(end: ShiftEnd) -> bool:
    try:
        with transaction.atomic():
            _work_off(end)
    except IntegrityError:
        # Another worker was first; all of this one's work is undone.
        if not DutyEvent.objects.filter(key=end.key).exists():
            raise
        return False
    return True


def _work_off(end: ShiftEnd) -> None:
    user, team = User.objects.get(pk=end.user_id), Team.objects.get(pk=end.team_id)
    held = Ticket.objects.filter(assignee=user, team=team, status=Status.ASSIGNED).order_by("due_at", "id")
    passed_on: list[list[int | None]] = []
    # Who is off now reads it tomorrow, in his own language.
    with translation.override(user.language):
        reason = _("End of shift.")
    order = list(held.values_list("pk", flat=True))
    # All tickets are held before the first is given on, which holds the team: as everybody else does it.
    tickets = {pk: lock(Ticket(pk=pk)) for pk in sorted(order)}
    for ticket in (tickets[pk] for pk in order):
        if ticket.assignee_id == user.pk and ticket.status == Status.ASSIGNED:
            passed_on += _pass_on(ticket, user, reason, to_next=end.rule == Rota.AtShiftEnd.HAND_OVER)
    data = {"ended_at": end.at.isoformat(), "rule": str(end.rule), "tickets": passed_on}
    record_duty(DutyEvent.Kind.SHIFT_ENDED, team=team, user=user, actor=None, data=data, key=end.key)


def _pass_on(ticket: Ticket, user: User, reason: str, *, to_next: bool) -> list[list[int | None]]:
    """Give the ticket on, and tell as [ticket, to whom]; without anybody to have it, it waits in the team's queue."""
    turn = Turn(ticket, actor=None)
    team = turn.rulebook.teams.get(ticket.team_id or 0) if to_next else None
    try:
        if team is None or not give_to_team(turn, team, note=reason, leaves=user):
            turn.step("hand_back", note=reason)
            if to_next:
                # The next shift gets it as soon as somebody of it is there.
                ticket.assigned_at = None
    except StepRefused:
        # A guard of the manager asks for more than a rule can give: the ticket stays where it is.
        return []
    turn.close()
    return [[ticket.pk, ticket.assignee_id]]
