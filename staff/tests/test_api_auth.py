"""Programs sign in with tokens: in force or not, reading or writing; browsers with their session."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import path
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.views import APIView

from staff import services
from staff.api_auth import USE_NOTED_EVERY


class WhoAmI(APIView):
    def get(self, request):
        return Response({"email": request.user.email})

    def post(self, request):
        return Response({"email": request.user.email}, status=201)


urlpatterns = [path("who/", WhoAmI.as_view())]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def issue(agent):
    """Makes a token of the agent."""
    return lambda scope="read", days=90: services.issue_token(agent, name="import", scope=scope, days=days)


def ask(raw, method="get", scheme="Bearer", **headers):
    return getattr(Client(), method)("/who/", headers={"Authorization": f"{scheme} {raw}", **headers})


def test_a_token_acts_for_its_user(issue, agent):
    response = ask(issue()[1])
    assert response.status_code == 200
    assert response.json() == {"email": agent.email}


@pytest.mark.parametrize(("scope", "method", "status"), [
    ("read", "get", 200), ("read", "post", 403), ("write", "get", 200), ("write", "post", 201),
])  # fmt: skip
def test_a_scope_allows(issue, scope, method, status):
    assert ask(issue(scope)[1], method).status_code == status


def test_a_reading_token_is_told_why_it_may_not_write(issue):
    response = ask(issue()[1], "post")
    assert response.json()["code"] == "permission_denied"
    assert "may only read" in response.json()["detail"]


@pytest.mark.parametrize("raw", ["hd_forged", "", "hd_" + "x" * 100_000, "hd_ä", "hd_a hd_b", "\x00"])
def test_an_unknown_token_is_refused(db, raw):
    response = ask(raw)
    assert response.status_code == 401
    assert response.json()["code"] == "token_unknown"
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_the_hash_itself_opens_nothing(issue):
    assert ask(issue()[0].token_hash).status_code == 401


def test_an_expired_token_is_refused(issue, time_machine):
    _token, raw = issue(days=30)
    time_machine.move_to(timezone.now() + timedelta(days=30), tick=False)
    assert ask(raw).json()["code"] == "token_expired"


def test_a_revoked_token_is_refused(issue):
    token, raw = issue()
    services.revoke_token(token)
    assert ask(raw).json()["code"] == "token_revoked"


def test_the_token_of_somebody_who_was_switched_off_is_refused(issue, agent):
    raw = issue()[1]
    agent.is_active = False
    agent.save()
    assert ask(raw).json()["code"] == "user_inactive"


def test_without_anything_one_is_asked_to_sign_in(db):
    response = Client().get("/who/")
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"


def test_an_answer_is_in_the_users_language_unless_he_asks_for_another(issue, agent):
    agent.language = "zh-hant"
    agent.save()
    raw = issue()[1]
    assert "權杖" in ask(raw, "post").json()["detail"]
    assert "令牌" in ask(raw, "post", **{"Accept-Language": "zh-hans"}).json()["detail"]


def test_the_last_use_is_noted_but_not_with_every_request(issue, time_machine):
    token, raw = issue()
    start = timezone.now()
    for after, noted in [(0, 0), (60, 0), (USE_NOTED_EVERY.seconds + 1, USE_NOTED_EVERY.seconds + 1)]:
        time_machine.move_to(start + timedelta(seconds=after), tick=False)
        ask(raw)
        token.refresh_from_db()
        assert token.last_used_at == start + timedelta(seconds=noted)


def test_a_token_costs_two_queries_once_its_use_is_noted(issue, django_assert_num_queries):
    raw = issue()[1]
    ask(raw)
    with django_assert_num_queries(2):  # the token with its user, the count of its requests
        ask(raw)


def test_a_browser_writes_only_with_its_csrf_token(agent):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(agent)
    assert browser.get("/who/").status_code == 200
    assert browser.post("/who/").status_code == 403
    browser.cookies["csrftoken"] = "a" * 32
    assert browser.post("/who/", headers={"X-CSRFToken": "a" * 32}).status_code == 201
