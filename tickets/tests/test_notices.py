"""People are told what concerns them, in the page and by mail; tickets come back at a set moment; time adds up."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from tickets.models import Notice, Ticket, TimeEntry
from tickets.services import (
    StepRefused,
    add_customer_message,
    add_note,
    add_time,
    change_time,
    count_visit,
    fire_due_stages,
    set_follow_up,
    take_step,
    wake_follow_ups,
)


def told(user) -> list[str]:
    """What the user was told, oldest first."""
    return list(Notice.objects.filter(user=user, is_shown=True).order_by("id").values_list("kind", flat=True))


@pytest.fixture
def ticket(ticket_in):
    """The agent's own; he gave it to himself, so nobody tells him."""
    return ticket_in("assigned")


def test_people_are_told_what_others_did(ticket, agent, colleague, lead, customer):
    assert told(agent) == []
    ticket.watchers.add(lead)
    add_customer_message(ticket, "还有", customer=customer)
    assert (told(agent), told(lead), told(colleague)) == (["answered"], ["answered"], [])
    take_step(ticket, "assign", actor=lead, assignee=colleague)
    add_note(ticket, "@Li Wei 请看一下；@li wei 再看。", actor=colleague)
    assert (told(agent), told(colleague)) == (["answered", "mentioned"], ["assigned"])


def test_who_is_mentioned_sees_the_ticket(ticket, agent, agent_of_another_team, client):
    add_note(ticket, "＠Wang Fang，仓库那边请回一下", actor=agent)
    assert told(agent_of_another_team) == ["mentioned"]
    assert ticket.is_visible_to(agent_of_another_team)
    client.force_login(agent_of_another_team)
    notice = Notice.objects.get(user=agent_of_another_team)
    opened = client.post(reverse("tickets:open-notice", args=[notice.pk]))
    assert opened.url.endswith(f"#m{ticket.messages.latest('id').pk}")
    assert client.get(reverse("tickets:bell"), {"count": ""}).status_code == 204


def test_each_person_chooses_but_a_mention_always_comes(ticket, agent, colleague, customer, client):
    client.force_login(agent)
    client.post(reverse("staff:choose-notices"), {"page": ["promise"], "mail": ["assigned"]})
    agent.refresh_from_db()
    add_customer_message(Ticket.objects.get(pk=ticket.pk), "还有", customer=customer)
    add_note(ticket, "@Li Wei 请看", actor=colleague)
    assert told(agent) == ["mentioned"]


def test_a_promise_that_is_about_to_break_rings(clock, policy, stage, ticket_in, agent):
    stage(at_percent=-50, tells_assignee=True)
    ticket_in("assigned")
    clock.shift(timedelta(minutes=60))
    fire_due_stages()
    assert told(agent) == ["promise"]


def test_the_bell_counts_and_the_list_is_read(ticket, agent, customer, client, django_assert_num_queries):
    client.force_login(agent)
    for number in range(3):
        add_customer_message(ticket, f"第 {number} 次", customer=customer)
    bell = reverse("tickets:bell")
    with django_assert_num_queries(3):  # session, user, and how many
        assert ">3<" in client.get(bell).text
    assert client.get(bell, {"count": "3"}).status_code == 204
    page = client.get(reverse("tickets:notices"))
    assert [notice["is_read"] for notice in page.context["notices"]] == [False] * 3
    # Whoever opens the ticket has read it.
    client.post(reverse("tickets:presence", args=[ticket.pk]), {"state": "reading"})
    assert client.get(bell, {"count": ""}).status_code == 204


# --- Coming back -----------------------------------------------------------------------------------------------------


def test_a_ticket_comes_back_when_its_moment_has_come(ticket, agent, lead, client):
    client.force_login(lead)
    place = reverse("tickets:follow-up", args=[ticket.pk])
    assert client.post(place, {}).status_code == 422
    assert client.post(place, {"at": "2020-01-01T10:00"}).status_code == 422
    assert client.post(place, {"quick": "hour", "note": "仓库回话"}).status_code == 302
    assert wake_follow_ups() == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert wake_follow_ups() == 1
        assert wake_follow_ups() == 0
    assert told(agent) == ["follow_up"]
    events = ticket.events.filter(kind="follow_up").values_list("data__what", "actor")
    assert list(events) == [("set", lead.pk), ("due", None)]
    assert client.get(reverse("tickets:history", args=[ticket.pk])).status_code == 200
    set_follow_up(ticket, timezone.now() + timedelta(days=1), actor=agent)
    client.post(place, {"quick": "none"})
    assert Ticket.objects.get(pk=ticket.pk).follow_up_at is None


def test_a_date_is_in_the_readers_zone(ticket, agent, client):
    agent.time_zone = "America/New_York"
    agent.save()
    client.force_login(agent)
    with time_machine.travel("2026-11-02T12:00:00Z"):
        client.post(reverse("tickets:follow-up", args=[ticket.pk]), {"at": "2026-11-03T10:00"})
    assert Ticket.objects.get(pk=ticket.pk).follow_up_at.isoformat() == "2026-11-03T15:00:00+00:00"


# --- Time spent ------------------------------------------------------------------------------------------------------


def test_time_is_counted_put_right_and_added_up(ticket, agent, colleague, lead, client):
    visit = uuid4()
    assert [count_visit(ticket, agent, visit, seconds) for seconds in (30, 60, 60, 20)] == [30, 60, 60, 60]
    assert count_visit(ticket, colleague, uuid4(), 10**9) == 60 + 12 * 3600
    TimeEntry.objects.filter(user=colleague).delete()
    entry = TimeEntry.objects.get(visit=visit)
    with pytest.raises(StepRefused, match="team lead"):
        change_time(entry, 5, actor=colleague)
    change_time(entry, 5, actor=lead)
    assert count_visit(ticket, agent, visit, 600) == 300  # what somebody put right stays
    add_time(ticket, 25, actor=agent, note="电话")
    assert Ticket.objects.get(pk=ticket.pk).time_spent_seconds == 30 * 60
    client.force_login(agent)
    place = reverse("tickets:count-time", args=[ticket.pk])
    assert client.post(place, {"visit": uuid4(), "seconds": "90"}).text == "32 min"
    entries = reverse("tickets:time-entries", args=[ticket.pk])
    assert "电话" in client.get(entries).text
    assert client.post(entries, {"minutes": "10"}).status_code == 302
    assert client.post(entries, {"minutes": "-3"}).status_code == 422
    seen = client.get(f"/api/v1/tickets/{ticket.pk}/").json()
    assert seen["time_spent_seconds"] == 30 * 60 + 90 + 600
