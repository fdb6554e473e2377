"""What becomes of invitations that nobody answers."""

import pytest

from surveys import services, tasks
from tickets.models import Ticket
from tickets.services import take_step

pytestmark = pytest.mark.django_db


def test_there_is_one_reminder(invite, later):
    invitation = invite()
    with later(days=2):
        assert services.remind_and_close() == 0
    with later(days=3, hours=2):
        assert services.invitations_due().get() == invitation
        assert tasks.remind_and_close.call() == 1
        assert services.remind_and_close() == 0
    message = invitation.ticket.messages.get(purpose="survey_reminder")
    assert message.delivery == "queued"
    assert f"{{{{link:survey:{invitation.link_nonce}}}}}" in message.body
    invitation.refresh_from_db()
    assert invitation.reminded_at
    assert invitation.closed_at is None


def test_a_survey_without_reminder_days_reminds_nobody(invite, survey, later):
    survey.reminder_days = 0
    survey.save()
    invite()
    with later(days=10):
        assert services.remind_and_close() == 0


def test_an_expired_invitation_ends_without_response(invite, later):
    invitation = invite()
    with later(days=15):
        assert services.remind_and_close() == 1
        assert services.remind_and_close() == 0
    invitation.refresh_from_db()
    ticket = Ticket.objects.get(pk=invitation.ticket_id)
    assert invitation.closed_at
    assert (ticket.status, ticket.survey_outcome) == ("surveyed", "no_response")
    assert not invitation.ticket.messages.filter(purpose="survey_reminder").exists()


def test_a_ticket_reopened_meanwhile_closes_its_invitation(invite, agent):
    invitation = invite()
    take_step(invitation.ticket, "reopen", actor=agent, note="又坏了")
    assert services.remind_and_close() == 1
    invitation.refresh_from_db()
    ticket = Ticket.objects.get(pk=invitation.ticket_id)
    assert invitation.closed_at
    assert ticket.status == "assigned"
