"""The policy and the clock that the tests of escalation speak of."""

import pytest
import time_machine

from sla.models import SlaPolicy
from sla.services import record_version
from tickets.models import EscalationStage


@pytest.fixture
def clock():
    """2 March 2026, a Monday; ten in the morning in Shanghai."""
    with time_machine.travel("2026-03-02T02:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def policy(db):
    """Everything is promised a resolution in a hundred minutes by the clock, and nothing else; no stage yet."""
    EscalationStage.objects.all().delete()
    made = SlaPolicy.objects.get(name="Normal")
    SlaPolicy.objects.exclude(pk=made.pk).update(is_active=False)
    made.first_response_minutes = made.next_response_minutes = None
    made.resolution_minutes, made.resolution_counts = 100, "clock"
    made.save()
    record_version(made, reason="test")
    return made


@pytest.fixture
def stage(policy):
    """Makes a stage of the policy."""
    return lambda **fields: EscalationStage.objects.create(policy=policy, **fields)
