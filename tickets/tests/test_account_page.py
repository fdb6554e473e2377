"""Why a promise is due when it is: at the desk, in the admin, and for a program."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from sla.models import BusinessCalendar
from sla.services import record_version
from tickets import services
from tickets.tests.by_program import at

pytestmark = [pytest.mark.django_db, pytest.mark.ground]

# A Monday, 10:00 in Shanghai.
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)


def text_of(response):
    text = re.sub(r"<[^>]+>", " ", response.content.decode()).replace("&nbsp;", " ")
    return re.sub(r"\s+", " ", text)


@pytest.fixture
def told(ticket_in, agent, customer):
    """A ticket with a story: an hour, a question, an hour's wait, the answer; a day off follows."""
    calendar = BusinessCalendar.objects.get(is_default=True)
    calendar.special_days.create(on="2026-03-03", kind="off", name="Stock-taking")
    record_version(calendar)
    with time_machine.travel(MONDAY, tick=False) as clock:
        ticket = ticket_in("assigned")
        clock.shift(timedelta(minutes=45))
        services.take_step(ticket, "wait", actor=agent, reply="请问订单号？")
        clock.shift(timedelta(minutes=30))
        services.add_customer_message(ticket, "2026", customer=customer)
        clock.shift(timedelta(days=2))
        yield ticket


def promise_page(ticket):
    promise = ticket.promises.get(kind="resolution")
    return reverse("tickets:promise", args=[ticket.pk, promise.pk])


def test_the_desk_tells_each_line(told, agent, client):
    client.force_login(agent)
    page = text_of(client.get(promise_page(told)))
    assert "Promised in 16 h of working time. Normal, version 1" in page
    assert "Mainland China (Beijing time), version 2" in page
    for line in (
        "Mon 2 Mar 10:00 Started",
        "Mon 2 Mar 10:00–10:45 Ran 45 min",
        "Mon 2 Mar 10:45–11:15 Stood still: waiting for the customer",
        "Mon 2 Mar 11:15–12:00 Ran 45 min",
        "Tue 3 Mar Day off: Stock-taking",
        "Wed 4 Mar 11:15 Running, 7 h 15 min left until Thu 5 Mar 10:30",
        "Spent altogether 8 h 45 min",
    ):
        assert line in page


def test_a_dialog_gets_the_panel_alone_and_the_ticket_page_leads_there(told, agent, client):
    client.force_login(agent)
    panel = client.get(promise_page(told), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in panel
    assert "data-close-dialog" in panel
    assert promise_page(told) in client.get(told.get_absolute_url()).content.decode()


def test_it_is_told_in_the_readers_language_and_zone(told, agent, client):
    agent.language, agent.time_zone = "zh-hans", "America/New_York"
    agent.save()
    client.force_login(agent)
    page = text_of(client.get(promise_page(told)))
    assert "3月1日 21:00" in page
    assert "暂停：等待客户回复" in page
    assert "休息日：Stock-taking" in page


def test_a_promise_of_another_ticket_is_not_there(told, ticket_in, agent, client):
    client.force_login(agent)
    other = ticket_in("assigned")
    promise = told.promises.first()
    assert client.get(reverse("tickets:promise", args=[other.pk, promise.pk])).status_code == 404


def test_the_admin_tells_it_on_the_tickets_page(told, manager, client):
    client.force_login(manager)
    page = text_of(client.get(reverse("admin:tickets_ticket_change", args=[told.pk])))
    assert "Why? Resolution Normal, version 1" in page
    assert "Mon 2 Mar 10:45–11:15 Stood still: waiting for the customer" in page


def test_a_program_gets_codes_and_numbers_that_add_up(told, agent, program):
    answer = program(agent, "read").get(at(told, "promises/"))
    assert answer.status_code == 200
    resolution = next(row for row in answer.json() if row["kind"] == "resolution")
    assert (resolution["policy_version"], resolution["calendar_version"]) == (1, 2)
    assert resolution["spent_seconds"] == 31500
    assert sum(line["seconds"] for line in resolution["lines"] if line["code"] == "ran") == 31500
    assert [line["code"] for line in resolution["lines"]][:4] == ["started", "ran", "paused", "ran"]
    assert resolution["lines"][2]["reasons"] == ["waiting"]
    assert resolution["lines"][-1] == {
        "code": "running", "since": resolution["lines"][-1]["since"], "until": resolution["due_at"],
        "seconds": 26100, "reasons": [], "name": "",
    }  # fmt: skip


def test_the_clock_says_for_what_it_stands_still(told, agent, customer, client):
    promise = told.promises.get(kind="resolution")
    promise.running_since_at = None
    promise.save()
    promise.pauses.create(reason="off_duty", started_at=MONDAY + timedelta(days=2))
    client.force_login(agent)
    page = text_of(client.get(told.get_absolute_url()))
    assert "nobody of the team on duty" in page
    assert "goes on when the customer answers" not in page
