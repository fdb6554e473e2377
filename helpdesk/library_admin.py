"""What libraries register in the admin, made sensible: to look at, and to undo a lock-out or a lost phone."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.admin import AccessAttemptAdmin, AccessFailureLogAdmin, AccessLogAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_tasks_db.admin import DBTaskResultAdmin
from django_tasks_db.models import DBTaskResult

from common.admin_parts import LongListAdmin, ReadOnlyAdmin

# Addresses are changed on the user's page.
for model in (EmailAddress, Authenticator, DBTaskResult, AccessAttempt, AccessFailureLog, AccessLog):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class DeletableOnlyAdmin(LongListAdmin):
    """Rows that may be looked at and deleted, but are made by the product alone."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Authenticator)
class SecondFactorAdmin(DeletableOnlyAdmin):
    """Second factors; deleting one lets somebody in who lost his phone. The secret itself is never shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    fields = ("user", "type", "created_at", "last_used_at")
    search_fields = ("user__email", "user__display_name")


@admin.register(AccessAttempt)
class FailedSignInAdmin(DeletableOnlyAdmin, AccessAttemptAdmin):
    """Failed sign-ins that still count; deleting a row ends its lock-out."""

    date_hierarchy = None
    actions = ()
    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent")
    list_filter = ("attempt_time",)
    fieldsets = (
        (None, {"fields": ("username", "ip_address", "attempt_time", "failures_since_start", "user_agent")}),
    )


@admin.register(AccessLog)
class SignInAdmin(ReadOnlyAdmin, AccessLogAdmin):
    date_hierarchy = None
    list_display = ("attempt_time", "username", "ip_address", "logout_time", "user_agent")
    list_filter = ("attempt_time",)


@admin.register(AccessFailureLog)
class RefusedSignInAdmin(ReadOnlyAdmin, AccessFailureLogAdmin):
    date_hierarchy = None
    list_display = ("attempt_time", "username", "ip_address", "locked_out", "user_agent")
    list_filter = ("attempt_time", "locked_out")


@admin.register(DBTaskResult)
class TaskAdmin(DBTaskResultAdmin):
    """Background work; the library's own columns have English names."""

    list_display = (
        "id",
        "name",
        "status",
        "enqueued_at",
        "started_at",
        "finished_at",
        "priority",
        "queue_name",
    )

    @admin.display(description=_("task"))
    def name(self, task: DBTaskResult) -> str:
        """What is done."""
        return task.task_name

    @admin.display(description=_("traceback"))
    def formatted_traceback(self, task: DBTaskResult) -> str:
        """Where it broke."""
        return super().formatted_traceback(task)

    @admin.display(description=_("run after"))
    def display_run_after(self, task: DBTaskResult) -> Any:
        """From when on it may be done; empty: at once."""
        return super().display_run_after(task)
