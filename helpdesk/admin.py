"""The admin's page about periodic work."""

from django.contrib import admin

from common.admin_parts import ReadOnlyAdmin
from helpdesk.models import Schedule


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    """When periodic work ran and runs next."""

    list_display = ("name", "last_run_at", "next_run_at")
