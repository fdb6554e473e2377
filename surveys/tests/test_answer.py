"""Taking answers, and what a low score brings about."""

import pytest

from staff.models import Membership
from surveys import services
from surveys.models import Response
from surveys.services import SurveyClosed
from tickets.models import Guard, Ticket
from tickets.services import take_step

pytestmark = pytest.mark.django_db


def test_answers_are_kept_and_the_ticket_is_surveyed(invite, questions, customer):
    invitation = invite()
    given = {questions["score_5"].pk: 5, questions["choice"].pk: "yes", questions["score_10"].pk: 9,
             questions["text"].pk: "很快"}  # fmt: skip
    response = services.answer(invitation, given)
    assert (response.score, response.is_low) == (5, False)
    kept = {row.question.kind: (row.number, row.choice, row.text) for row in response.answers.all()}
    assert kept == {
        "score_5": (5, "", ""), "choice": (None, "yes", ""), "score_10": (9, "", ""), "text": (None, "", "很快"),
    }  # fmt: skip
    ticket = invitation.ticket
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert (ticket.status, ticket.survey_outcome) == ("surveyed", "answered")
    event = ticket.events.get(kind="survey_answered")
    assert event.data == {"invitation": invitation.pk, "score": 5}
    assert event.customer == customer
    assert not ticket.events.filter(kind="low_score").exists()
    assert not ticket.tags.exists()


def test_what_was_left_out_is_no_answer(invite, questions):
    response = services.answer(
        invite(), {questions["score_5"].pk: 4, questions["choice"].pk: "", questions["score_10"].pk: None}
    )
    assert response.answers.count() == 1


def test_an_invitation_is_answered_once(invite, questions):
    invitation = invite()
    services.answer(invitation, {questions["score_5"].pk: 5})
    with pytest.raises(SurveyClosed) as refused:
        services.answer(invitation, {questions["score_5"].pk: 1})
    assert refused.value.reason == "answered"
    assert Response.objects.get().score == 5


def test_an_expired_invitation_is_refused(invite, questions, later):
    invitation = invite()
    with later(days=15), pytest.raises(SurveyClosed) as refused:
        services.answer(invitation, {questions["score_5"].pk: 5})
    assert refused.value.reason == "expired"


def test_an_answer_to_a_reopened_ticket_is_refused(invite, questions, agent):
    invitation = invite()
    take_step(invitation.ticket, "reopen", actor=agent, note="又坏了")
    with pytest.raises(SurveyClosed) as refused:
        services.answer(invitation, {questions["score_5"].pk: 5})
    assert refused.value.reason == "reopened"


def test_a_low_score_informs_the_lead_and_marks_the_ticket(invite, questions, lead):
    invitation = invite()
    services.answer(
        invitation, {questions["score_5"].pk: 2, questions["text"].pk: "等了一周 {{link:ticket:x}}"}
    )
    ticket = invitation.ticket
    assert Response.objects.get().is_low
    assert ticket.events.get(kind="low_score").data == {"score": 2}
    assert ticket.tags.get().code == "low-score"
    note = ticket.messages.get(purpose="staff")
    assert (note.kind, note.delivery, note.recipient) == ("note", "queued", lead.email)
    assert "Low score 2" in note.subject
    assert "等了一周" in note.body
    assert "{{link:" not in note.body
    assert ticket.get_absolute_url() in note.body


def test_the_lead_reads_it_in_his_language(invite, questions, lead):
    lead.language = "zh-hant"
    lead.save()
    invitation = invite()
    services.answer(invitation, {questions["score_5"].pk: 1})
    note = invitation.ticket.messages.get(purpose="staff")
    assert note.language == "zh-hant"
    assert "客戶" in note.body


def test_the_ticket_of_a_low_score_can_be_reopened_by_its_agent(invite, questions, agent):
    invitation = invite()
    services.answer(invitation, {questions["score_5"].pk: 1})
    assert take_step(invitation.ticket, "reopen", actor=agent, note="客户不满意").status == "assigned"


def test_without_a_named_lead_whoever_may_lead_in_the_team_is_informed(invite, questions, lead):
    Membership.objects.update(is_lead=False)
    invitation = invite()
    services.answer(invitation, {questions["score_5"].pk: 1})
    assert invitation.ticket.messages.get(purpose="staff").recipient == lead.email


def test_without_any_lead_the_managers_are_informed(invite, questions, lead, manager):
    invitation = invite()
    lead.is_active = False
    lead.save()
    services.answer(invitation, {questions["score_5"].pk: 1})
    assert invitation.ticket.messages.get(purpose="staff").recipient == manager.email


def test_a_guard_on_the_step_does_not_cost_the_answers(invite, questions):
    invitation = invite()
    Guard.objects.create(name="Needs an order", step="survey", required_fields=["order"])
    services.answer(invitation, {questions["score_5"].pk: 5})
    assert Response.objects.exists()
    ticket = Ticket.objects.get(pk=invitation.ticket_id)
    assert ticket.status == "resolved"
    # And it is not asked about again.
    assert not services.tickets_to_ask().exists()
