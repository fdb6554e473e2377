"""The whole way of a ticket by the services."""

import pytest

from tickets.choices import Status


@pytest.mark.parametrize("status", Status.values)
def test_a_ticket_reaches_every_state(status, ticket_in):
    ticket = ticket_in(status)
    assert ticket.status == status
    assert ticket.events.count() >= 2
