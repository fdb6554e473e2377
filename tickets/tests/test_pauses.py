"""What becomes of a promise whose clock stands still while the customer is waited for."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from tickets.models import Ticket
from tickets.services import add_customer_message, add_reply


def test_what_is_kept_after_a_pause_was_due_when_what_was_left_would_have_passed(client, agent, ticket_in):
    with time_machine.travel("2026-03-02T02:00:00+00:00", tick=False):
        ticket = ticket_in("waiting")
    with time_machine.travel("2026-04-01T02:00:00+00:00", tick=False):
        add_reply(ticket, "包裹已签收，就此结束。", actor=agent, step="resolve")
        promise = ticket.promises.get(kind="resolution")
        assert promise.met_at == timezone.now()
        assert promise.broken_at is None
        assert promise.due_at > promise.met_at
    client.force_login(agent)
    clock = next(
        row for row in client.get(ticket.get_absolute_url()).context["clocks"] if row["label"] == "Resolution"
    )
    assert (clock["words"], clock["state"]) == ("Kept", "is-kept")
    assert (clock["met_full"], clock["due_full"]) == ("1 Apr 2026, 10:00", "3 Apr 2026, 10:00")


# In working hours, and after them: then it is due at the very end of a working day.
@pytest.mark.parametrize("received", ["2026-03-02T02:00:00+00:00", "2026-03-02T10:10:00+00:00"])
def test_what_was_overdue_before_the_pause_is_kept_late(agent, ticket_in, received):
    with time_machine.travel(received, tick=False):
        ticket = ticket_in("assigned")
    due_at = ticket.promises.get(kind="resolution").due_at
    with time_machine.travel(due_at + timedelta(hours=2), tick=False):
        # No sweep came in between.
        add_reply(ticket, "请问订单号？", actor=agent, step="wait")
    with time_machine.travel(due_at + timedelta(days=9), tick=False):
        add_reply(ticket, "已换新。", actor=agent, step="resolve")
    promise = ticket.promises.get(kind="resolution")
    assert (promise.due_at, promise.broken_at) == (due_at, due_at)


def test_a_calendar_that_was_emptied_meanwhile_holds_nobody_up(agent, customer, ticket_in):
    answered, resolved = ticket_in("waiting"), ticket_in("waiting")
    answered.promises.get(kind="resolution").policy.calendar.hours.all().delete()
    add_customer_message(answered, "订单号 TB-1", customer=customer)
    add_reply(resolved, "已换新。", actor=agent, step="resolve")
    statuses = [Ticket.objects.get(pk=ticket.pk).status for ticket in (answered, resolved)]
    assert statuses == ["assigned", "resolved"]
