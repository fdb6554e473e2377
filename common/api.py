"""What every room's API shares: one form for every error, and lists that go on by key."""

import logging
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as InvalidModel
from django.db import DataError, IntegrityError
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import exceptions, serializers, status
from rest_framework.fields import get_error_detail
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView, set_rollback

logger = logging.getLogger(__name__)

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


class RowSerializer(serializers.ModelSerializer[Any]):
    """A row as an answer shows it, nothing of it to be sent: also an empty choice is one of the choices."""

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """The field's class and manner; the framework forgets that what is only read may be empty."""
        field_class, manner = super().build_standard_field(field_name, model_field)
        if model_field.choices and model_field.blank:
            return _ChoiceOrNothing, manner
        return field_class, manner


class _ChoiceOrNothing(serializers.ChoiceField):
    def __init__(self, choices: Any, **manner: Any) -> None:
        super().__init__(choices, **{**manner, "allow_blank": True})


class Problem(exceptions.APIException):
    """A refusal of our own: a status, a code for programs, a sentence, its reasons, and what else helps."""

    status_code: int = status.HTTP_409_CONFLICT
    default_code = "refused"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str = "refused",
        status_code: int = status.HTTP_409_CONFLICT,
        reasons: list[str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail or " ".join(reasons or []), code)
        self.status_code = status_code
        self.reasons = reasons
        self.more = more


class KeyPagination(CursorPagination):
    """A list that goes on from the last row's key, so that page 1,000 costs what page 1 costs."""

    page_size = DEFAULT_PAGE
    max_page_size = LARGEST_PAGE
    page_size_query_param = "limit"
    ordering: str | tuple[str, ...] = "-id"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        self._key = queryset.model._meta.get_field(
            self.get_ordering(request, queryset, view)[0].removeprefix("-")
        )
        return super().paginate_queryset(queryset, request, view)

    def decode_cursor(self, request: Request) -> Cursor | None:
        """The place to go on from; a cursor that no list gave out is a wrong value like any other."""
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None and cursor.position is not None:
                self._check_position(self._key.to_python(cursor.position))
        except (exceptions.NotFound, InvalidModel, ValueError, OverflowError) as error:
            sentence = _("This is not a cursor of this list. Begin without one and follow “next”.")
            raise exceptions.ValidationError({self.cursor_query_param: [sentence]}) from error
        return cursor

    def _check_position(self, position: Any) -> None:
        if isinstance(position, datetime):
            if timezone.is_naive(position):
                raise ValueError(position)
            position.astimezone(UTC)  # raises at the ends of the calendar


class AnyAccept(DefaultContentNegotiation):
    """For files: they are what they are, whatever the caller would rather have."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class UnknownAddress(APIView):
    """What the API answers where there is nothing."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    content_negotiation_class = AnyAccept
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise exceptions.NotFound


class ApiSchema(AutoSchema):
    """Writes what a route does in one line, and the errors it can answer with, into the API document."""

    def get_summary(self) -> str:
        """The first sentence of the description."""
        return self.get_description().split(". ")[0].split("; ")[0].strip().removesuffix(".")

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for code, description in self._problems().items():
            problem: Any = OpenApiResponse(ProblemSerializer, description)
            known = bodies.get(code)
            bodies[code] = known or self._get_response_for_code(
                problem, code, ["application/json"], direction
            )
        return bodies

    def _problems(self) -> dict[str, str]:
        found = {
            "429": "Too many requests; “Retry-After” says for how many seconds to wait",
            "400": "A value is not right",
            "401": "Not signed in, or the token is not in force",
            "403": "The token or the role does not allow it",
            "406": "Only JSON can be had",
        }
        if "{" in self.path:
            found["404"] = "There is no such thing, or the caller may not see it"
        if self.method not in ("GET", "HEAD"):
            found |= {
                "409": "The present state does not allow it; “reasons” says why",
                "413": "The request is too large",
                "415": "The body is of a type that is not understood",
            }
        return found


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an error in the one form, in the caller's language; None (a crash) stays one."""
    problem = as_problem(error)
    if problem is None:
        return None
    set_rollback()
    return Response(sendable(_describe(problem)), status=problem.status_code, headers=_headers(problem))


def as_problem(error: Exception) -> exceptions.APIException | None:
    """The error as the API's framework knows it; None for a crash."""
    if isinstance(error, exceptions.Throttled) and (seconds := getattr(error, "wait", None)):
        sentence = _("Too many requests within a minute. Wait %(seconds)d s, then go on.")
        error.detail = exceptions.ErrorDetail(sentence % {"seconds": seconds}, error.default_code)
    if isinstance(error, exceptions.APIException):
        return error
    if isinstance(error, Http404):
        return exceptions.NotFound()
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(error, InvalidModel):
        return exceptions.ValidationError(get_error_detail(error))
    if isinstance(error, RequestDataTooBig):
        sentence = _("The request is too large. Attach long texts as files.")
        return Problem(sentence, code="too_large", status_code=413)
    if isinstance(error, SuspiciousOperation):
        return exceptions.ParseError(_("The request cannot be read."))
    return _database_problem(error)


def _database_problem(error: Exception) -> exceptions.APIException | None:
    """What the database refused although we found nothing wrong: it is looked into, but no caller's crash."""
    if isinstance(error, IntegrityError):
        logger.warning("The database refused a write of the API.", exc_info=error)
        sentence = _("Something this depends on was changed at the same moment. Read it again and repeat.")
        return Problem(sentence, code="conflict")
    if isinstance(error, DataError):
        logger.warning("The database could not take a value of the API.", exc_info=error)
        return exceptions.ValidationError(_("A value cannot be stored."))
    return None


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
        return {
            **problem, **({"reasons": list(reasons)} if reasons else {}), **getattr(error, "more", {}),
        }  # fmt: skip
    fields = flatten(detail)
    general = fields.pop("", [])
    sentence = " ".join(general) or _("Some values are not right; “fields” says which.")
    return {"code": "invalid", "detail": sentence, **({"fields": fields} if fields else {})}


def sendable(value: Any) -> Any:
    """The same without half characters (lone surrogates), which a wrong value may carry into its error."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {sendable(key): sendable(one) for key, one in value.items()}
    return [sendable(one) for one in value] if isinstance(value, list | tuple) else value


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
