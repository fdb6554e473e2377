"""Programs take tickets in and read them, as their user could in the desk."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from catalog.models import Tag
from customers.models import Customer
from tickets.models import Ticket
from tickets.services import create_ticket, set_tags
from tickets.tests.by_program import TICKETS, at, post


def test_a_program_takes_a_request_in_for_a_known_customer(program, agent, customer, category):
    response = post(
        program(agent),
        TICKETS,
        customer=customer.pk,
        subject="屏幕碎了",
        body="可以保修吗？",
        category=category.pk,
    )
    assert response.status_code == 201, response.json()
    ticket = Ticket.objects.get(pk=response.json()["id"])
    assert (ticket.customer, ticket.channel, ticket.category) == (customer, "api", category)
    assert ticket.events.earliest("id").actor == agent
    assert {message.kind for message in ticket.messages.all()} == {"customer", "automatic"}
    assert response.json()["number"] == ticket.number


def test_who_is_not_known_becomes_a_customer(program, agent):
    sent = {
        "customer_name": "王芳",
        "email": "WangFang@Example.com",
        "phone": "+86 13800138000",
        "subject": "a",
        "body": "b",
    }
    first = post(program(agent), TICKETS, **sent, language="zh-hans").json()
    second = post(program(agent), TICKETS, **sent).json()
    assert first["customer"] == second["customer"]
    customer = Customer.objects.get(pk=first["customer"]["id"])
    assert sorted(customer.identities.values_list("value", flat=True)) == [
        "13800138000",
        "wangfang@example.com",
    ]


@pytest.mark.parametrize(("missing", "field"), [
    ({"subject": " "}, "subject"),
    ({"body": ""}, "body"),
    ({"body": "x" * 50_001}, "body"),
    ({"customer": None}, "customer"),
    ({"customer": 10**30}, "customer"),
    ({"customer": "x"}, "customer"),
    ({"customer": True}, "customer"),
    ({"subject": "a\x00b"}, "subject"),
    ({"body": "\ud800"}, "body"),
    ({"channel": "\ud800"}, "channel"),
    ({"category": 99}, "category"),
    ({"field_values": {"serial": "\ud800"}}, "field_values.serial"),
    ({"field_values": {"serial": [1]}}, "field_values.serial"),
    ({"field_values": {"\ud800": "x"}}, "field_values.?"),
    ({"field_values": []}, "field_values"),
    ({"order": 5}, "order"),
])  # fmt: skip
def test_a_wrong_value_is_named(missing, field, program, agent, customer, category):
    sent = {"customer": customer.pk, "subject": "a", "body": "b", **missing}
    response = post(program(agent), TICKETS, **sent)
    assert response.status_code == 400
    assert field in response.json()["fields"], response.json()
    assert not Ticket.objects.exists()


def test_somebody_must_be_named(program, agent):
    assert "customer" in post(program(agent), TICKETS, subject="a", body="b").json()["fields"]
    wrong = post(program(agent), TICKETS, subject="a", body="b", customer_name="c", email="no address")
    assert list(wrong.json()["fields"]) == ["email"]


def test_the_same_key_makes_one_ticket_and_belongs_to_its_user(program, agent, lead, customer):
    def send(client):
        return client.post(
            TICKETS,
            {"customer": customer.pk, "subject": "a", "body": "b"},
            headers={"Idempotency-Key": "7"},
            format="json",
        )

    first, second, others = send(program(agent)), send(program(agent)), send(program(lead))
    assert (first.status_code, second.status_code, others.status_code) == (201, 200, 201)
    assert first.json()["id"] == second.json()["id"] != others.json()["id"]


def test_a_request_comes_with_files(program, agent, customer):
    files = [SimpleUploadedFile("../../x.html", b"<p>"), SimpleUploadedFile("b.png", b"\x89PNG\r\n\x1a\n")]
    response = program(agent).post(
        TICKETS, {"customer": customer.pk, "subject": "a", "body": "b", "files": files}
    )
    assert response.status_code == 201, response.json()
    ticket = Ticket.objects.get()
    assert [(file.name, file.content_type) for file in ticket.attachments.all()] == [
        ("x.html", "application/octet-stream"),
        ("b.png", "image/png"),
    ]


def test_a_ticket_shows_its_promises_and_when_it_is_due(program, agent, ticket_in):
    ticket = ticket_in("assigned")
    seen = program(agent, "read").get(at(ticket)).json()
    assert seen["status"] == "assigned"
    assert seen["assignee"] == {"id": agent.pk, "name": "Li Wei"}
    assert {promise["kind"] for promise in seen["promises"]} == {"first_response", "resolution"}
    assert seen["due_at"] is not None
    assert seen["version"] == ticket.version


def test_a_ticket_without_a_running_promise_is_due_never(program, agent, ticket_in):
    assert program(agent).get(at(ticket_in("cancelled"))).json()["due_at"] is None


def test_a_strangers_ticket_is_not_there(program, agent_of_another_team, ticket_in):
    ticket = ticket_in("assigned")
    client = program(agent_of_another_team)
    for part in ("", "messages/", "attachments/", "attachments/1/", "steps/", "events/"):
        assert client.get(at(ticket, part)).status_code == 404, part
    assert post(client, at(ticket, "messages/"), kind="note", body="x").status_code == 404
    assert post(client, at(ticket, "steps/"), step="hand_back", note="x").status_code == 404
    assert client.patch(at(ticket), {"subject": "x"}, format="json").status_code == 404
    assert client.get(TICKETS).json()["results"] == []


def test_a_reading_token_changes_nothing(program, agent, ticket_in):
    ticket, client = ticket_in("assigned"), program(agent, "read")
    assert post(client, TICKETS).status_code == 403
    assert post(client, at(ticket, "messages/"), kind="note", body="x").status_code == 403
    assert post(client, at(ticket, "steps/"), step="hand_back", note="x").status_code == 403
    assert client.patch(at(ticket), {"subject": "x"}, format="json").status_code == 403
    assert client.get(TICKETS).status_code == 200


def test_who_may_only_look_changes_nothing(program, person, ticket_in):
    onlooker = person("agent", "Zhou Lan")
    onlooker.groups.set([Group.objects.create(name="onlooker")])
    onlooker.user_permissions.add(Permission.objects.get(codename="view_any_ticket"))
    ticket, client = ticket_in("assigned"), program(onlooker)
    assert client.get(at(ticket)).status_code == 200
    assert post(client, at(ticket, "messages/"), kind="reply", body="x").status_code == 403
    assert post(client, TICKETS, subject="x", body="x").status_code == 403


def test_the_list_goes_on_by_cursor_and_shows_each_once(program, agent, customer, category):
    for number in range(7):
        create_ticket(customer=customer, subject=f"第{number}个", body="x")
    # Three of one moment, so that the moment alone is no key.
    Ticket.objects.update(last_message_at=timezone.now())
    Ticket.objects.filter(subject="第6个").update(last_message_at=timezone.now() + timedelta(minutes=1))
    client, seen, address = program(agent), [], f"{TICKETS}?limit=2"
    while address:
        page = client.get(address).json()
        seen += [row["subject"] for row in page["results"]]
        address = page["next"]
    assert seen == [f"第{number}个" for number in (6, 5, 4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "cD1hYmM=",
        "cD0yMDI2LTAxLTAx",
        "cD05OTk5LTEyLTMxVDIzOjU5OjU5LTEyOjAw",
        "bz05OTk5OTk5OTk5OTk5OTk5OTk5OTk=",
        "中",
        "\x00",
    ],
)
def test_a_cursor_that_no_list_gave_out_is_a_wrong_value(cursor, program, agent, ticket_in):
    ticket, client = ticket_in("assigned"), program(agent)
    for address in (TICKETS, at(ticket, "messages/"), "/api/v1/customers/"):
        response = client.get(address, {"cursor": cursor})
        assert response.status_code in (200, 400), (address, response.content)
    assert client.get(TICKETS, {"cursor": "x"}).json()["fields"].keys() == {"cursor"}


def test_filters_narrow_the_list(program, agent, ticket_in, category, team):
    received, assigned, resolved = ticket_in("received"), ticket_in("assigned"), ticket_in("resolved")
    client = program(agent)

    def found(**asked):
        response = client.get(TICKETS, asked)
        assert response.status_code == 200, response.json()
        return {row["id"] for row in response.json()["results"]}

    assert found() == {received.pk, assigned.pk, resolved.pk}
    assert found(status="assigned") == {assigned.pk}
    assert found(status=["assigned", "resolved"]) == {assigned.pk, resolved.pk}
    assert found(priority="normal") == {assigned.pk, resolved.pk}
    assert (
        found(team=team.pk)
        == found(assignee=agent.pk)
        == found(category=category.pk)
        == {assigned.pk, resolved.pk}
    )
    assert found(customer=received.customer_id) == found(channel="web") == found()
    assert found(channel="phone") == set()
    assert found(q="屏幕") == found()
    assert found(q="已为您换") == {resolved.pk}
    assert found(q=received.number) == {received.pk}


@pytest.mark.parametrize("asked", [
    {"status": "x"}, {"status": "\x00"}, {"team": "x"}, {"team": 10**40}, {"team": "9" * 6000}, {"assignee": "-1"},
    {"customer": "1e9"}, {"category": "0"}, {"q": "x" * 201}, {"q": "\x00"}, {"priority": "\ud83d"},
])  # fmt: skip
def test_a_wrong_filter_is_named(asked, program, agent, ticket):
    response = program(agent).get(
        TICKETS, {key: str(value).encode("utf-8", "replace") for key, value in asked.items()}
    )
    assert response.status_code == 400
    assert response.json()["fields"].keys() == asked.keys()


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_costs_the_same_queries_at_any_length(
    count, program, agent, customer, category, django_assert_num_queries
):
    tag = Tag.objects.create(code="drop", name="Dropped")
    for _ in range(count):
        ticket = create_ticket(customer=customer, subject="屏幕碎了", body="x", category=category)
        set_tags(ticket, [tag], actor=agent)
    client = program(agent)
    client.get(TICKETS)
    # The token, the count of its requests, the permissions, the teams, the tickets, their tags.
    with django_assert_num_queries(5):
        assert len(client.get(TICKETS).json()["results"]) == count


@pytest.mark.parametrize("count", [1, 30])
def test_messages_and_events_cost_the_same_queries_at_any_length(
    count, program, agent, ticket_in, django_assert_num_queries
):
    ticket, client = ticket_in("assigned"), program(agent)
    for number in range(count):
        file = SimpleUploadedFile("a.txt", b"a")
        sent = client.post(at(ticket, "messages/"), {"kind": "note", "body": f"{number}", "files": [file]})
        assert sent.status_code == 201
    # The token, the count of its requests, the permissions, the teams, the ticket, the messages, their files.
    with django_assert_num_queries(6):
        assert len(client.get(at(ticket, "messages/")).json()["results"]) == count + 2
    with django_assert_num_queries(5):
        client.get(at(ticket, "events/"))
    with django_assert_num_queries(5):
        assert len(client.get(at(ticket, "attachments/")).json()["results"]) == count
