"""One's own page: about oneself, tokens, presence."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.links import hash_token
from staff.models import ApiToken

pytestmark = pytest.mark.ground

PROFILE = "/me/"


@pytest.fixture
def signed_in(client, agent):
    client.force_login(agent)
    return client


def new_token(client, **fields):
    return client.post(
        reverse("staff:issue-token"), {"name": "order import", "scope": "read", "days": "90", **fields}
    )


def test_the_page_asks_strangers_to_sign_in(client, db):
    assert client.get(PROFILE).url == f"{reverse('account_login')}?next={PROFILE}"


def test_one_changes_name_language_and_time_zone_and_sees_the_page_so(signed_in, agent):
    fields = {"display_name": "李伟", "language": "zh-hant", "time_zone": "Asia/Taipei"}
    response = signed_in.post(PROFILE, fields, follow=True)
    agent.refresh_from_db()
    assert (agent.display_name, agent.language, agent.time_zone) == ("李伟", "zh-hant", "Asia/Taipei")
    assert '<html lang="zh-hant"' in response.content.decode()
    assert "已儲存" in response.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [{"display_name": ""}, {"display_name": "x" * 81}, {"language": "tlh"}, {"time_zone": "Mars/Olympus"}],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(signed_in, agent, wrong):
    fields = {"display_name": "New name", "language": "zh-hans", "time_zone": "Asia/Taipei"} | wrong
    response = signed_in.post(PROFILE, fields)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == list(wrong)
    agent.refresh_from_db()
    assert agent.display_name == "Li Wei"
    assert "Li Wei</span>" in response.content.decode()  # the bar still names the person as he is


def test_one_cannot_give_oneself_rights_by_more_fields(signed_in, agent):
    fields = {"display_name": "Li Wei", "language": "en", "time_zone": "Asia/Shanghai"}
    signed_in.post(
        PROFILE, fields | {"is_superuser": "on", "is_staff": "on", "email": "x@example.com", "groups": "1"}
    )
    agent.refresh_from_db()
    assert not agent.is_superuser
    assert not agent.is_staff
    assert agent.email == "li.wei@example.com"


def test_a_token_is_shown_once_and_only_its_hash_is_kept(signed_in, agent):
    response = new_token(signed_in)
    raw = response.context["new_token"]
    assert raw.startswith("hd_")
    assert f'value="{raw}"' in response.content.decode()
    assert response.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    token = ApiToken.objects.get()
    assert token.token_hash == hash_token(raw)
    assert raw not in [str(value) for value in ApiToken.objects.values().get().values()]
    assert timedelta(days=89) < token.expires_at - timezone.now() <= timedelta(days=90)
    assert raw not in signed_in.get(PROFILE).content.decode()


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scope": "all"}, {"days": "3650"}, {"days": ""}])
def test_a_token_with_wrong_wishes_is_not_made(signed_in, wrong):
    response = new_token(signed_in, **wrong)
    assert response.status_code == 422
    assert list(response.context["token_form"].errors) == list(wrong)
    assert not ApiToken.objects.exists()


def test_a_revoked_token_leaves_the_page_but_stays_on_record(signed_in):
    new_token(signed_in)
    token = ApiToken.objects.get()
    signed_in.post(reverse("staff:revoke-token", args=[token.pk]))
    token.refresh_from_db()
    revoked_at = token.revoked_at
    assert revoked_at
    assert "order import" in signed_in.get(PROFILE).content.decode()  # in the message
    assert "order import" not in signed_in.get(PROFILE).content.decode().partition("<tbody>")[2]
    signed_in.post(reverse("staff:revoke-token", args=[token.pk]))
    token.refresh_from_db()
    assert token.revoked_at == revoked_at


def test_nobody_revokes_anothers_token(signed_in, client, agent, colleague):
    new_token(signed_in)
    token = ApiToken.objects.get()
    client.force_login(colleague)
    assert client.post(reverse("staff:revoke-token", args=[token.pk])).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


@pytest.mark.parametrize(("pressed", "present"), [("1", True), ("0", False), ("", False)])
def test_the_switch_says_present_or_away_and_leads_back(signed_in, agent, pressed, present):
    agent.is_present = not present
    agent.save()
    response = signed_in.post(reverse("staff:switch-presence"), {"present": pressed, "next": "/me/?a=1"})
    assert response.url == "/me/?a=1"
    agent.refresh_from_db()
    assert agent.is_present is present


@pytest.mark.parametrize("place", ["https://evil.example", "//evil.example", "javascript:alert(1)", ""])
def test_the_switch_leads_to_no_other_site(signed_in, place):
    response = signed_in.post(reverse("staff:switch-presence"), {"present": "1", "next": place})
    assert response.url == reverse("home")


def test_the_language_is_switched_for_good_and_leads_nowhere_else(signed_in, agent):
    switch = reverse("staff:switch-language")
    response = signed_in.post(switch, {"language": "zh-hant", "next": "/admin/sla/slapolicy/"})
    assert response.url == "/admin/sla/slapolicy/"
    assert "您好" in signed_in.get("/").content.decode()
    response = signed_in.post(switch, {"language": "xx", "next": "https://elsewhere.example/"})
    assert response.url == reverse("home")
    agent.refresh_from_db()
    assert agent.language == "zh-hant"


@pytest.mark.parametrize("name", ["switch-presence", "switch-language", "issue-token", "revoke-token"])
def test_nothing_changes_by_opening_an_address(signed_in, agent, name):
    arguments = [1] if name == "revoke-token" else []
    assert signed_in.get(reverse(f"staff:{name}", args=arguments)).status_code == 405
    agent.refresh_from_db()
    assert not agent.is_present


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_costs_the_same_queries_with_any_number_of_tokens(
    signed_in, count, django_assert_num_queries
):
    for _number in range(count):
        new_token(signed_in)
    with django_assert_num_queries(4):  # session, user, his and his groups' permissions for the bar, tokens
        signed_in.get(PROFILE)
