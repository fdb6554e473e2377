"""Programs take tickets in, read them, write on them and move them, as their user could in the desk."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from catalog.models import CategoryField, Product, Tag
from customers.models import Customer, Order
from tickets.models import Ticket
from tickets.services import change_ticket

TICKETS = "/api/v1/tickets/"


def at(ticket, part=""):
    return f"{TICKETS}{ticket.pk}/{part}"


def post(client, address, **values):
    # The client's own encoder would stumble over half characters.
    return client.generic("POST", address, json.dumps(values), content_type="application/json")


@pytest.fixture
def field(category):
    return CategoryField.objects.create(
        category=category, key="serial", name="Serial number", is_required=True
    )


# --- Taking in ---


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


# --- Reading ---


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
    from django.contrib.auth.models import Group, Permission

    onlooker = person("agent", "Zhou Lan")
    onlooker.groups.set([Group.objects.create(name="onlooker")])
    onlooker.user_permissions.add(Permission.objects.get(codename="view_any_ticket"))
    ticket, client = ticket_in("assigned"), program(onlooker)
    assert client.get(at(ticket)).status_code == 200
    assert post(client, at(ticket, "messages/"), kind="reply", body="x").status_code == 403
    assert post(client, TICKETS, subject="x", body="x").status_code == 403


def test_the_list_goes_on_by_cursor_and_shows_each_once(program, agent, customer, category):
    from tickets.services import create_ticket

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
    from tickets.services import create_ticket, set_tags

    tag = Tag.objects.create(code="drop", name="Dropped")
    for _ in range(count):
        ticket = create_ticket(customer=customer, subject="屏幕碎了", body="x", category=category)
        set_tags(ticket, [tag], actor=agent)
    client = program(agent)
    client.get(TICKETS)
    # The token, the permissions, the teams, the tickets, their tags.
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
    # The token, the permissions, the teams, the ticket, the messages, their files.
    with django_assert_num_queries(6):
        assert len(client.get(at(ticket, "messages/")).json()["results"]) == count + 2
    with django_assert_num_queries(5):
        client.get(at(ticket, "events/"))
    with django_assert_num_queries(5):
        assert len(client.get(at(ticket, "attachments/")).json()["results"]) == count


# --- Writing ---


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


# --- Steps ---


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


# --- The form of answers ---


@pytest.mark.parametrize("address", [
    "/api/v1/", "/api/v1/nothing/", "/api/v1/tickets", "/api/v1/tickets/x/", "/api/v1/tickets/-1/",
    "/api/v2/tickets/", "/api/v1/tickets/1/messages/x/",
])  # fmt: skip
def test_an_address_of_nothing_is_answered_in_the_one_form(address, program, agent):
    for method in ("get", "post", "delete"):
        response = getattr(program(agent), method)(address)
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"


@pytest.mark.parametrize(("body", "kind", "status"), [
    ("{", "application/json", 400),
    ("[]", "application/json", 400),
    ("1", "application/json", 400),
    ("null", "application/json", 400),
    ('"x"', "application/json", 400),
    ("[" * 100_000, "application/json", 400),
    ('{"subject": NaN}', "application/json", 400),
    ('{"customer": 1e999}', "application/json", 400),
    ('{"customer": ' + "9" * 5000 + "}", "application/json", 400),
    (b"\xff\xfe", "application/json", 400),
    ("{}", "application/json; charset=rot13", 400),
    ("{}", "application/json; charset=nonsense", 400),
    ("a=b", "application/x-www-form-urlencoded", 415),
    ("<a/>", "text/xml", 415),
    ("x", "", 415),
    ("x", "multipart/form-data", 400),
    ("--x--", "multipart/form-data; boundary=x", 400),
    (b"x" * 6_000_000, "application/json", 413),
])  # fmt: skip
def test_what_cannot_be_read_is_answered_in_the_one_form(body, kind, status, program, agent):
    response = program(agent).generic("POST", TICKETS, body, content_type=kind)
    assert response.status_code == status, response.content
    assert response.json().keys() >= {"code", "detail"}


def test_an_id_beyond_all_ids_is_of_nothing(program, agent):
    assert program(agent).get(f"{TICKETS}{10**40}/").status_code == 404


def test_only_json_can_be_had(program, agent):
    response = program(agent).get(TICKETS, headers={"Accept": "text/html"})
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")
