"""The admin: Django's own, with our words and our index."""

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class HelpDeskAdminSite(admin.AdminSite):
    site_header = _("Help desk administration")
    site_title = _("Administration")
    index_title = _("What you can shape")


class HelpDeskAdminConfig(AdminConfig):
    default_site = "helpdesk.admin_site.HelpDeskAdminSite"
