"""The page to try the API: under the strict policy, without a foreign request, in both themes."""

import pytest

from tests.browser.watch import axe_in_both_themes


@pytest.mark.parametrize("viewport", ["phone", "desktop"])
def test_the_page_shows_every_route(open_page, agent, viewport):
    page = open_page("/api/", user=agent, viewport=viewport)
    page.locator("#operations-tickets-tickets_list").wait_for()
    assert page.locator(".opblock").count() >= 14
    page.locator("#operations-tickets-tickets_steps_create .opblock-summary").click()
    page.locator("#operations-tickets-tickets_steps_create .opblock-body").wait_for()
    assert list(axe_in_both_themes(page)) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_tries_the_api_with_ones_own_session(open_page, agent, ticket_in):
    ticket = ticket_in("assigned")
    page = open_page("/api/", user=agent)
    step = page.locator("#operations-tickets-tickets_steps_create")
    step.locator(".opblock-summary").click()
    step.get_by_role("button", name="Try it out").click()
    step.locator("tr[data-param-name=id] input").fill(str(ticket.pk))
    step.locator("textarea").fill('{"step": "hand_back", "note": "for a colleague"}')
    step.get_by_role("button", name="Execute").click()
    step.locator(".live-responses-table .response-col_status", has_text="200").wait_for()
    ticket = type(ticket).objects.get(pk=ticket.pk)
    assert ticket.status == "classified"
