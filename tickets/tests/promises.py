"""What several tests of promises do: change the policy as a manager does, and look whether the clocks are right."""

from sla.clock import Clock, Pause, merged
from sla.models import SlaPolicy
from sla.services import record_version
from sla.terms import hours_of_version
from tickets.models import NEVER, Ticket


def set_policy(**fields):
    """Change the policy that serves ordinary tickets, as a manager does."""
    policy = SlaPolicy.objects.get(name="Normal")
    for name, value in fields.items():
        setattr(policy, name, value)
    policy.save()
    record_version(policy, reason="test")
    return policy


def check_the_clocks(ticket):
    """Every promise stands where its start, its hours and its pauses put it."""
    for promise in ticket.promises.filter(met_at__isnull=True, dropped_at__isnull=True):
        hours = hours_of_version(promise.calendar_version_id) if promise.counts == "business" else None
        pauses = merged(Pause(pause.started_at, pause.ended_at) for pause in promise.pauses.all())
        clock = Clock(promise.started_at, promise.target_minutes * 60, hours, pauses)
        assert clock.is_paused == promise.is_paused
        last = clock.pauses[-1].since if clock.pauses else promise.started_at
        assert promise.spent_seconds == clock.spent_seconds(last)
        if not clock.is_paused:
            assert promise.due_at == clock.due_at()
    ticket = Ticket.objects.get(pk=ticket.pk)
    running = [
        (promise.due_at, promise.kind)
        for promise in ticket.promises.filter(running_since_at__isnull=False, met_at__isnull=True)
    ]
    assert (ticket.due_at, ticket.due_kind) == min(running, default=(NEVER, ""))
