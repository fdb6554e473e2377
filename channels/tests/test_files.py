"""Files: the customer's by their links, those of internal notes for colleagues only."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from common.links import link_path
from common.uploads import check_upload
from tickets.models import Attachment
from tickets.services import add_note, add_reply, new_attachments

pytestmark = pytest.mark.django_db


def attach(say, ticket, actor, name="a.txt", content=b"hello"):
    files = new_attachments([check_upload(SimpleUploadedFile(name, content))])
    return say(ticket, "See the file.", actor=actor, attachments=files).attachments.get()


def test_a_file_of_a_reply_opens_by_its_link(client, ticket_in, agent):
    attachment = attach(add_reply, ticket_in("assigned"), agent)
    response = client.get(attachment.get_absolute_url())
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == b"hello"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_html_is_never_shown_in_place(client, ticket_in, agent):
    attachment = attach(add_reply, ticket_in("assigned"), agent, "page.svg", b"<svg onload='alert(1)'/>")
    response = client.get(attachment.get_absolute_url())
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")


def test_a_forged_link_opens_nothing(client, ticket_in, agent):
    ticket = ticket_in("assigned")
    one, two = attach(add_reply, ticket, agent), attach(add_reply, ticket, agent)
    token = one.get_absolute_url().split("/")[-2]
    assert client.get(f"/f/{one.pk}/{token[:-1]}/").status_code == 404
    assert client.get(f"/f/{two.pk}/{token}/").status_code == 404
    assert client.get(f"/f/999999/{token}/").status_code == 404
    assert client.get(f"/f/{'9' * 40}/{token}/").status_code == 404
    assert client.get(f"/f/{one.pk}/工单/").status_code == 404


def test_a_file_of_a_note_opens_for_colleagues_who_see_the_ticket(
    client, ticket_in, agent, agent_of_another_team
):
    attachment = attach(add_note, ticket_in("assigned"), agent)
    address = attachment.get_absolute_url()
    assert client.get(address).status_code == 404
    client.force_login(agent_of_another_team)
    assert client.get(address).status_code == 404
    client.force_login(agent)
    assert client.get(address).status_code == 200


def test_a_file_that_is_gone_is_not_there(client, ticket_in, agent):
    attachment = attach(add_reply, ticket_in("assigned"), agent)
    Attachment.objects.get(pk=attachment.pk).file.delete(save=False)
    assert client.get(attachment.get_absolute_url()).status_code == 404


PICTURES = {
    "a.png": b"\x89PNG\r\n\x1a\n", "a.jpg": b"\xff\xd8\xff\xe0", "a.gif": b"GIF89a", "a.webp": b"RIFF\0\0\0\0WEBPVP8 ",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "is_shown"),
    [
        *((name, content, True) for name, content in PICTURES.items()),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", False),
        ("fake.png", b"<html><script>alert(1)</script></html>", False),
        ("a.pdf", b"%PDF-1.4", False),
    ],
)
def test_only_plain_pictures_are_shown_in_the_conversation(name, content, is_shown, client, ticket_in, agent):
    ticket = ticket_in("assigned")
    attachment = attach(add_reply, ticket, agent, name, content)
    portal = client.get(link_path("ticket", ticket.link_nonce)).content.decode()
    client.force_login(agent)
    at_the_desk = reverse("tickets:attachment", args=[attachment.pk])
    desk = client.get(ticket.get_absolute_url()).content.decode()
    for page, address in ((portal, attachment.get_absolute_url()), (desk, at_the_desk)):
        assert f'href="{address}"' in page
        assert (f'<img src="{address}"' in page) == is_shown
        response = client.get(address)
        assert response.headers["Content-Disposition"].startswith("inline" if is_shown else "attachment")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_file_is_not_compressed_on_its_way_so_it_says_how_long_it_is(client, ticket_in, agent):
    attachment = attach(add_reply, ticket_in("assigned"), agent, "log.txt", b"line\n" * 500)
    response = client.get(attachment.get_absolute_url(), headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in response.headers
    assert response.headers["Content-Length"] == "2500"
