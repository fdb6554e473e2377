"""Mailboxes in the admin: secrets that nobody reads back, and a button that tries both servers."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.checks import Tags, run_checks
from django.urls import reverse

from channels.models import Mailbox
from channels.secrets import seal, unseal

FIELDS = {
    "name": "售后", "address": "Help@Example.com", "team": "", "language": "zh-hans", "is_active": "on",
    "sender_name": "agent", "trusted_server": "", "imap_host": "imap.example.com", "imap_port": "993",
    "imap_security": "tls", "imap_user": "help", "imap_sign_in": "password", "imap_password": "开门 123",
    "imap_folder": "INBOX", "poll_seconds": "30", "oauth_token_url": "", "oauth_client_id": "",
    "oauth_scope": "", "oauth_client_secret": "", "oauth_refresh_token": "", "smtp_host": "",
    "smtp_port": "587", "smtp_security": "starttls", "smtp_user": "", "smtp_sign_in": "password",
    "smtp_password": "",
}  # fmt: skip


@pytest.fixture
def save(client, admin) -> Callable[..., Any]:
    """Saves a mailbox by the admin's form, new or the one there is."""
    client.force_login(admin)

    def post(**changes: str) -> Any:
        known = Mailbox.objects.first()
        name, args = ("change", [known.pk]) if known else ("add", [])
        return client.post(reverse(f"admin:channels_mailbox_{name}", args=args), {**FIELDS, **changes})

    return post


def test_a_password_is_kept_sealed_and_never_shown(client, save):
    assert save().status_code == 302
    mailbox = Mailbox.objects.get()
    assert mailbox.address == "help@example.com"
    assert "开门" not in mailbox.sealed_imap_password
    assert mailbox.secret("imap_password") == "开门 123"
    page = client.get(reverse("admin:channels_mailbox_change", args=[mailbox.pk])).text
    assert "开门" not in page
    assert mailbox.sealed_imap_password not in page


def test_an_empty_password_keeps_the_one_there_is(save):
    save()
    assert save(imap_password="", poll_seconds="60").status_code == 302
    mailbox = Mailbox.objects.get()
    assert (mailbox.poll_seconds, mailbox.secret("imap_password")) == (60, "开门 123")


def test_a_kept_password_is_not_sent_to_another_server(save):
    save()
    answer = save(imap_password="", imap_host="imap.attacker.example")
    assert "The kept one was for another server" in answer.text
    assert Mailbox.objects.get().imap_host == "imap.example.com"
    save(imap_password="", imap_host="", imap_user="")
    assert Mailbox.objects.get().sealed_imap_password == ""


def test_oauth_needs_a_token_address_that_nobody_can_listen_to(save):
    answer = save(imap_sign_in="oauth2", oauth_token_url="http://login.example.com/token")
    assert "OAuth 2 needs this." in answer.text
    assert "Write an address that begins with https://." in answer.text
    answer = save(smtp_sign_in="oauth2", smtp_host="smtp.example.com")
    assert answer.text.count("OAuth 2 needs this.") == 2
    assert "Say as whom to sign in" in answer.text


def test_a_former_key_opens_what_it_closed(settings, db):
    settings.MAILBOX_KEYS = ["a former key that was long enough"]
    kept = seal("secret")
    Mailbox.objects.create(name="x", address="x@example.com", sealed_smtp_password=kept)
    settings.MAILBOX_KEYS = ["a new key", *settings.MAILBOX_KEYS]
    assert unseal(kept) == "secret"
    settings.MAILBOX_KEYS = ["a new key"]
    found = run_checks(tags=[Tags.database], databases=["default"])
    assert [(one.id, one.obj) for one in found if one.id == "channels.W001"] == [
        ("channels.W001", "x@example.com")
    ]


def test_the_button_tries_the_way_out_and_says_what_is_wrong_with_the_way_in(
    client, save, postbox, closed_port
):
    save(imap_host="127.0.0.1", imap_port=str(closed_port), imap_security="none")
    url = reverse("admin:channels_mailbox_try", args=[Mailbox.objects.get().pk])
    assert client.get(url).status_code == 405
    page = client.post(url, follow=True).text
    assert f"127.0.0.1 does not answer on port {closed_port}" in page
    assert "Way out: the server takes mail." in page


def test_only_who_may_change_mailboxes_tries_them(client, save, agent):
    save()
    client.force_login(agent)
    url = reverse("admin:channels_mailbox_try", args=[Mailbox.objects.get().pk])
    assert client.post(url).status_code in (302, 403)
