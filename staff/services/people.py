"""Writes about members of staff: presence, and the tokens by which their programs sign in."""

import secrets
from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.links import hash_token
from staff.models import ApiToken, DutyEvent, Membership, User

# What every token begins with, so that a leaked one is recognised for what it is.
TOKEN_MARK = "hd_"  # noqa: S105
# What goes with a user when he is deleted.
OWN_SETTINGS = {
    "staff.Membership", "staff.ApiToken", "staff.User_groups", "staff.User_skills", "staff.User_user_permissions",
    "account.EmailAddress", "mfa.Authenticator",
}  # fmt: skip


@transaction.atomic
def switch_presence(user: User, *, is_present: bool, actor: User | None = None) -> User:
    """Let new tickets come to the user, or no longer; `actor` is who switches, the user himself if nobody is given.

    Clocks that stand off duty follow from the moment written down here. What is so already is not written again.
    """
    was_present = User.objects.select_for_update().values_list("is_present", flat=True).get(pk=user.pk)
    user.is_present = is_present
    if was_present != is_present:
        user.save(update_fields=["is_present"])
        record_presence(user, actor=actor or user)
    return user


def record_presence(user: User, *, actor: User | None) -> None:
    """Write down that the user has become present, or has gone."""
    data = {"present": user.is_present}
    DutyEvent.objects.create(
        kind=DutyEvent.Kind.PRESENCE_SWITCHED, user=user, actor=actor, data=data, at=timezone.now()
    )


def switch_language(user: User, code: str) -> None:
    """Let the user read everything in this language from now on; a code that is none changes nothing."""
    if code in dict(settings.LANGUAGES):
        user.language = code
        user.save(update_fields=["language"])


def note_assigned(team_id: int, user_id: int, at: datetime) -> None:
    """Remember when a member of a team was last given a ticket, so that turns go round."""
    Membership.objects.filter(team=team_id, user=user_id).update(last_assigned_at=at)


def issue_token(user: User, *, name: str, scope: str, days: int) -> tuple[ApiToken, str]:
    """Make a token that lasts `days` days; its text is returned this once and kept nowhere."""
    raw = TOKEN_MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name,
        scope=scope,
        token_hash=hash_token(raw),
        prefix=raw[:8],
        expires_at=timezone.now() + timedelta(days=days),
    )
    return token, raw


def revoke_token(token: ApiToken) -> None:
    """End a token for good; revoking it again changes nothing."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


def has_worked(user: User) -> bool:
    """Whether anything beyond the user's own settings names him: then he may be switched off, but not deleted."""
    return any(
        model._base_manager.filter(**{field.name: user}).exists()
        for model in apps.get_models(include_auto_created=True)
        if model._meta.label not in OWN_SETTINGS
        for field in model._meta.concrete_fields
        if field.related_model is User
    )
