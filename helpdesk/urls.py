"""Every address of the product."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("account/", include("staff.account_urls")),
    # The admin's own form would ask for no second factor.
    path("admin/login/", login_not_required(secure_admin_login(admin.site.login))),
    path("admin/", admin.site.urls),
    path("help/", include("knowledgebase.urls")),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("me/", include("staff.urls")),
    path("s/", include("surveys.urls")),
]
