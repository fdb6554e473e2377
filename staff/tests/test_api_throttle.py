"""The API takes so many requests a minute: counted for all processes together, refused in the one form of errors."""

import pytest
import time_machine
from django.test import Client
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from staff import services
from staff.models import RequestCount


class Echo(APIView):
    def get(self, request):
        return Response({})


urlpatterns = [path("echo/", Echo.as_view())]
pytestmark = pytest.mark.urls(__name__)
AT_20_S = "2026-06-01 08:00:20Z"


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.API_LIMIT, settings.API_STRANGER_LIMIT = 3, 2


@pytest.fixture
def issue(agent):
    return lambda: services.issue_token(agent, name="import", scope="read", days=90)[1]


def ask(raw="", address="203.0.113.7", language="en"):
    headers = {"Accept-Language": language} | ({"Authorization": f"Bearer {raw}"} if raw else {})
    return Client().get("/echo/", headers=headers, REMOTE_ADDR=address)


def statuses(times, *arguments, **manner):
    return [ask(*arguments, **manner).status_code for _time in range(times)]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "Wait 40 s, then go on."), ("zh-hans", "请等待 40 秒后再试"), ("zh-hant", "請等待 40 秒後再試")],
)
@time_machine.travel(AT_20_S, tick=False)
def test_one_request_too_many_is_refused_in_the_one_form_with_the_time_to_wait(issue, language, sentence):
    raw = issue()
    assert statuses(3, raw) == [200] * 3
    response = ask(raw, language=language)
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "40"
    assert response.json()["code"] == "throttled"
    assert sentence in response.json()["detail"]


def test_each_token_counts_for_itself_and_the_next_minute_begins_anew(issue):
    one, other = issue(), issue()
    with time_machine.travel(AT_20_S, tick=False) as clock:
        assert statuses(4, one) == [200, 200, 200, 429]
        assert statuses(1, other) == [200]
        clock.shift(40)
        assert statuses(4, one) == [200, 200, 200, 429]


@time_machine.travel(AT_20_S, tick=False)
def test_a_browser_counts_by_its_person(agent):
    client = Client()
    client.force_login(agent)
    assert [client.get("/echo/").status_code for _time in range(4)] == [200, 200, 200, 429]


@pytest.mark.parametrize("raw", ["", "hd_made-up"])
@time_machine.travel(AT_20_S, tick=False)
def test_strangers_are_counted_by_network_and_hold_up_nobody_with_a_token(db, issue, raw):
    assert statuses(3, raw) == [401, 401, 429]
    assert statuses(1, raw, address="203.0.113.8") == [401]
    assert statuses(1, issue()) == [200]


def test_no_limit_counts_nothing(issue, settings):
    settings.API_LIMIT = 0
    assert statuses(5, issue()) == [200] * 5
    assert not RequestCount.objects.exists()
