"""Stopping and starting clocks when the last of a team goes off duty and the first comes on again."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from sla.models import PolicyVersion
from staff.duty import duty_since
from staff.models import Team
from tickets.choices import PauseReason
from tickets.models import Promise, PromisePause, Ticket
from tickets.rulebook import current_rulebook
from tickets.services.pauses import reasons_to_pause
from tickets.services.promises import PromiseBook
from tickets.services.turn import keep_clocks

OFF_DUTY = PauseReason.OFF_DUTY


def some_clocks_rest_off_duty() -> bool:
    """Whether any policy lets, or once let, clocks stand still while nobody is on duty."""
    return PolicyVersion.objects.filter(data__pauses_off_duty=True).exists()


def follow_duty() -> int:
    """Stop and start every team’s clocks by its rota, at the very moments of its shifts; return on how many tickets.

    It may come late, and twice. Without a rota in force nobody has said when the team is off, and its clocks run.
    """
    if not some_clocks_rest_off_duty():
        return 0
    return sum(_follow(team, timezone.now()) for team in Team.objects.filter(is_active=True).order_by("pk"))


def _follow(team: Team, now: datetime) -> int:
    is_covered, since = duty_since(team.pk, now) or (True, now)
    return resume_on_duty(team, since) if is_covered else pause_off_duty(team, since)


def pause_off_duty(team: Team, at: datetime) -> int:
    """Nobody of the team is on duty since `at`: stop the clocks whose policy says so; return on how many tickets.

    `at` may lie in the past, and the same call may come again: what was promised since then stands from its start.
    """
    return sum(_pause(ticket, at) for ticket in _tickets(team, ~Exists(_open_pauses())))


def resume_on_duty(team: Team, at: datetime) -> int:
    """Somebody of the team is on duty since `at`: let its clocks go on from then; return on how many tickets."""
    return sum(_resume(ticket, at) for ticket in _tickets(team, Exists(_open_pauses())))


def _open_pauses() -> QuerySet[PromisePause]:
    return PromisePause.objects.filter(promise=OuterRef("pk"), reason=OFF_DUTY, ended_at__isnull=True)


def _tickets(team: Team, condition: Any) -> list[int]:
    """The team's open tickets with a promise that rests off duty and meets the condition."""
    promises = Promise.objects.filter(
        condition, ticket=OuterRef("pk"), met_at__isnull=True, dropped_at__isnull=True,
        policy_version__data__pauses_off_duty=True,
    )  # fmt: skip
    found = Ticket.objects.open().filter(Exists(promises), team=team)
    return list(found.order_by("id").values_list("pk", flat=True))


@transaction.atomic
def _pause(ticket_id: int, at: datetime) -> bool:
    ticket, promises = _hold(ticket_id)
    stopped = [
        promise
        for promise in promises.open
        if OFF_DUTY in reasons_to_pause(promise) and OFF_DUTY not in promises.pauses.standing(promise)
    ]
    for promise in stopped:
        # What is broken stays broken, whatever is learnt later.
        since = max(at, promise.started_at, promise.broken_at or at)
        promises.pauses.begin(promise, OFF_DUTY, since)
        promises.rewind(promise)
    if stopped:
        keep_clocks(ticket, promises)
    return bool(stopped)


@transaction.atomic
def _resume(ticket_id: int, at: datetime) -> bool:
    ticket, promises = _hold(ticket_id)
    held = [promise for promise in promises.open if OFF_DUTY in promises.pauses.standing(promise)]
    for promise in held:
        spans = promises.pauses.spans(promise)
        since = max(span.started_at for span in spans if span.reason == OFF_DUTY)
        promises.pauses.end(promise, OFF_DUTY, max(at, since))
        promises.rewind(promise)
    if held:
        keep_clocks(ticket, promises)
    return bool(held)


def _hold(ticket_id: int) -> tuple[Ticket, PromiseBook]:
    ticket = Ticket.objects.select_for_update(of=("self",)).select_related("customer").get(pk=ticket_id)
    return ticket, PromiseBook(ticket, current_rulebook, timezone.now())
