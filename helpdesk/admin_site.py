"""That the admin is ours; loaded with the settings' apps, so it may know no model."""

from importlib import import_module

from django.contrib.admin.apps import AdminConfig


class HelpDeskAdminConfig(AdminConfig):
    default_site = "helpdesk.administration.HelpDeskAdminSite"

    def ready(self) -> None:
        """Register everything, then put our own pages in the place of some that libraries bring."""
        super().ready()
        import_module("helpdesk.library_admin")
        import_module("helpdesk.library_names").name_libraries()
