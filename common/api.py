"""What every room's API shares: one form for every error, and lists that go on by key."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as InvalidModel
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers, status
from rest_framework.fields import get_error_detail
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

DEFAULT_PAGE = 50
LARGEST_PAGE = 100


class ProblemSerializer(serializers.Serializer[Any]):
    """Any error that the API answers with."""

    code = serializers.CharField(help_text="What happened, for a program.")
    detail = serializers.CharField(help_text="What happened and what to do, for a person.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="What is wrong with each value; nested names are joined by dots.",
    )
    reasons = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Everything that stands in the way, one sentence each.",
    )


class Problem(exceptions.APIException):
    """A refusal of our own: a status, a code for programs, a sentence, and the reasons where there are several."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "refused"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str = "refused",
        status_code: int = status.HTTP_409_CONFLICT,
        reasons: list[str] | None = None,
    ) -> None:
        super().__init__(detail or " ".join(reasons or []), code)
        self.status_code = status_code
        self.reasons = reasons


class KeyPagination(CursorPagination):
    """A list that goes on from the last row's key, so that page 1,000 costs what page 1 costs."""

    page_size = DEFAULT_PAGE
    max_page_size = LARGEST_PAGE
    page_size_query_param = "limit"
    ordering = "-id"


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an error in the one form, in the caller's language; None (a crash) stays one."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, InvalidModel):
        error = exceptions.ValidationError(get_error_detail(error))
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    return Response(_describe(error), status=error.status_code, headers=_headers(error))


def _headers(error: exceptions.APIException) -> dict[str, str]:
    found = {
        "WWW-Authenticate": getattr(error, "auth_header", None),
        "Retry-After": getattr(error, "wait", None),
    }
    return {name: str(value) for name, value in found.items() if value}


def _describe(error: exceptions.APIException) -> dict[str, Any]:
    detail = error.detail
    if isinstance(detail, str):
        problem = {"code": getattr(detail, "code", error.default_code), "detail": str(detail)}
        reasons = getattr(error, "reasons", None)
        return {**problem, "reasons": list(reasons)} if reasons else problem
    fields = flatten(detail)
    general = fields.pop("", [])
    sentence = " ".join(general) or _("Some values are not right; “fields” says which.")
    return {"code": "invalid", "detail": sentence, **({"fields": fields} if fields else {})}


def flatten(detail: Any, name: str = "") -> dict[str, list[str]]:
    """Nested errors as {"address.city": [sentence, …]}; "" holds those that belong to no field."""
    if isinstance(detail, dict):
        parts = [(_join(name, key), value) for key, value in detail.items()]
    elif isinstance(detail, list):
        parts = [
            (name if isinstance(value, str) else _join(name, str(place)), value)
            for place, value in enumerate(detail)
        ]
    else:
        return {name: [str(detail)]}
    found: dict[str, list[str]] = {}
    for part, value in parts:
        for key, sentences in flatten(value, part).items():
            found.setdefault(key, []).extend(sentences)
    return found


def _join(name: str, key: str) -> str:
    if key in {api_settings.NON_FIELD_ERRORS_KEY, "__all__"}:
        return name
    return f"{name}.{key}" if name else str(key)
