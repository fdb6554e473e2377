"""Second factors: their secrets are encrypted in the database, and a key can be replaced."""

import re
import time
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.core.cache import caches
from django.core.cache.backends.db import BaseDatabaseCache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from staff.second_factor import decrypt_all, encrypt_what_is_plain

PASSWORD = "correct horse battery"


@pytest.fixture
def secret(agent):
    """The agent has a second factor."""
    made = generate_totp_secret()
    TOTP.activate(agent, made)
    RecoveryCodes.activate(agent)
    return made


def signs_in(client, agent, code):
    client.post(reverse("account_login"), {"login": agent.email, "password": PASSWORD})
    response = client.post(reverse("mfa_authenticate"), {"code": code})
    return response if response.status_code != 302 else True


def code_for(secret, seconds=0):
    """The code that a telephone shows whose clock is so many seconds ahead."""
    return f"{hotp_value(secret, int(time.time() + seconds) // 30):06}"


def kept():
    return {one.type: one.data.get("secret") or one.data["seed"] for one in Authenticator.objects.all()}


def test_the_database_alone_makes_no_code(secret):
    kept_secret = kept()["totp"]
    assert secret not in kept_secret
    assert kept_secret.startswith("fernet:")
    assert not re.fullmatch("[0-9a-f]{80}", kept()["recovery_codes"])


def test_a_secret_from_before_still_lets_in(client, agent, secret):
    Authenticator.objects.filter(type="totp").update(data={"secret": secret})
    assert signs_in(client, agent, code_for(secret)) is True


def test_secrets_from_before_are_encrypted_once_and_can_go_back(secret):
    seed = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    decrypt_all(Authenticator)
    assert kept()["totp"] == secret
    encrypt_what_is_plain(Authenticator)
    once = kept()
    assert all(text.startswith("fernet:") for text in once.values())
    encrypt_what_is_plain(Authenticator)
    assert kept() == once
    assert Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes() == seed


def test_a_former_key_still_opens_what_it_closed(client, agent, secret, settings):
    settings.SECOND_FACTOR_KEYS = ["a new key of this installation", *settings.SECOND_FACTOR_KEYS]
    assert signs_in(client, agent, code_for(secret)) is True


def test_who_cannot_be_let_in_because_the_key_is_gone_is_told_what_to_do(client, agent, secret, settings):
    settings.SECOND_FACTOR_KEYS = ["another key that knows nothing of it"]
    page = signs_in(client, agent, code_for(secret))
    assert "delete your second factor" in page.content.decode()


def test_a_code_lets_in_once_whichever_process_is_asked(client, agent, secret):
    code = code_for(secret)
    assert signs_in(client, agent, code) is True
    # What another process has in its memory is nothing: only what is shared can tell it.
    for cache in caches.all():
        if not isinstance(cache, BaseDatabaseCache):
            cache.clear()
    assert signs_in(Client(), agent, code) is not True


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_clock_may_be_half_a_minute_off(client, agent, secret, seconds, expected):
    with time_machine.travel(timezone.now(), tick=False):
        assert (signs_in(client, agent, code_for(secret, seconds)) is True) is expected


@pytest.mark.parametrize("seconds", [1, 31, 61])
def test_a_code_lets_in_once_for_as_long_as_it_is_good(agent, secret, seconds):
    begin = timezone.now().replace(second=0, microsecond=0)
    with time_machine.travel(begin, tick=False) as clock:
        code = code_for(secret, 30)
        assert signs_in(Client(), agent, code) is True
        clock.move_to(begin + timedelta(seconds=seconds))
        assert signs_in(Client(), agent, code) is not True


def test_a_code_confirms_once_too(client, agent, secret):
    code = code_for(secret)
    signs_in(client, agent, code)
    again = reverse("mfa_reauthenticate")
    assert client.post(again, {"code": code}).status_code == 200
    assert client.post(again, {"code": code_for(secret, 30)}).status_code == 302
