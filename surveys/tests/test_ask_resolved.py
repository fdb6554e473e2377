"""Who is asked about a resolved ticket, and when."""

import re

import pytest

from catalog.models import Category
from common.links import derive_token, hash_token
from customers.models import Customer
from surveys import services, tasks
from surveys.models import Invitation, SurveyRule
from tickets.models import Guard, Message, Ticket
from tickets.services import take_step

pytestmark = pytest.mark.django_db


def test_a_resolved_ticket_is_asked_after_the_rules_delay(rule, ticket_in, later):
    ticket = ticket_in("resolved")
    with later(minutes=59):
        assert not services.tickets_to_ask().exists()
        assert services.ask_resolved() == 0
    with later(minutes=61):
        assert services.tickets_to_ask().get() == ticket
        assert services.ask_resolved() == 1
    invitation = ticket.invitations.get()
    assert invitation.customer == ticket.customer
    assert invitation.language == "zh-hans"
    assert (invitation.expires_at - invitation.created_at).days == 14
    assert (invitation.remind_at - invitation.created_at).days == 3
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert ticket.status == "resolved"


def test_the_invitation_is_mailed_in_the_tickets_language_with_a_link_the_database_cannot_make(invite):
    invitation = invite()
    message = invitation.ticket.messages.get(purpose=Message.Purpose.SURVEY)
    assert (message.kind, message.delivery, message.recipient) == (
        "automatic", "queued", "chenxiao@example.com",
    )  # fmt: skip
    assert "您" in message.body
    assert invitation.ticket.number in message.subject
    nonce = re.search(r"\{\{link:survey:([\w-]+)\}\}", message.body)[1]
    token = derive_token("survey", nonce)
    assert invitation.token_hash == hash_token(token)
    assert token not in message.body
    event = invitation.ticket.events.get(kind="survey_sent")
    assert event.data == {"invitation": invitation.pk}


def test_asking_twice_asks_once(invite):
    invitation = invite()
    assert services.ask_resolved() == 0
    assert invitation.ticket.messages.filter(purpose="survey").count() == 1


def test_the_task_asks(rule, ticket_in, later):
    ticket_in("resolved")
    with later(minutes=61):
        assert tasks.ask_resolved.call() == 1


def test_without_a_rule_nobody_is_asked(rule, ticket_in):
    SurveyRule.objects.update(is_active=False)
    ticket = ticket_in("resolved")
    assert services.ask_resolved() == 1
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert (ticket.status, ticket.survey_outcome) == ("surveyed", "not_asked")
    assert not Invitation.objects.exists()


def test_a_customer_without_an_address_is_not_asked(rule, ticket_in, customer, later):
    ticket = ticket_in("resolved")
    customer.identities.all().delete()
    with later(minutes=61):
        services.ask_resolved()
    ticket = Ticket.objects.get(pk=ticket.pk)
    assert ticket.survey_outcome == "not_asked"


def test_a_customer_is_not_asked_twice_within_the_quiet_days(invite, ticket_in, later):
    invite()
    second = ticket_in("resolved")
    with later(hours=2):
        services.ask_resolved()
    second = Ticket.objects.get(pk=second.pk)
    assert second.survey_outcome == "not_asked"
    third = ticket_in("resolved")
    with later(days=8):
        services.ask_resolved()
    assert third.invitations.exists()


def test_the_first_rule_whose_categories_fit_decides(rule, survey, category, ticket_in, later):
    above = Category.objects.create(name="Repairs", code="repairs-above")
    category.parent = above
    category.save()
    elsewhere = Category.objects.create(name="Elsewhere", code="elsewhere")
    never = SurveyRule.objects.create(name="Elsewhere", survey=survey, position=1, delay_minutes=1)
    never.categories.add(elsewhere)
    branch = SurveyRule.objects.create(name="Repairs", survey=survey, position=2, delay_minutes=600)
    branch.categories.add(above)
    ticket = ticket_in("resolved")
    with later(minutes=100):
        assert not services.tickets_to_ask().exists()
    with later(minutes=601):
        assert services.ask_resolved() == 1
    assert ticket.invitations.exists()


def test_a_ticket_reopened_and_resolved_again_is_asked_about_once_more(invite, rule, agent, later):
    SurveyRule.objects.update(quiet_days=0)
    first = invite()
    ticket = take_step(first.ticket, "reopen", actor=agent, note="又坏了")
    take_step(ticket, "resolve", actor=agent, reply="再次修好了。")
    with later(hours=3):
        services.ask_resolved()
    assert sorted(ticket.invitations.values_list("round", flat=True)) == [0, 1]


def test_a_guard_that_refuses_the_step_holds_up_only_its_own_ticket(rule, ticket_in, customer, later):
    guarded = ticket_in("resolved")
    other = Customer.objects.create(name="林美玲", language="zh-hant")
    other.identities.create(kind="email", value="meiling@example.com")
    customer.identities.all().delete()
    Guard.objects.create(name="Needs an order", step="survey", required_fields=["order"])
    free = ticket_in("resolved")
    type(free).objects.filter(pk=free.pk).update(customer=other)
    with later(minutes=61):
        assert services.ask_resolved() == 1
    guarded = Ticket.objects.get(pk=guarded.pk)
    assert guarded.status == "resolved"
    assert free.invitations.exists()


@pytest.mark.parametrize("count", [1, 6])
def test_looking_for_work_costs_the_same_at_any_length(
    count, rule, ticket_in, later, django_assert_num_queries
):
    for _number in range(count):
        ticket_in("resolved")
    with later(minutes=61), django_assert_num_queries(3):  # rules, their categories, tickets
        assert len(services.tickets_to_ask()) == count


def test_a_faulty_ticket_keeps_no_other_customer_from_being_asked(
    rule, ticket_in, later, refused, monkeypatch
):
    monkeypatch.setattr("surveys.services.asking.BATCH", 1)
    faulty, other = ticket_in("resolved"), ticket_in("resolved")
    SurveyRule.objects.update(quiet_days=0)
    refused(faulty)
    with later(minutes=61):
        assert [services.ask_resolved() for _sweep in range(2)] == [1, 0]
        assert other.invitations.exists()
        assert not faulty.invitations.exists()
        refused.mend()
        assert services.ask_resolved() == 1
    assert faulty.invitations.exists()
