"""The whole way of a ticket by the services."""

import pytest
from django.urls import reverse

from common.links import link_path
from tickets.choices import Status, SurveyOutcome
from tickets.services import take_step


@pytest.mark.parametrize("status", Status.values)
def test_a_ticket_reaches_every_state(status, ticket_in):
    ticket = ticket_in(status)
    assert ticket.status == status
    assert ticket.events.count() >= 2


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "已结案"), ("zh-hant", "已結案")])
@pytest.mark.parametrize("outcome", SurveyOutcome.values)
def test_the_last_state_is_called_the_same_everywhere_whatever_became_of_the_survey(
    outcome, language, words, client, agent, ticket_in
):
    ticket = take_step(ticket_in("resolved", language=language), "survey", actor=None, outcome=outcome)
    agent.language = language
    agent.save()
    client.force_login(agent)
    for place in (ticket.get_absolute_url(), f"{reverse('tickets:queue')}?q={ticket.number}"):
        assert words in client.get(place).content.decode()
    client.logout()
    assert words in client.get(link_path("ticket", ticket.link_nonce)).content.decode()
