"""Every error of the API has one form."""

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.core.exceptions import ValidationError as InvalidModel
from django.db import DataError, IntegrityError
from django.http import Http404
from django.utils import translation
from rest_framework import exceptions, serializers

from common.api import Problem, ProblemSerializer, flatten, problem_handler

pytestmark = pytest.mark.ground


class Line(serializers.Serializer):
    count = serializers.IntegerField(min_value=1)


class Order(serializers.Serializer):
    number = serializers.CharField()
    lines = Line(many=True)

    def validate(self, values):
        raise serializers.ValidationError("The order is closed.")


def answer(error):
    return problem_handler(error, {})


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.ParseError(), 400, "parse_error"),
        (exceptions.UnsupportedMediaType("text/x"), 415, "unsupported_media_type"),
        (exceptions.Throttled(30), 429, "throttled"),
        (exceptions.ValidationError({"a": ["Wrong."]}), 400, "invalid"),
        (InvalidModel({"a": ["Wrong."]}), 400, "invalid"),
        (InvalidModel("Wrong."), 400, "invalid"),
        (Problem("No."), 409, "refused"),
    ],
)
def test_every_error_has_a_status_a_code_and_a_sentence(error, status, code):
    response = answer(error)
    assert (response.status_code, response.data["code"]) == (status, code)
    assert response.data["detail"]
    assert ProblemSerializer(data=response.data).is_valid()


def test_a_crash_stays_a_crash():
    assert answer(ZeroDivisionError()) is None


def test_wrong_fields_are_named_with_their_place():
    order = Order(data={"lines": [{"count": 1}, {"count": 0}]})
    with pytest.raises(exceptions.ValidationError) as caught:
        order.is_valid(raise_exception=True)
    data = answer(caught.value).data
    assert set(data["fields"]) == {"number", "lines.1.count"}
    assert data["detail"].startswith("Some values are not right")


def test_what_concerns_the_whole_is_the_sentence():
    order = Order(data={"number": "1", "lines": []})
    with pytest.raises(exceptions.ValidationError) as caught:
        order.is_valid(raise_exception=True)
    assert answer(caught.value).data == {"code": "invalid", "detail": "The order is closed."}


def test_a_refusal_carries_all_its_reasons():
    problem = Problem(code="step_refused", reasons=["Choose a category.", "Write a note."])
    assert answer(problem).data == {
        "code": "step_refused",
        "detail": "Choose a category. Write a note.",
        "reasons": ["Choose a category.", "Write a note."],
    }


def test_a_throttled_caller_is_told_how_long_to_wait():
    assert answer(exceptions.Throttled(30)).headers["Retry-After"] == "30"


def test_the_sentence_is_in_the_callers_language():
    with translation.override("zh-hans"):
        assert answer(Http404()).data["detail"] != "Not found."


@pytest.mark.parametrize(
    ("detail", "flat"),
    [
        ({}, {}),
        (["a", "b"], {"": ["a", "b"]}),
        ({"non_field_errors": ["a"], "__all__": ["b"]}, {"": ["a", "b"]}),
        ({"x": {"y": [{}, {"z": ["a"]}]}}, {"x.y.1.z": ["a"]}),
        ({"x": {"non_field_errors": ["a"]}}, {"x": ["a"]}),
        ({"x": "a"}, {"x": ["a"]}),
    ],
)
def test_nested_errors_become_flat(detail, flat):
    assert flatten(detail) == flat


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RequestDataTooBig(), 413, "too_large"),
        (TooManyFieldsSent(), 400, "parse_error"),
        (IntegrityError("a_rule_of_the_database"), 409, "conflict"),
        (DataError("out of range"), 400, "invalid"),
    ],
)
def test_what_django_or_the_database_refuses_is_no_crash_and_tells_no_secrets(error, status, code):
    response = answer(error)
    assert (response.status_code, response.data["code"]) == (status, code)
    assert str(error) == "" or str(error) not in response.data["detail"]


def test_half_characters_of_a_wrong_value_can_be_sent_back():
    wrong = exceptions.ValidationError({"\ud800": ["“\udfff” is no choice."]})
    assert answer(wrong).data["fields"] == {"?": ["“?” is no choice."]}


def test_a_refusal_may_carry_more():
    assert answer(Problem("Stale.", code="stale", ticket={"id": 1})).data["ticket"] == {"id": 1}
