"""A link to a place on a long ticket finds it, whether it is on the page already or not."""

from playwright.sync_api import expect

from tickets.models import Message
from tickets.services import change_ticket


def test_a_link_finds_a_message_and_an_event_of_a_long_ticket(open_page, agent, ticket_in):
    ticket = ticket_in("assigned")
    oldest = ticket.messages.earliest("id")
    Message.objects.bulk_create(
        Message(ticket=ticket, kind="note", body=f"备注 {number}", author=agent) for number in range(120)
    )
    change_ticket(ticket, actor=agent, priority="high")
    changed = ticket.events.latest("id")
    page = open_page(f"{ticket.get_absolute_url()}#e{changed.pk}", user=agent)
    event = page.locator(f"#e{changed.pk}")
    expect(event).to_be_in_viewport()
    expect(event).to_contain_text("High")
    expect(page.locator(f"#m{oldest.pk}")).to_have_count(0)
    page.goto(f"{ticket.get_absolute_url()}#m{oldest.pk}")
    expect(page.locator(f"#m{oldest.pk}")).to_be_in_viewport()
    expect(page.locator("#earlier")).to_have_count(0)
    expect(page.locator(".event-fold").first).to_contain_text("Classify, Assign")
    # Without a place the newest message is in sight, with what happened after it.
    page.goto("/desk/")
    page.goto(ticket.get_absolute_url())
    expect(page.locator(".event-fold").last).to_be_in_viewport()
    page.locator("#earlier a").click()
    expect(page.locator(f"#m{oldest.pk}")).to_be_visible()
