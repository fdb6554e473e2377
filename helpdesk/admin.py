"""The admin's page about periodic work."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from common.admin_parts import ReadOnlyAdmin
from helpdesk.models import Schedule


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    """When periodic work ran and runs next."""

    list_display = ("work", "last_run_at", "next_run_at")
    fields = ("work", "last_run_at", "next_run_at")

    @admin.display(description=_("name"), ordering="name")
    def work(self, schedule: Schedule) -> str:
        """What is done, in the reader's language."""
        return str(schedule)
