"""A new ticket for a call or a visit."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from customers.models import Customer, Order
from tickets.models import ClassifyingRule, Ticket
from tickets.services import create_ticket

PLACE = "/desk/new/"


@pytest.fixture
def desk(client, agent):
    """The agent's browser."""
    client.force_login(agent)
    return client


def call(**fields) -> dict:
    """What an agent fills in during a call."""
    return {
        "channel": "phone", "phone": "138 0013 8000", "email": "", "name": "王小明", "language": "zh-hans",
        "subject": "屏幕碎了", "body": "摔了一下", "submission_key": "key-1", **fields,
    }  # fmt: skip


def made(answer) -> Ticket:
    assert answer.status_code == 302, answer.context["form"].errors
    return Ticket.objects.get()


def test_a_call_of_a_new_customer_becomes_a_ticket(desk, agent, category):
    ticket = made(desk.post(PLACE, call()))
    assert (ticket.channel, ticket.subject, ticket.status) == ("phone", "屏幕碎了", "received")
    assert ticket.customer.name == "王小明"
    assert ticket.customer.identities.get().value == "13800138000"
    assert ticket.events.first().actor == agent
    message = ticket.messages.get()
    assert (message.kind, message.customer) == ("customer", ticket.customer)


def test_a_known_customer_is_found_again_and_learns_an_address(desk, customer, category):
    ticket = made(desk.post(PLACE, call(email="ChenXiao@example.com", name="")))
    assert ticket.customer == customer
    assert set(customer.identities.values_list("value", flat=True)) == {"chenxiao@example.com", "13800138000"}
    # He has an address, so he is told.
    assert ticket.messages.filter(kind="automatic", recipient="chenxiao@example.com").exists()


def test_a_category_chosen_is_the_classification(desk, agent, category, team):
    ticket = made(desk.post(PLACE, call(category=category.pk, priority="urgent", take_it="on")))
    assert (ticket.category, ticket.priority, ticket.team) == (category, "urgent", team)
    assert (ticket.status, ticket.assignee) == ("assigned", agent)


def test_without_a_category_the_rules_decide(desk, category):
    ClassifyingRule.objects.create(name="Screens", words="屏幕", category=category, position=1)
    assert made(desk.post(PLACE, call())).category == category


def test_what_one_may_not_take_is_still_taken_in(client, agent_of_another_team, category):
    client.force_login(agent_of_another_team)
    answer = client.post(PLACE, call(category=category.pk, take_it="on"), follow=True)
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.assignee) == ("classified", None)
    assert "You may not take the step “Assign” on this ticket." in answer.content.decode()


def test_an_order_is_found_by_its_number(desk, customer, category):
    customer.identities.create(kind="phone", value="13800138000")
    order = Order.objects.create(customer=customer, number="TB-7", bought_on="2026-10-01", amount=399)
    assert made(desk.post(PLACE, call(order_number="tb-7"))).order == order


def test_files_come_with_it(desk, category):
    ticket = made(desk.post(PLACE, call(files=[SimpleUploadedFile("照片.png", b"\x89PNG\r\n\x1a\n")])))
    assert ticket.attachments.get().name == "照片.png"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"phone": ""}, "Give a phone number or an e-mail address"),
        ({"phone": "call me"}, "This is not a valid address or number."),
        ({"email": "x@"}, "Enter a valid email address."),
        ({"subject": " "}, "This field is required."),
        ({"body": ""}, "This field is required."),
        ({"order_number": "NOPE"}, "There is no order with this number."),
        ({"channel": "telepathy"}, "Select a valid choice."),
        ({"category": "999"}, "Select a valid choice."),
        ({"body": "长" * 60_000}, "at most 50000 characters"),
    ],
)
def test_bad_input_says_what_to_do_and_loses_nothing(fields, words, desk, category):
    answer = desk.post(PLACE, call(**fields))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert words in text
    assert not Ticket.objects.exists()
    assert not Customer.objects.exists()
    kept = {**call(), **fields}
    assert kept["name"] in text
    assert kept["body"] in text


def test_phone_and_email_of_two_customers_are_refused(desk, customer, category):
    other = Customer.objects.create(name="Sofia")
    other.identities.create(kind="phone", value="13800138000")
    answer = desk.post(PLACE, call(email="chenxiao@example.com"))
    assert answer.status_code == 422
    assert "two different customers" in answer.content.decode()


def test_an_order_of_another_customer_is_refused(desk, customer, category):
    Order.objects.create(
        customer=Customer.objects.create(name="S"), number="TB-8", bought_on="2026-10-01", amount=1
    )
    answer = desk.post(PLACE, call(email="chenxiao@example.com", phone="", order_number="TB-8"))
    assert answer.status_code == 422
    assert "belongs to another customer" in answer.content.decode()


def test_pressing_twice_makes_one_ticket(desk, category):
    answers = [desk.post(PLACE, call()) for _press in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Ticket.objects.count() == 1


def test_the_form_begins_with_a_customer_one_comes_from(desk, customer):
    form = desk.get(f"{PLACE}?customer={customer.pk}").context["form"]
    assert (form.initial["name"], form.initial["email"]) == ("陈晓", "chenxiao@example.com")
    for key in ("x", "0", "9" * 40):
        assert desk.get(f"{PLACE}?customer={key}").status_code == 200


def test_a_number_being_typed_shows_whose_it_is(desk, customer, category):
    ticket = create_ticket(customer=customer, subject="上次的问题", body="x")
    known = desk.get(reverse("tickets:find-customer"), {"email": "chenxiao@example.com"}).content.decode()
    assert "陈晓" in known
    assert ticket.number in known
    nobody = desk.get(reverse("tickets:find-customer"), {"phone": "13900000000"}).content.decode()
    assert "a new customer is made" in nobody
    assert "a new customer" not in desk.get(reverse("tickets:find-customer"), {"phone": "1"}).content.decode()


def test_who_is_no_agent_makes_none(client, person, category):
    guest = person("agent", "Guest")
    guest.groups.clear()
    client.force_login(guest)
    assert client.post(PLACE, call()).status_code == 422
    assert not Ticket.objects.exists()
