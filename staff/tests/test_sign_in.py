"""Signing in: by e-mail, by a second factor, throttled, and nobody signs up by himself."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.core import mail
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

pytestmark = pytest.mark.ground

PASSWORD = "correct horse battery"
LIMIT = 8


def sign_in(client, email, password=PASSWORD, **extra):
    address = reverse("account_login") + "?next=" + reverse("staff:profile")
    return client.post(address, {"login": email, "password": password}, **extra)


def is_signed_in(client):
    return client.get(reverse("staff:profile")).status_code == 200


def fail_often(client, email, times=LIMIT, **extra):
    for _time in range(times):
        response = sign_in(client, email, "wrong password", **extra)
    return response


@pytest.fixture
def secret(agent):
    """The agent has a second factor."""
    made = generate_totp_secret()
    TOTP.activate(agent, made)
    RecoveryCodes.activate(agent)
    return made


def code_for(secret):
    return f"{hotp_value(secret, int(time.time()) // 30):06}"


def test_one_signs_in_with_address_and_password_in_any_case(client, agent):
    response = sign_in(client, agent.email.upper())
    assert response.status_code == 302
    assert response.url == reverse("staff:profile")
    assert is_signed_in(client)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, agent):
    wrong = sign_in(client, agent.email, "wrong password")
    unknown = sign_in(client, "nobody@example.com", "wrong password")
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert not is_signed_in(client)


def test_somebody_who_was_switched_off_does_not_get_in_and_is_signed_out(client, agent):
    client.force_login(agent)
    agent.is_active = False
    agent.save()
    assert not is_signed_in(client)
    sign_in(client, agent.email)
    assert not is_signed_in(client)


def test_after_too_many_tries_even_the_right_password_must_wait(client, agent):
    assert fail_often(client, agent.email, LIMIT - 1).status_code == 200
    response = fail_often(client, agent.email, 1)
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 15 * 60
    assert "15 more minutes" in response.content.decode()
    assert sign_in(client, agent.email).status_code == 429
    assert not is_signed_in(client)


def test_capitals_and_another_browser_gain_no_further_tries(client, agent):
    fail_often(client, agent.email, LIMIT - 1)
    response = sign_in(client, agent.email.upper(), "wrong", headers={"User-Agent": "another"})
    assert response.status_code == 429


def test_others_at_the_same_address_and_the_same_person_elsewhere_still_get_in(client, agent, colleague):
    fail_often(client, agent.email)
    assert sign_in(Client(), colleague.email).status_code == 302
    assert sign_in(Client(), agent.email, REMOTE_ADDR="203.0.113.9").status_code == 302


def test_the_wait_ends_and_further_tries_do_not_prolong_it(client, agent, time_machine):
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    fail_often(client, agent.email)
    time_machine.move_to(start + timedelta(minutes=10), tick=False)
    assert "5 more minutes" in sign_in(client, agent.email).content.decode()
    time_machine.move_to(start + timedelta(minutes=15, seconds=1), tick=False)
    assert sign_in(client, agent.email).status_code == 302


def test_getting_in_forgets_the_earlier_failures(client, agent):
    fail_often(client, agent.email, LIMIT - 1)
    sign_in(client, agent.email)
    assert fail_often(Client(), agent.email, LIMIT - 1).status_code == 200


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Then you can try again."),
        ("zh-hans", "分钟后可以再试"),
        ("zh-hant", "分鐘後可以再試"),
    ],
)
def test_the_answer_is_in_the_visitors_language(client, agent, language, sentence):
    response = fail_often(client, agent.email, headers={"Accept-Language": language})
    assert sentence in response.content.decode()


def test_a_code_is_asked_when_there_is_a_second_factor(client, agent, secret):
    assert sign_in(client, agent.email).url.startswith(reverse("mfa_authenticate"))
    assert not is_signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    assert is_signed_in(client)


def test_a_recovery_code_works_once(client, agent, secret):
    code = Authenticator.objects.get(user=agent, type="recovery_codes").wrap().get_unused_codes()[0]
    for expected in (True, False):
        visitor = Client()
        sign_in(visitor, agent.email)
        visitor.post(reverse("mfa_authenticate"), {"code": code})
        assert is_signed_in(visitor) is expected


def test_codes_cannot_be_guessed_without_end(client, agent, secret):
    sign_in(client, agent.email)
    for _time in range(LIMIT):
        response = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert response.status_code == 429
    assert client.post(reverse("mfa_authenticate"), {"code": code_for(secret)}).status_code == 429
    assert not is_signed_in(client)
    assert sign_in(Client(), agent.email).status_code == 429


def test_the_admin_has_no_second_door_without_the_second_factor(client, admin):
    response = client.post("/admin/login/", {"username": admin.email, "password": PASSWORD})
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))
    assert not is_signed_in(client)


def test_an_agent_who_opens_the_admin_is_told_no_and_does_not_go_in_circles(client, agent):
    client.force_login(agent)
    response = client.get("/admin/", follow=True)
    assert response.status_code == 403


def test_one_confirms_with_the_password_before_switching_the_second_factor(client, agent):
    sign_in(client, agent.email)
    response = client.get(reverse("mfa_activate_totp"))
    assert response.url.startswith(reverse("account_reauthenticate"))
    client.post(response.url, {"password": "wrong"})
    assert client.get(reverse("mfa_activate_totp")).status_code == 302
    client.post(response.url, {"password": PASSWORD})
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_a_forgotten_password_is_set_anew_by_a_link_that_works_once(client, agent):
    client.post(reverse("account_reset_password"), {"email": agent.email})
    text = mail.outbox[0].body
    link = next(word for word in text.split() if "/password/reset/key/" in word)
    form = client.get(link, follow=True)
    new = "another battery staple"
    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    assert sign_in(Client(), agent.email, PASSWORD).status_code == 200
    assert sign_in(Client(), agent.email, new).status_code == 302
    assert Client().get(link).context["token_fail"] is True


def test_no_mail_goes_to_an_address_without_an_account_and_the_page_does_not_tell(client, agent):
    known = client.post(reverse("account_reset_password"), {"email": agent.email})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.com"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert [message.to for message in mail.outbox] == [[agent.email]]


@pytest.mark.parametrize(
    "address",
    [
        "signup/",
        "email/",
        "confirm-email/",
        "3rdparty/",
        "social/signup/",
        "login/code/",
        "sessions/",
        "2fa/webauthn/",
    ],
)
def test_what_the_desk_does_not_use_has_no_address(client, agent, address):
    client.force_login(agent)
    assert client.get(f"/account/{address}").status_code == 404


PUBLIC = {
    "account_login", "account_logout", "account_inactive", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done", "mfa_authenticate",
}  # fmt: skip


def account_pages():
    names = [name for name in get_resolver().reverse_dict if isinstance(name, str)]
    return sorted(name for name in names if name.startswith(("account_", "mfa_")))


@pytest.mark.parametrize("name", account_pages())
def test_only_the_way_in_and_out_is_open_to_strangers(client, db, name):
    arguments = {"uidb36": "a", "key": "b-c"} if name.endswith("from_key") else {}
    address = reverse(name, kwargs=arguments)
    response = client.get(address)
    sent_to_sign_in = (
        response.status_code == 302 and response.url == f"{reverse('account_login')}?next={address}"
    )
    assert sent_to_sign_in is (name not in PUBLIC)


@pytest.mark.parametrize("name", [name for name in account_pages() if "from_key" not in name])
def test_every_page_about_ones_account_is_in_our_look(client, agent, secret, name):
    sign_in(client, agent.email)
    client.post(reverse("mfa_authenticate"), {"code": code_for(secret)})
    response = client.get(reverse(name))
    if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
        assert "css/site.css" in response.content.decode()
        assert "style=" not in response.content.decode()
