"""Automation rules in the admin: what is refused, the dry run, the order, the log."""

import pytest
from django.urls import reverse

from catalog.models import Tag
from tickets.models import AutomationRule
from tickets.services import add_customer_message, run_for_events, set_tags

FORM = {"name": "Refunds", "position": 10, "is_active": "on", "where": "both", "when": "customer_wrote"}


@pytest.fixture
def tag(db):
    return Tag.objects.create(code="refund", name="Refund", name_zh_hans="退款")


def test_a_manager_shapes_a_rule_tries_it_and_reads_its_log(
    client, manager, agent, lead, ticket_in, customer, tag
):
    client.force_login(manager)
    add, listed = (
        reverse("admin:tickets_automationrule_add"),
        reverse("admin:tickets_automationrule_changelist"),
    )
    for more, why in (
        ({}, "Say what happens"),
        ({"note": "x", "when": "silent"}, "Say how long"),
        ({"note": "x", "when": "in_state", "minutes": 5}, "Choose which status"),
        ({"note": "x", "when": "in_state", "minutes": 5, "if_status": "resolved"}, "Choose which status"),
        ({"note": "x", "pattern": "(("}, "no expression that RE2 understands"),
        ({"note": "x", "pattern": "(.{1,900}){1,9}"}, "no expression|too complicated"),
        ({"note": "{nobody}"}, "no placeholder"),
        ({"step": "hand_back"}, "needs a reason"),
        ({"team": lead.teams.get().pk, "assignee": agent.pk}, "not to both"),
    ):
        answer = client.post(add, {**FORM, **more})
        assert answer.status_code == 200
        assert any(one in answer.text for one in why.split("|")), more

    ticket, other = ticket_in("assigned"), ticket_in("assigned")
    add_customer_message(ticket, "我要退款", customer=customer)
    form = {**FORM, "words": "退款", "add_tags": tag.pk}
    tried = client.post(reverse("admin:tickets_automationrule_try_new"), form)
    assert ticket.number in tried.text
    assert other.number not in tried.text
    assert AutomationRule.objects.count() == 0
    timed = {**FORM, "when": "silent", "minutes": 1, "note": "x"}
    assert "0 of the last 200" in client.post(reverse("admin:tickets_automationrule_try_new"), timed).text

    assert client.post(add, form).status_code == 302
    rule = AutomationRule.objects.get()
    # What happened before it was put into use is none of its business.
    assert run_for_events() == 0
    add_customer_message(other, "退款！", customer=customer)
    assert run_for_events() == 1
    set_tags(other, [], actor=agent)
    page = client.get(listed)
    assert "退款" in page.text
    assert client.get(reverse("admin:tickets_automationrule_change", args=[rule.pk])).status_code == 200
    log = client.get(reverse("admin:tickets_automationrun_changelist"), {"rule__id__exact": rule.pk})
    assert other.number in log.text
    # The order, and putting it out of use and into use again, in the list.
    rows = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": rule.pk, "_save": "1"}
    assert client.post(listed, {**rows, "form-0-position": 3}).status_code == 302
    add_customer_message(other, "退款！", customer=customer)
    assert client.post(listed, {**rows, "form-0-position": 3, "form-0-is_active": "on"}).status_code == 302
    assert run_for_events() == 0
    rule.refresh_from_db()
    assert (rule.position, rule.is_active) == (3, True)
    # A rule that is gone leaves its log.
    assert (
        client.post(
            reverse("admin:tickets_automationrule_delete", args=[rule.pk]), {"post": "yes"}
        ).status_code
        == 302
    )
    assert "Refunds" in client.get(reverse("admin:tickets_automationrun_changelist")).text
    # An agent shapes nothing.
    client.force_login(agent)
    assert client.get(listed).status_code in (302, 403)
