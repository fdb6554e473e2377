"""What the rows and tables of libraries are called in the admin, where the library says it in English only.

Set on what Django has built, not in the libraries' models: their migrations stay as they are.
"""

import json
from typing import Any

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult

ACTIONS = {"add": _("may add"), "change": _("may change"), "delete": _("may delete"), "view": _("may view")}
_told_by_django = LogEntry.get_change_message


def name_libraries() -> None:
    """Give names to whatever has none in the reader's language."""
    apps.get_app_config("axes").verbose_name = _("Sign-in protection")
    apps.get_app_config("django_tasks_database").verbose_name = _("Background work")
    _name(Authenticator, _("second factor"), _("second factors"))
    names = {"user": _("user"), "type": _("kind"), "created_at": _("created"), "last_used_at": _("last used")}
    for field, name in names.items():
        Authenticator._meta.get_field(field).verbose_name = name
    for model in apps.get_models(include_auto_created=True):
        if model._meta.auto_created:
            _name_link(model)
    own_words: tuple[tuple[Any, str, Any], ...] = (
        (AccessAttempt, "__str__", _sign_in),
        (AccessFailureLog, "__str__", _sign_in),
        (AccessLog, "__str__", _sign_in),
        (DBTaskResult, "__str__", lambda row: row.task_name),
        (Permission, "__str__", permission_name),
        (LogEntry, "get_change_message", told_change),
    )
    for model, method, words in own_words:
        setattr(model, method, words)


def permission_name(permission: Permission) -> str:
    """What is permitted, in the reader's language."""
    action, _line, model = permission.codename.partition("_")
    kind = permission.content_type
    is_usual = action in ACTIONS and model == kind.model
    return f"{kind} | {ACTIONS[action] if is_usual else gettext(permission.name)}"


def told_change(entry: LogEntry) -> str:
    """What was changed, in the reader's language; Django looks up a field's name as the form begins it, in capitals."""
    try:
        parts = json.loads(entry.change_message)
    except ValueError:
        return _told_by_django(entry)
    for part in parts if isinstance(parts, list) else []:
        for change in part.values():
            if "fields" in change:
                change["fields"] = [_known(name) for name in change["fields"]]
    return _told_by_django(LogEntry(change_message=json.dumps(parts)))


def _known(name: str) -> str:
    """The field's name as our catalogues know it."""
    small = name[:1].lower() + name[1:]
    return small if gettext(name) == name and gettext(small) != small else name


def _name(model: Any, one: Any, many: Any) -> None:
    model._meta.verbose_name, model._meta.verbose_name_plural = one, many


def _name_link(model: Any) -> None:
    """Name a table that only links two others by both; its rows, which are nothing by themselves, by their number."""
    ends = [field.related_model._meta.verbose_name for field in model._meta.fields if field.related_model]
    name = format_lazy("{} – {}", *ends)
    _name(model, name, name)
    model.__str__ = lambda row: f"#{row.pk}"


def _sign_in(row: Any) -> str:
    return f"{row.username or '–'} · {row.ip_address or '–'}"
