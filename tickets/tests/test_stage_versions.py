"""The stages of escalation belong to their policy's versions: recorded, told in words, and brought back."""

import pytest
from django.urls import reverse

from sla.differences import differences
from sla.models import PolicyVersion
from sla.services import record_version, restore_version
from sla.tests.test_versions import typed_policy
from staff.models import Team
from tickets import services
from tickets.models import EscalationStage, StageFiring

pytestmark = pytest.mark.django_db


@pytest.fixture
def save(client, manager, policy):
    """Saves the policy's form with one stage changed, or another one, as the manager does."""
    manager.language = "en"
    manager.save()
    client.force_login(manager)

    def send(reason="Warn earlier", **fields):
        row = EscalationStage.objects.filter(policy=policy).first()
        stage = {"amount": "0", "unit": "percent", "side": "before", "is_active": "on", "tells_leads": "on"}
        typed = typed_policy(policy, change_reason=reason) | {
            "escalation_stages-TOTAL_FORMS": "1", "escalation_stages-INITIAL_FORMS": "1" if row else "0",
            "escalation_stages-0-policy": policy.pk,
            **({"escalation_stages-0-id": row.pk} if row else {}),
            **{f"escalation_stages-0-{name}": value for name, value in (stage | fields).items()},
        }  # fmt: skip
        typed = {name: "" if value is None else value for name, value in typed.items()}
        return client.post(reverse("admin:sla_slapolicy_change", args=[policy.pk]), typed)

    return send


def changes(policy):
    newer, older = policy.versions.order_by("-number")[:2]
    return [(one.what, one.before, one.after) for one in differences(older.data, newer.data)]


def test_changing_only_a_stage_asks_why_and_makes_a_version(save, policy, manager, client):
    count = policy.versions.count()
    page = save(reason="", amount="25")
    assert page.status_code == 200
    assert "Fill in “Reason for the change”" in page.text
    assert not EscalationStage.objects.exists()
    assert save(amount="25").status_code == 302
    version = policy.versions.order_by("-number").first()
    assert (version.number, version.reason, version.made_by) == (count + 1, "Warn earlier", manager)
    sentence = "Each promise, 25 % of the time before it is due: tell the team’s leads"
    assert changes(policy) == [("Escalation stage", "–", sentence)]
    assert sentence in client.get(reverse("admin:sla_slapolicy_versions", args=[policy.pk])).text
    save(amount="50")
    assert changes(policy) == [("Escalation stage", sentence, sentence.replace("25", "50"))]
    save(is_active="", amount="50")
    assert changes(policy)[0][2].endswith("(not in use)")


def test_a_version_from_before_stages_were_recorded_is_no_reason_for_a_new_one(policy, save):
    newest = policy.versions.order_by("-number").first()
    old = {key: value for key, value in newest.data.items() if key != "escalation"}
    PolicyVersion.objects.create(policy=policy, number=newest.number + 1, cause="edited", data=old)
    EscalationStage.objects.create(policy=policy, at_percent=0, tells_leads=True)
    assert record_version(policy).number == newest.number + 1
    save(amount="25")
    sentence = "Each promise, 25 % of the time before it is due: tell the team’s leads"
    assert changes(policy) == [("Escalation stage", "not recorded", sentence)]


def test_restoring_brings_the_stages_back_under_their_keys(policy, stage, clock, ticket_in, client, manager):
    first = stage(at_percent=-50, tells_leads=True)
    second = stage(at_percent=0, tells_assignee=True)
    version = record_version(policy, reason="two stages")
    ticket = ticket_in("assigned")
    clock.shift(50 * 60)
    assert services.fire_due_stages() == 1
    EscalationStage.objects.filter(pk=first.pk).delete()
    second.at_percent = 100
    second.save()
    stage(at_minutes=30, tells_leads=True)
    record_version(policy, reason="others")
    client.force_login(manager)
    url = reverse("admin:sla_slapolicy_restore", args=[policy.pk, version.number])
    client.post(url, {"reason": "It was better"})
    found = EscalationStage.objects.filter(policy=policy).order_by("id")
    assert list(found.values_list("pk", "at_percent")) == [(first.pk, -50), (second.pk, 0)]
    assert policy.versions.order_by("-number").first().data["escalation"] == version.data["escalation"]
    promise = ticket.promises.get(kind="resolution", dropped_at__isnull=True)
    # The running promise waits for the stage that came back, and what has fired does not fire again.
    assert promise.next_stage_at == promise.due_at
    clock.shift(50 * 60)
    assert services.fire_due_stages() == 1
    assert StageFiring.objects.filter(promise=promise).count() == 2


def test_what_a_stage_named_and_is_gone_does_not_come_back(policy, stage, manager, other_team, person):
    gone = person("agent", "Gone Soon")
    stage(at_percent=0, tells_leads=True, watcher=gone)
    stage(at_percent=50, tells_person=gone)
    stage(at_percent=75, reassign="team", to_team=other_team)
    version = record_version(policy, reason="three stages")
    gone.delete()
    Team.objects.filter(pk=other_team.pk).delete()
    EscalationStage.objects.all().delete()
    restore_version(version, actor=manager, reason="It was better")
    (left,) = EscalationStage.objects.filter(policy=policy)
    assert (left.at_percent, left.watcher) == (0, None)
    assert changes(policy)


def test_a_version_with_other_stages_moves_no_open_ticket(policy, save, ticket_in, client):
    ticket_in("assigned")
    save(amount="25")
    assert not services.run_by_earlier(policy).exists()
    policy.refresh_from_db()
    policy.resolution_minutes = 50
    policy.save()
    record_version(policy, reason="quicker")
    save(amount="50")
    assert services.run_by_earlier(policy).count() == 1
