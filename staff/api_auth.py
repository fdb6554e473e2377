"""How a program or a browser signs in to the API, and what its token lets it do."""

from datetime import timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from common.links import hash_token
from staff.api_throttle import count_stranger
from staff.models import ApiToken, User

SCHEME = "Bearer"
# A busy program would otherwise write a row with every request.
USE_NOTED_EVERY = timedelta(minutes=5)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer hd_…`, a token that a member of staff made on his profile page."""

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return f'{SCHEME} realm="api"'

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's user and the token; None when the request shows no token."""
        scheme, _space, raw = get_authorization_header(request).partition(b" ")
        if scheme.lower() != SCHEME.lower().encode():
            return None
        try:
            token = find_token(raw.strip().decode("latin-1"))
        except AuthenticationFailed:
            count_stranger(request)
            raise
        note_use(token)
        if "Accept-Language" not in request.headers:
            translation.activate(token.user.language)
        return token.user, token


def find_token(raw: str) -> ApiToken:
    """The token with this text, if it is in force; says why when it is not."""
    token = ApiToken.objects.select_related("user").filter(token_hash=hash_token(raw)).first()
    if token is None:
        raise AuthenticationFailed(
            _("There is no such token. Make one on your profile page."), "token_unknown"
        )
    if token.revoked_at:
        raise AuthenticationFailed(
            _("This token was revoked. Make a new one on your profile page."), "token_revoked"
        )
    if token.is_expired:
        raise AuthenticationFailed(
            _("This token has expired. Make a new one on your profile page."), "token_expired"
        )
    if not token.user.is_active:
        raise AuthenticationFailed(_("The account of this token is switched off."), "user_inactive")
    return token


def note_use(token: ApiToken) -> None:
    """Remember when the token was last used, to within some minutes."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


class BrowserSessionAuthentication(SessionAuthentication):
    """A page of ours, signed in as usual; what changes anything must carry the CSRF token."""


class HasScope(BasePermission):
    """Signed in; and a token that only reads changes nothing."""

    message = _("This token may only read. Make one that may write on your profile page.")

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the caller may use this method at all; what he may do to a row is asked elsewhere."""
        if not request.user or not request.user.is_authenticated:
            count_stranger(request)
            return False
        if request.method in SAFE_METHODS or not isinstance(request.auth, ApiToken):
            return True
        return request.auth.scope == ApiToken.Scope.WRITE


class TokenScheme(OpenApiAuthenticationExtension):
    """How the API document describes the token."""

    target_class = "staff.api_auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "A token from one's profile page, hd_…"}


class SessionScheme(OpenApiAuthenticationExtension):
    """How the API document describes a browser's session."""

    target_class = "staff.api_auth.BrowserSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The session's cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
