"""What an agent writes with Markdown's marks: previewed, on both pages, and in the mail."""

from django.urls import reverse

from channels.email.sending import build_email
from common.links import link_path
from tickets.models import Message
from tickets.services import add_reply

MARKED = "您好：\n\n1. 长按**电源键**\n2. 见 [说明](/help/)<script>alert(1)</script>"


def test_markdown_reaches_the_customer_cleaned_and_as_previewed(client, ticket_in, agent):
    client.force_login(agent)
    ticket = ticket_in("assigned")
    shown = client.post(reverse("tickets:preview", args=[ticket.pk]), {"body": MARKED}).content.decode()
    assert "<li>长按<strong>电源键</strong></li>" in shown
    assert "<script" not in shown
    reply = add_reply(ticket, MARKED, actor=agent)
    [(html, _type)] = build_email(Message.objects.get(pk=reply.pk)).alternatives
    client.logout()
    portal = client.get(link_path("ticket", ticket.link_nonce)).content.decode()
    client.force_login(agent)
    for page in (html, portal, client.get(ticket.get_absolute_url()).content.decode()):
        assert shown in page
    assert 'href="http' in shown
    # What has no marks stays as it is written, everywhere.
    for plain in ("尺寸 10*20*30\n    缩进\n---\n李伟", "https://example.com/a_b_c"):
        assert add_reply(ticket, plain, actor=agent).formatted == ""
    escaped = client.post(reverse("tickets:preview", args=[ticket.pk]), {"body": "<b>1</b>"}).content.decode()
    assert "<b>" not in escaped
