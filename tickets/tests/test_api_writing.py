"""Programs write on tickets, change them and move them, as their user could in the desk."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import CategoryField, Product, Tag
from customers.models import Customer, Order
from tickets.models import Ticket
from tickets.services import add_customer_message, change_ticket
from tickets.tests.by_program import at, post


@pytest.fixture
def field(category):
    return CategoryField.objects.create(
        category=category, key="serial", name="Serial number", is_required=True
    )


def test_a_reply_goes_to_the_customer_and_a_note_does_not(program, agent, ticket_in):
    ticket, client = ticket_in("assigned"), program(agent)
    reply = post(client, at(ticket, "messages/"), kind="reply", body="您好").json()
    note = post(client, at(ticket, "messages/"), kind="note", body="老客户").json()
    assert (reply["delivery"], reply["recipient"]) == ("queued", "chenxiao@example.com")
    assert (note["delivery"], note["recipient"]) == ("none", "")
    assert reply["author"] == note["author"] == {"id": agent.pk, "name": "Li Wei"}
    assert [row["id"] for row in client.get(at(ticket, "messages/")).json()["results"]][:2] == [
        note["id"],
        reply["id"],
    ]


def test_copies_go_with_a_reply_and_a_message_says_what_its_mail_said(program, agent, ticket_in, customer):
    ticket, client = ticket_in("assigned"), program(agent)
    sent = post(
        client,
        at(ticket, "messages/"),
        kind="reply",
        body="您好",
        cc=["wife@example.com"],
        bcc=["boss@example.com"],
    ).json()
    assert sent["copies"] == [
        {"kind": "cc", "address": "wife@example.com", "delivery": "queued", "error": ""},
        {"kind": "bcc", "address": "boss@example.com", "delivery": "queued", "error": ""},
    ]
    wrong = {"kind": "reply", "body": "x", "cc": ["wife@"]}
    note = {"kind": "note", "body": "x", "bcc": ["boss@example.com"]}
    many = {"kind": "reply", "body": "x", "cc": [f"a{number}@example.com" for number in range(21)]}
    assert [post(client, at(ticket, "messages/"), **one).status_code for one in (wrong, note, many)] == [
        400
    ] * 3
    add_customer_message(
        ticket, "好的", customer=customer, sender="chen@example.com", is_doubtful=True, folded="> 您好",
        refused_files=[["a.exe", "program"]],
    )  # fmt: skip
    mail = client.get(at(ticket, "messages/")).json()["results"][0]
    assert (mail["sender"], mail["is_doubtful"], mail["folded"]) == ("chen@example.com", True, "> 您好")
    assert mail["refused_files"] == [{"name": "a.exe", "reason": "program"}]


def test_the_limit_of_requests_costs_a_reply_and_a_new_ticket_one_query_each(
    program, agent, ticket_in, settings
):
    ticket, client = ticket_in("assigned"), program(agent)
    question = {"customer": ticket.customer_id, "subject": "屏幕碎了", "body": "x", "acknowledge": False}
    costs: dict[int, list[int]] = {}
    # Twice each: the first fills what the process remembers.
    for limit in (0, 600, 0, 600):
        settings.API_LIMIT, costs[limit] = limit, []
        for address, values in (
            (at(ticket, "messages/"), {"kind": "reply", "body": "您好"}),
            (reverse("api:tickets"), question),
        ):
            with CaptureQueriesContext(connection) as queries:
                assert post(client, address, **values).status_code == 201
            costs[limit].append(len(queries))
    assert [limited - free for limited, free in zip(costs[600], costs[0], strict=True)] == [1, 1]


def test_a_reply_takes_a_step_with_it_or_is_not_sent(program, agent, ticket_in):
    client = program(agent)
    ticket = ticket_in("assigned")
    assert (
        post(client, at(ticket, "messages/"), kind="reply", body="订单号？", step="wait").status_code == 201
    )
    assert Ticket.objects.get(pk=ticket.pk).status == "waiting"
    resolved = ticket_in("resolved")
    before = resolved.messages.count()
    refused = post(client, at(resolved, "messages/"), kind="reply", body="好了", step="resolve")
    assert (refused.status_code, refused.json()["code"]) == (409, "step_refused")
    assert resolved.messages.count() == before
    wrong = post(client, at(resolved, "messages/"), kind="note", body="好了", step="resolve")
    assert wrong.json()["fields"].keys() == {"step"}


def test_the_customers_secret_links_are_not_shown(program, agent, ticket_in):
    ticket = ticket_in("received")
    bodies = [row["body"] for row in program(agent).get(at(ticket, "messages/")).json()["results"]]
    assert any("[link]" in body for body in bodies)
    assert not any("/t/" in body or "{{" in body for body in bodies)


def test_a_file_is_read_back_by_who_sees_the_ticket(program, agent, agent_of_another_team, ticket_in):
    ticket, client = ticket_in("assigned"), program(agent)
    sent = client.post(
        at(ticket, "messages/"),
        {"kind": "note", "body": "x", "files": [SimpleUploadedFile("a.html", b"<script>")]},
    ).json()
    address = at(ticket, f"attachments/{sent['attachments'][0]['id']}/")
    response = client.get(address, headers={"Accept": "image/png"})
    assert b"".join(response.streaming_content) == b"<script>"
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")
    other = ticket_in("assigned")
    assert client.get(at(other, f"attachments/{sent['attachments'][0]['id']}/")).status_code == 404
    assert program(agent_of_another_team).get(address).status_code == 404


def test_a_file_that_cannot_be_kept_is_refused_with_what_to_do(program, agent, ticket_in, settings):
    settings.UPLOAD_LIMIT_BYTES = 10
    ticket = ticket_in("assigned")
    files = [SimpleUploadedFile("big.txt", b"x" * 11)]
    response = program(agent).post(at(ticket, "messages/"), {"kind": "note", "body": "x", "files": files})
    assert response.status_code == 400
    assert "big.txt" in response.json()["fields"]["files"][0]
    assert not ticket.messages.filter(kind="note").exists()


def test_a_file_that_is_gone_is_not_there(program, agent, ticket_in):
    ticket, client = ticket_in("assigned"), program(agent)
    client.post(
        at(ticket, "messages/"), {"kind": "note", "body": "x", "files": [SimpleUploadedFile("a", b"a")]}
    )
    file = ticket.attachments.get()
    file.file.storage.delete(file.file.name)
    assert client.get(at(ticket, f"attachments/{file.pk}/")).status_code == 404


def test_fields_are_changed_with_an_event(program, agent, ticket_in, field):
    ticket, client = ticket_in("assigned"), program(agent)
    product = Product.objects.create(code="P9", name="Phone 9")
    order = Order.objects.create(customer=ticket.customer, number="A1", bought_on="2026-01-02", amount=10)
    Tag.objects.create(code="drop", name="Dropped")
    response = client.patch(
        at(ticket),
        {"subject": "屏幕", "priority": "urgent", "product": product.pk, "order": order.pk, "tags": ["drop"],
         "field_values": {"serial": "SN1"}, "parent": ticket_in("assigned").pk, "language": "en"},
        format="json",
    )  # fmt: skip
    assert response.status_code == 200, response.json()
    seen = response.json()
    assert (seen["subject"], seen["priority"], seen["tags"], seen["language"]) == (
        "屏幕",
        "urgent",
        ["drop"],
        "en",
    )
    assert seen["field_values"] == {"serial": "SN1"}
    assert ticket.events.filter(kind="changed", actor=agent).count() == 2
    emptied = client.patch(at(ticket), {"product": None, "parent": None}, format="json").json()
    assert (emptied["product"], emptied["parent"], emptied["order"]) == (None, None, order.pk)


def test_wrong_changes_are_named(program, agent, ticket_in, field):
    ticket, client = ticket_in("assigned"), program(agent)
    child = change_ticket(ticket_in("assigned"), actor=agent, parent=ticket)
    stranger = Customer.objects.create(name="王")
    order = Order.objects.create(customer=stranger, number="A1", bought_on="2026-01-02", amount=10)
    for wrong in (
        {"parent": ticket.pk}, {"parent": child.pk}, {"order": order.pk}, {"field_values": {"serial": ""}},
        {"field_values": {"colour": "red"}}, {"tags": ["unknown"]}, {"subject": ""}, {"priority": ""}, {"version": 0},
        {"version": 10**30 * -1}, {"tags": "drop"}, {"product": [1]}, {"product": 1.5}, {"language": "fr"},
    ):  # fmt: skip
        response = client.patch(at(ticket), wrong, format="json")
        assert response.status_code == 400, wrong
        assert [name.split(".")[0] for name in response.json()["fields"]] == list(wrong)
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version


def test_the_status_is_not_a_field(program, agent, ticket_in):
    ticket = ticket_in("assigned")
    client = program(agent)
    assert client.patch(at(ticket), {"status": "resolved"}, format="json").json()["status"] == "assigned"
    assert client.put(at(ticket), {}, format="json").status_code == 405
    assert client.delete(at(ticket)).status_code == 405


def test_who_saves_over_a_newer_state_is_shown_it(program, agent, ticket_in):
    ticket, client = ticket_in("assigned"), program(agent)
    change_ticket(ticket, actor=agent, subject="新")
    for response in (
        client.patch(at(ticket), {"version": ticket.version, "subject": "旧"}, format="json"),
        post(client, at(ticket, "steps/"), step="hand_back", note="x", version=ticket.version),
        post(client, at(ticket, "messages/"), kind="reply", body="x", version=ticket.version),
        post(client, at(ticket, "steps/"), step="hand_back", note="x", version=10**30),
    ):
        assert response.status_code == 409
        assert response.json()["code"] == "stale"
        assert response.json()["ticket"]["subject"] == "新"
        assert response.json()["ticket"]["version"] == ticket.version + 1
    assert Ticket.objects.get(pk=ticket.pk).status == "assigned"


def test_the_steps_say_what_is_possible_and_why_the_others_are_not(program, agent, ticket_in):
    answer = program(agent, "read").get(at(ticket_in("assigned"), "steps/")).json()
    steps = {step["name"]: step for step in answer["steps"]}
    assert answer["status"] == "assigned"
    assert steps["hand_back"] | {"label": ""} == {
        "name": "hand_back", "label": "", "is_possible": True, "reasons": [], "takes": ["note", "reply"],
    }  # fmt: skip
    assert not steps["reopen"]["is_possible"]
    assert "Resolved" in steps["reopen"]["reasons"][0]
    assert steps["assign"]["takes"] == ["note", "reply", "assignee", "team"]
    assert "restore" not in steps


def test_a_step_is_refused_with_all_its_reasons(program, agent, ticket_in):
    response = post(program(agent), at(ticket_in("assigned"), "steps/"), step="hand_back")
    assert response.status_code == 409
    assert response.json() == {
        "code": "step_refused",
        "detail": "Give a reason.",
        "reasons": ["Give a reason."],
    }


def test_reasons_come_in_the_callers_language(program, agent, ticket_in):
    response = program(agent).post(
        at(ticket_in("assigned"), "steps/"),
        {"step": "hand_back"},
        format="json",
        headers={"Accept-Language": "zh-hans"},
    )
    assert response.json()["reasons"] != ["Give a reason."]


def test_a_ticket_is_given_to_a_team(program, agent, colleague, ticket_in, team):
    ticket = ticket_in("classified")
    colleague.is_present = True
    colleague.save()
    seen = post(program(agent), at(ticket, "steps/"), step="assign", team=team.pk).json()
    assert seen["assignee"]["id"] == colleague.pk


def test_a_ticket_is_merged_into_another(program, agent, ticket_in):
    ticket, other = ticket_in("assigned"), ticket_in("assigned")
    seen = post(
        program(agent), at(ticket, "steps/"), step="cancel", cancel_reason="merged", merged_into=other.pk
    ).json()
    assert (seen["status"], seen["merged_into"]) == ("cancelled", other.pk)


@pytest.mark.parametrize(("sent", "wrong"), [
    ({"step": "x"}, "step"), ({}, "step"), ({"step": None}, "step"), ({"step": ["cancel"]}, "step"),
    ({"step": "wait", "assignee": 1}, "assignee"), ({"step": "assign", "assignee": 10**20}, "assignee"),
    ({"step": "cancel", "cancel_reason": "boring"}, "cancel_reason"),
    ({"step": "resolve", "note": "\x00"}, "note"), ({"step": "resolve", "reply": "\udfff"}, "reply"),
    ({"step": "resolve", "version": "one"}, "version"),
])  # fmt: skip
def test_a_wrong_step_is_named(sent, wrong, program, agent, ticket_in):
    sent = {key: agent.pk if value == 1 else value for key, value in sent.items()}
    response = post(program(agent), at(ticket_in("assigned"), "steps/"), **sent)
    assert response.status_code == 400
    assert wrong in response.json()["fields"]
