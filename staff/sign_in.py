"""How sign-ins are throttled: who tries, from where, and what one is told when it was too often.

django-axes keeps the count in the database, so that all processes share it; passwords and one-time codes
count together, per e-mail address and network address.
"""

import logging
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa import app_settings as mfa
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from cryptography.fernet import InvalidToken
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)


def attempted_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The e-mail address somebody tries to sign in with, spelt one way so that capitals gain no further tries."""
    given = credentials or {}
    name = (
        given.get("email") or given.get("login") or given.get("username") or request.POST.get("login") or ""
    )
    return str(name).strip().lower()[:254]


def client_address(request: HttpRequest) -> str | None:
    """Where the visitor comes from, behind a proxy too."""
    try:
        return get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        return None


def answer_lockout(
    request: HttpRequest, response: HttpResponse | None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Tell that there were too many tries, and when the next is possible."""
    attempts = AccessAttempt.objects.filter(
        username=attempted_name(request, credentials), ip_address=client_address(request)
    )
    last = attempts.order_by("-attempt_time").values_list("attempt_time", flat=True).first() or timezone.now()
    left = last + (get_cool_off(request) or timedelta()) - timezone.now()
    seconds = max(int(left.total_seconds()), 1)
    page = render(request, "account/locked_out.html", {"minutes": -(-seconds // 60)}, status=429)
    page.headers["Retry-After"] = str(seconds)
    return page


class TakenOnce(BaseAuthenticateForm):
    """A code that was taken is refused for as long as it would be good."""

    def clean_code(self) -> str:
        code: str = super().clean_code()
        if self.authenticator.type == Authenticator.Type.TOTP:
            # allauth forgets it after one period, and yet takes it in those before and after its own too.
            periods = 1 + 2 * mfa.TOTP_TOLERANCE
            cache.touch(self.authenticator.wrap()._get_used_cache_key(code), periods * mfa.TOTP_PERIOD)
        return code


class CodeAgainForm(TakenOnce, ReauthenticateForm):
    """The second factor, before one changes what guards the account."""


class CodeForm(TakenOnce, AuthenticateForm):
    """The second factor; a wrong code counts like a wrong password."""

    def clean_code(self) -> str:
        credentials = {"login": self.user.email}
        if not AxesProxyHandler.is_allowed(context.request, credentials):
            context.request.axes_locked_out = True
            context.request.axes_credentials = credentials
            raise ValidationError(_("Too many tries. Wait a while, then sign in again."))
        try:
            return super().clean_code()
        except InvalidToken as error:
            logger.error("No key of SECOND_FACTOR_KEY opens the second factor of user %s.", self.user.pk)
            raise ValidationError(
                _(
                    "Your second factor cannot be read, because this help desk’s key has changed. Ask an administrator "
                    "to put the key back, or to delete your second factor."
                )
            ) from error
        except ValidationError:
            AxesProxyHandler.user_login_failed(type(self), credentials, context.request)
            raise
