"""Checklists: on the tickets of a category, ticked off by whom and when, and asked for by a guard."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from catalog.models import Category
from tickets.models import Checklist, ChecklistItem, Guard
from tickets.services import StepRefused, possible_steps, take_step, tick


@pytest.fixture
def items(category) -> list[ChecklistItem]:
    """Two things on tickets of the category, and a list of another category."""
    elsewhere = Category.objects.create(name="Elsewhere", code="elsewhere")
    Checklist.objects.create(name="Not here", category=elsewhere).items.create(name="Nothing")
    made = Checklist.objects.create(name="Before it goes out", name_zh_hans="寄出前", category=category)
    return [
        made.items.create(name=name, position=place)
        for place, name in enumerate(("Serial number", "Address"))
    ]


def test_a_guard_lets_the_step_be_taken_when_everything_is_ticked_off(ticket_in, items, agent, category):
    guard = Guard(name="Checked", step="resolve", category=category)
    with pytest.raises(Exception, match="checklists"):
        guard.full_clean()
    guard.checklist_required = True
    guard.full_clean()
    guard.save()
    ticket = ticket_in("assigned")
    reasons = {step.name: why for step, why in possible_steps(ticket, agent, reply="…")}
    assert reasons["resolve"] == ["Tick off the checklist first: Serial number, Address."]
    assert tick(ticket, items[0], actor=agent, is_done=True)
    # Twice is once.
    assert not tick(ticket, items[0], actor=agent, is_done=True)
    with pytest.raises(StepRefused, match="checklist first: Address"):
        take_step(ticket, "resolve", actor=agent, reply="好了")
    tick(ticket, items[1], actor=agent, is_done=True)
    tick(ticket, items[0], actor=agent, is_done=False)
    with pytest.raises(StepRefused, match="checklist first: Serial number"):
        take_step(ticket, "resolve", actor=agent, reply="好了")
    tick(ticket, items[0], actor=agent, is_done=True)
    assert take_step(ticket, "resolve", actor=agent, reply="好了").status == "resolved"
    told = (
        ticket.events.filter(kind="checklist")
        .order_by("id")
        .values_list("actor", "data__item", "data__is_done")
    )
    first, second = (item.pk for item in items)
    assert [(item, is_done) for _actor, item, is_done in told] == [
        (first, True), (second, True), (first, False), (first, True),
    ]  # fmt: skip
    assert {actor for actor, _item, _is_done in told} == {agent.pk}
    # What a manager takes off the list holds nobody up, and cannot be ticked off any more.
    extra = items[0].checklist.items.create(name="Extra")
    extra.delete()
    with pytest.raises(StepRefused, match="not on the checklists"):
        tick(ticket, ChecklistItem(pk=10_000, name="Extra"), actor=agent, is_done=True)


def test_the_ticket_page_ticks_off_and_says_who(
    client, ticket_in, items, agent, agent_of_another_team, category
):
    Guard.objects.create(name="Checked", step="resolve", category=category, checklist_required=True)
    ticket = ticket_in("assigned")
    client.force_login(agent)
    page = client.get(ticket.get_absolute_url()).text
    assert "Before it goes out" in page
    assert "Not here" not in page
    first, second = (reverse("tickets:tick", args=[ticket.pk, item.pk]) for item in items)
    # In place; the last one makes steps possible, so the page comes anew.
    part = client.post(first, {"done": "1"}, headers={"HX-Request": "true"})
    assert 'aria-checked="true"' in part.text
    assert "Li Wei" in part.text
    assert client.post(second, {"done": "1"}, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert client.post(second, {"done": "0"}).status_code == 302
    assert "Address" in client.get(reverse("tickets:history", args=[ticket.pk])).text
    client.force_login(agent_of_another_team)
    assert client.post(first, {"done": "0"}).status_code == 404


def test_a_checklist_costs_the_page_one_query_at_any_length_and_without_one_nothing(
    client, ticket_in, agent, items
):
    ticket = ticket_in("assigned")
    client.force_login(agent)
    page = ticket.get_absolute_url()

    def cost() -> int:
        client.get(page)
        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        return len(queries)

    short = cost()
    items[0].checklist.items.bulk_create(
        ChecklistItem(checklist=items[0].checklist, name=f"Thing {number}") for number in range(30)
    )
    for item in items[0].checklist.items.all():
        tick(ticket, item, actor=agent, is_done=True)
    assert cost() == short
    Checklist.objects.update(is_active=False)
    assert cost() == short - 1
