"""A manager writes a policy's chain of escalation, each stage as a sentence."""

import pytest
from django.urls import reverse

from sla.models import SlaPolicy
from sla.tests.test_admin import text_of
from sla.tests.test_versions import typed_policy
from tickets.models import EscalationStage, ReplyTemplate

pytestmark = [pytest.mark.django_db, pytest.mark.ground]


@pytest.fixture
def policy():
    """The last of the policies, without a stage."""
    EscalationStage.objects.all().delete()
    return SlaPolicy.objects.get(name="Normal")


@pytest.fixture
def write(client, manager, policy):
    """Sends the policy's form with these stages."""
    client.force_login(manager)

    def send(*stages):
        saved = sum("id" in stage for stage in stages)
        typed = typed_policy(policy, change_reason="Earlier warnings") | {
            "escalation_stages-TOTAL_FORMS": len(stages), "escalation_stages-INITIAL_FORMS": saved,
        }  # fmt: skip
        for number, stage in enumerate(stages):
            fields = {"unit": "percent", "side": "before", "is_active": "on", "policy": policy.pk, **stage}
            typed |= {f"escalation_stages-{number}-{name}": value for name, value in fields.items()}
        return client.post(reverse("admin:sla_slapolicy_change", args=[policy.pk]), typed)

    return send


@pytest.mark.parametrize(
    ("typed", "percent", "minutes"),
    [
        ({"amount": 25}, -25, None),
        ({"amount": 50, "side": "after"}, 50, None),
        ({"amount": 15, "unit": "minutes"}, None, -15),
        ({"amount": 60, "unit": "minutes", "side": "after"}, None, 60),
        ({"amount": 0, "unit": "minutes"}, None, 0),
    ],
)
def test_the_moment_is_written_as_one_says_it(write, policy, typed, percent, minutes):
    assert write({**typed, "tells_assignee": "on"}).status_code == 302
    stage = policy.escalation_stages.get()
    assert (stage.at_percent, stage.at_minutes) == (percent, minutes)


def test_a_saved_stage_comes_back_as_it_was_written_and_changes(write, client, policy):
    stage = EscalationStage.objects.create(policy=policy, at_minutes=-15, tells_leads=True)
    page = text_of(client.get(reverse("admin:sla_slapolicy_change", args=[policy.pk])))
    assert "Each promise, 15 min before it is due: tell the team’s leads" in page
    write({"id": stage.pk, "amount": 30, "unit": "minutes", "side": "after", "tells_leads": "on"})
    stage.refresh_from_db()
    assert stage.at_minutes == 30


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": 120, "tells_leads": "on"}, "100 % before it is due is the very start"),
        ({"amount": 99999, "unit": "minutes", "tells_leads": "on"}, "Give at most 43200."),
        ({"amount": 25}, "Say what happens: whom to tell, or what to change."),
        ({"amount": 25, "reassign": "team"}, "Choose the other team"),
    ],
)
def test_a_refusal_says_what_to_do(write, policy, typed, said):
    assert said in text_of(write(typed))
    assert not policy.escalation_stages.exists()


def test_another_team_is_chosen_together_with_giving_it(write, policy, other_team):
    page = text_of(write({"amount": 25, "tells_leads": "on", "to_team": other_team.pk}))
    assert "Choose “give it to another team” as well" in page
    assert write({"amount": 25, "reassign": "team", "to_team": other_team.pk}).status_code == 302
    assert "give it to the team “Kitchen appliances”" in str(policy.escalation_stages.get())


def test_only_a_finished_text_is_sent_by_itself(write, policy):
    template = ReplyTemplate.objects.create(name="Progress")
    assert "has no text yet" in text_of(write({"amount": 0, "progress_note": template.pk}))
    text = template.texts.create(language="en", body="Your order {order} is on its way.")
    assert "This text has the placeholder {order}" in text_of(
        write({"amount": 0, "progress_note": template.pk})
    )
    text.body = "Your ticket {number} is being worked on."
    text.save()
    assert write({"amount": 0, "progress_note": template.pk}).status_code == 302
    assert policy.escalation_stages.get().progress_note == template


def test_the_chain_stands_in_the_order_it_comes_around_the_due_moment(write, client, policy, manager):
    for fields in (
        {"at_minutes": 60, "priority": "high"},
        {"at_minutes": 0, "tells_leads": True},
        {"at_percent": -25, "tells_assignee": True, "watches": "resolution"},
        {"at_percent": -50, "tells_person": manager, "is_active": False},
    ):
        EscalationStage.objects.create(policy=policy, **fields)
    page = text_of(client.get(reverse("admin:sla_slapolicy_change", args=[policy.pk])))
    chain = page[page.index('<ol class="chain">') : page.index("</ol>", page.index('<ol class="chain">'))]
    places = [
        chain.index(words)
        for words in (
            "25 % of the time before it is due",
            "whoever has it",
            "Due",
            "leads",
            "1 h after it is due",
        )
    ]
    assert places == sorted(places)
    assert "Liu Yang" not in chain


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh-hans", "解决，到期前 25% 的时限：通知负责的客服"),
        ("zh-hant", "解決，到期前 25% 的時限：通知負責的客服"),
    ],
)
def test_the_sentence_is_in_the_managers_script(write, client, policy, manager, language, words):
    EscalationStage.objects.create(policy=policy, at_percent=-25, watches="resolution", tells_assignee=True)
    manager.language = language
    manager.save()
    assert words in text_of(client.get(reverse("admin:sla_slapolicy_change", args=[policy.pk])))
