"""Firing the stages of an escalation: each once, with all that it does, in one transaction with its event."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from common.sweeping import LOOKED_AT, one_by_one
from sla.models import SlaPolicy
from tickets.models import EscalationStage, Promise, StageFiring, Ticket
from tickets.services.door import lock
from tickets.services.stage_actions import act
from tickets.services.turn import Turn, keep_clocks

BATCH = 200


def stages_due() -> QuerySet[Promise]:
    """Promises whose next escalation stage has come."""
    return Promise.objects.filter(next_stage_at__lte=timezone.now())


def fire_due_stages() -> int:
    """Fire the stages that have come; return how many. What a killed worker left undone the next one finds."""
    due = stages_due().order_by("next_stage_at", "id").values_list("pk", "ticket")
    return one_by_one(due[:LOOKED_AT], _fire, most=BATCH).done


def _fire(due: tuple[int, int]) -> int:
    """Fire what has come of one promise, given by its key and its ticket's."""
    promise_id, ticket_id = due
    turn = Turn(lock(Ticket(pk=ticket_id)), actor=None, is_quiet=True)
    held = next((one for one in turn.promises.open if one.pk == promise_id), None)
    if held is None:
        # Met meanwhile, and nothing is left to warn of.
        Promise.objects.filter(pk=promise_id, next_stage_at__isnull=False).update(next_stage_at=None)
        return 0
    stages = _not_fired(held, turn.promises.due_stages(held))
    StageFiring.objects.bulk_create(
        StageFiring(promise=held, stage=stage, fired_at=turn.now) for stage in stages
    )
    for stage in stages:
        turn = act(turn, held, stage)
    # Without a stage the clock was stopped or set anew since it was looked at.
    turn.close()
    return len(stages)


def _not_fired(promise: Promise, stages: list[EscalationStage]) -> list[EscalationStage]:
    """Those of the stages that have not fired for the promise: one may have been moved on after it had."""
    if not stages:
        return stages
    fired = set(StageFiring.objects.filter(promise=promise, stage__in=stages).values_list("stage", flat=True))
    return [stage for stage in stages if stage.pk not in fired]


def plan_stages(policy: SlaPolicy) -> None:
    """After a policy's stages were changed: find the next one anew for each promise that runs by it."""
    running = Promise.objects.filter(
        policy=policy, met_at__isnull=True, dropped_at__isnull=True, running_since_at__isnull=False
    )
    one_by_one(list(running.order_by("ticket").values_list("ticket", flat=True).distinct()), _plan)


@transaction.atomic
def _plan(ticket_id: int) -> bool:
    turn = Turn(lock(Ticket(pk=ticket_id)), actor=None)
    for promise in turn.promises.open:
        turn.promises.plan(promise)
    keep_clocks(turn.ticket, turn.promises)
    return True
