"""Every address of the product."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from helpdesk.overview import overview
from helpdesk.trial_mail import trial_mail
from helpdesk.views import home, palette

urlpatterns = [
    path("", home, name="home"),
    path("account/", include("staff.account_urls")),
    path("admin/", admin.site.urls),
    path("api/", include("helpdesk.api_urls")),
    path("", include("channels.urls")),
    path("desk/", include("tickets.urls")),
    path("help/", include("knowledgebase.urls")),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("mail/", trial_mail, name="trial-mail"),
    path("me/", include("staff.urls")),
    path("overview/", overview, name="overview"),
    path("palette/", palette, name="palette"),
    path("s/", include("surveys.urls")),
]
