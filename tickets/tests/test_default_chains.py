"""The chains that the default policies come with, and what a manager has shaped that stays as it is."""

import importlib
from datetime import timedelta

import pytest
from django.apps import apps

from sla.models import SlaPolicy
from sla.services import record_version
from tickets import services
from tickets.models import EscalationStage, ReplyTemplate

pytestmark = pytest.mark.django_db

seed = importlib.import_module("tickets.migrations.0008_default_chains").seed


def chain(policy):
    rows = EscalationStage.objects.filter(policy=policy, watches="resolution").order_by("id")
    return [(row.at_percent, row.at_minutes) for row in rows]


@pytest.fixture
def policies():
    """The default policies as the first seed left them."""
    EscalationStage.objects.filter(at_minutes=60).delete()
    ReplyTemplate.objects.all().delete()
    return SlaPolicy.objects.filter(name__in=["Urgent", "High", "Normal", "Low"])


def test_every_default_policy_has_a_stage_an_hour_late():
    chains = {policy.name: chain(policy) for policy in SlaPolicy.objects.all()}
    due, late = (None, 0), (None, 60)
    assert chains == {
        "Urgent": [(-25, None), due, late], "High": [(-25, None), due, late], "Normal": [due, late],
        "Low": [due, late],
    }  # fmt: skip
    assert set(ReplyTemplate.objects.get().texts.values_list("language", flat=True)) == {
        "en", "zh-hans", "zh-hant",
    }  # fmt: skip


def test_the_stages_are_as_a_manager_could_save_them():
    for stage in EscalationStage.objects.all():
        stage.full_clean()


def test_what_a_manager_has_shaped_stays(policies):
    urgent, high, normal = (policies.get(name=name) for name in ("Urgent", "High", "Normal"))
    urgent.resolution_minutes += 1
    urgent.save()
    record_version(urgent, reason="longer")
    EscalationStage.objects.filter(policy=high).delete()
    EscalationStage.objects.filter(policy=normal, watches="resolution").update(tells_leads=False)
    seed(apps, None)
    late = EscalationStage.objects.filter(at_minutes=60)
    assert set(late.values_list("policy__name", flat=True)) == {"Low"}
    seed(apps, None)
    assert late.count() == 2
    assert ReplyTemplate.objects.count() == 1


def test_an_hour_late_the_customer_is_told_and_reads_it_as_a_message_of_the_team(
    ticket_in, client, agent, clock
):
    ticket = ticket_in("assigned")
    promise = ticket.promises.get(kind="resolution")
    clock.move_to(promise.due_at + timedelta(days=4))
    services.fire_due_stages()
    note = ticket.messages.get(purpose="progress")
    assert note.body.startswith(f"您好！\n\n您的工单 {ticket.number} 仍在处理中。")
    assert "［" not in note.body
