"""Stopping and starting clocks when the last of a team goes off duty and the first comes on again."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from common.sweeping import Swept, one_by_one
from sla.models import PolicyVersion
from staff.duty_looks import DutyLook, looks_at_duty
from staff.models import Team
from staff.services import note_look
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
    """Let clocks stand and go by the duty of their teams, from the exact moments; return on how many tickets.

    It may come late, and twice. Without a rota in force nobody has said when the team is off, and its clocks run.
    """
    count = 0
    for look in _looks():
        if _is_to_follow(look):
            done, failed = _follow(look)
            count += done
            if not failed:
                # Else the same look comes again, for the ticket that failed; for the others it changes nothing.
                note_look(look)
    return count


def is_duty_to_follow() -> bool:
    """Whether some team's duty has changed, or some clock does not stand or go as its team's duty says."""
    return any(_is_to_follow(look) for look in _looks())


def _looks() -> Iterable[DutyLook]:
    # Most installations have no such policy: one query then.
    return looks_at_duty(timezone.now()) if some_clocks_rest_off_duty() else ()


def _is_to_follow(look: DutyLook) -> bool:
    return look.is_news or _tickets(look.team, _stands() if look.is_covered else ~_stands()).exists()


def _follow(look: DutyLook) -> Swept:
    return Swept(*(sum(part) for part in zip(*_follow_each(look), strict=True)))


def _follow_each(look: DutyLook) -> Iterator[Swept]:
    yield Swept(0, 0)
    if look.covered is None:
        yield _resume_all(look.team, look.now)
        return
    for gap in look.gaps:
        if gap.ends > look.now:
            yield _pause_all(look.team, gap.begins, None)
        else:
            yield _pause_all(look.team, gap.begins, gap.ends)
            yield _resume_all(look.team, gap.ends)
    if look.is_covered:
        yield _resume_all(look.team, look.since)


def pause_off_duty(team: Team, at: datetime, *, until: datetime | None = None) -> int:
    """Nobody of the team is on duty since `at`: stop the clocks whose policy says so; return on how many tickets.

    `at` may lie in the past, and the same call may come again: what was promised since then stands from its start.
    With `until` somebody has been on duty again since then.
    """
    return _pause_all(team, at, until).done


def resume_on_duty(team: Team, at: datetime) -> int:
    """Somebody of the team is on duty since `at`: let its clocks go on from then; return on how many tickets."""
    return _resume_all(team, at).done


def _pause_all(team: Team, at: datetime, until: datetime | None) -> Swept:
    tickets = _tickets(team, ~_stands(), before=until).order_by("id")
    return one_by_one(list(tickets.values_list("pk", flat=True)), partial(_pause, at=at, until=until))


def _resume_all(team: Team, at: datetime) -> Swept:
    tickets = _tickets(team, _stands()).order_by("id")
    return one_by_one(list(tickets.values_list("pk", flat=True)), partial(_resume, at=at))


def _stands() -> Exists:
    return Exists(PromisePause.objects.filter(promise=OuterRef("pk"), reason=OFF_DUTY, ended_at__isnull=True))


def _tickets(team: Team, condition: Any, *, before: datetime | None = None) -> QuerySet[Ticket]:
    """The team's open tickets with a promise that rests off duty and meets the condition."""
    promises = Promise.objects.filter(
        condition, ticket=OuterRef("pk"), met_at__isnull=True, dropped_at__isnull=True,
        policy_version__data__pauses_off_duty=True, **({"started_at__lt": before} if before else {}),
    )  # fmt: skip
    return Ticket.objects.open().filter(Exists(promises), team=team)


def _pause(ticket_id: int, at: datetime, until: datetime | None) -> bool:
    ticket, promises = _hold(ticket_id)
    stopped = False
    for promise in promises.open:
        if OFF_DUTY not in reasons_to_pause(promise) or OFF_DUTY in promises.pauses.standing(promise):
            continue
        spans = promises.pauses.spans(promise)
        ends = [span.ended_at for span in spans if span.reason == OFF_DUTY and span.ended_at]
        # What is broken stays broken, and what was entered is not entered twice, whatever is learnt later.
        since = max(at, promise.started_at, promise.broken_at or at, *ends)
        if until is None or since < until:
            promises.pauses.begin(promise, OFF_DUTY, since, until)
            promises.rewind(promise)
            stopped = True
    if stopped:
        keep_clocks(ticket, promises)
    return stopped


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
