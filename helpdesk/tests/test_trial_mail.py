"""The mailbox of a trial run: readable, with links to follow, and not there in production."""

import pytest
from django.core.management import call_command

from common.links import public_link
from tickets.services import add_reply

pytestmark = pytest.mark.django_db


@pytest.fixture
def trial(settings, tmp_path):
    settings.DEBUG = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = settings.MAIL_FOLDER = tmp_path / "mail"
    return settings


def test_an_empty_mailbox_says_how_to_get_a_mail(client, trial):
    assert "No mail yet" in client.get("/mail/", headers={"accept-language": "en"}).text


def test_mails_are_shown_newest_first_with_links_to_this_desk_only(client, trial, ticket_in, agent):
    ticket = ticket_in("assigned")
    add_reply(ticket, "See https://evil.example.com/ <b>now</b>\n" + "-" * 60, actor=agent)
    call_command("work", batch=True)
    page = client.get("/mail/", headers={"accept-language": "en"}).text
    assert (
        page.index("&lt;b&gt;now&lt;/b&gt;") < page.index("我们已经收到") if "我们已经收到" in page else True
    )
    _before, newest, older = page.split("<article")
    assert "&lt;b&gt;now&lt;/b&gt;" in newest
    assert "now" not in older
    assert f'href="{public_link("ticket", ticket.link_nonce)}"' in page
    assert 'href="https://evil.example.com' not in page
    assert "chenxiao@example.com" in page


def test_in_production_there_is_no_such_page(client):
    assert client.get("/mail/").status_code == 404
