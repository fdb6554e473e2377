"""How a mail stands on its ticket: what was written first, the rest folded, nothing loaded, nothing run."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from channels.email import sanitize_html
from common.links import link_path
from common.uploads import check_upload
from customers.models import Customer
from customers.services import mark_unreachable
from tickets.desk.original import with_pictures
from tickets.models import Message
from tickets.services import add_customer_message, new_attachments

PICTURE = b"\x89PNG\r\n\x1a\n" + b"x" * 20


@pytest.fixture
def mail(ticket_in, customer):
    """A mail on an agent's ticket, with everything that one can have."""
    files = [SimpleUploadedFile("a.png", PICTURE), SimpleUploadedFile("WinMail.dat", b"x")]
    picture, packed = new_attachments([check_upload(file) for file in files])
    picture.content_id = "one@example"
    return add_customer_message(
        ticket_in("assigned"), "请看照片", customer=customer, attachments=[picture, packed], channel="email",
        folded="> 引用的话", sender="wife@example.net", is_doubtful=True, refused_files=[["a.exe", "program"]],
        html=sanitize_html('<p>看<img src="cid:one@example"><img src="https://far.example/a.png?x=1&amp;y"></p>'),
    )  # fmt: skip


def test_the_desk_shows_what_was_written_and_folds_the_rest(client, agent, mail):
    client.force_login(agent)
    page = client.get(mail.ticket.get_absolute_url()).text
    folded = re.search(r"<details class=\"rest quoted\">.*?</details>", page, re.DOTALL)
    assert folded
    assert "引用的话" in folded[0]
    assert "请看照片" not in folded[0]
    for said in ("Sender not confirmed", "wife@example.net", "a.exe", "a program", "Outlook has packed"):
        assert said in page
    assert "far.example" not in page


def test_the_customer_sees_the_quoted_text_folded(client, mail):
    page = client.get(link_path("ticket", mail.ticket.link_nonce)).text
    assert '<details class="said-quoted">' in page
    assert "<strong>wife@example.net</strong>" not in page
    stranger = Customer.objects.create(name="x")
    Message.objects.filter(pk=mail.pk).update(customer=stranger)
    assert "<strong>wife@example.net</strong>" in client.get(link_path("ticket", mail.ticket.link_nonce)).text
    assert "far.example" not in page


def test_pictures_from_elsewhere_wait_for_a_click(client, agent, mail):
    client.force_login(agent)
    url = reverse("tickets:original", args=[mail.pk])
    page = client.get(url)
    assert reverse("tickets:attachment", args=[mail.attachments.get(name="a.png").pk]) in page.text
    assert 'src="https' not in page.text.replace("data-src", "data")
    assert "img-src 'self';" in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "Load 1 picture" in page.text
    loaded = client.get(url + "?pictures=1")
    assert ' src="https://far.example/a.png?x=1&amp;y"' in loaded.text
    assert "img-src 'self' https: http:;" in loaded.headers["Content-Security-Policy"]


def test_a_message_without_html_has_no_such_page(client, agent, mail, customer):
    other = add_customer_message(mail.ticket, "x", customer=customer)
    client.force_login(agent)
    assert client.get(reverse("tickets:original", args=[other.pk])).status_code == 404


@pytest.mark.parametrize(
    "html",
    [
        '<img src="cid:a&quot; onerror=&quot;x">',
        '<img alt=">" src="cid:a"><p title=\'<img data-cid="a">\'>x</p>',
        '<p>&lt;img data-cid="a"&gt;</p>',
    ],
)
def test_what_only_looks_like_a_picture_becomes_none(html):
    shown, count = with_pictures(sanitize_html(html), {"a": "/safe"}, from_elsewhere=True)
    assert "onerror=" not in re.sub(r'"[^"]*"', "", shown)
    assert shown.count('src="/safe"') <= 1
    assert count == 0


def test_an_address_that_is_not_reached_says_so_beside_the_ticket(client, agent, ticket_in, customer):
    mark_unreachable("email", customer.identities.get().value, "550 user unknown")
    client.force_login(agent)
    aside = client.get(reverse("tickets:aside", args=[ticket_in("assigned").pk]))
    assert "550 user unknown" in aside.text
