"""What a member of staff does about himself."""

from django.urls import path

from staff import views

app_name = "staff"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("notices/", views.choose_notices, name="choose-notices"),
    path("presence/", views.switch_presence, name="switch-presence"),
    path("language/", views.switch_language, name="switch-language"),
    path("tokens/", views.issue_token, name="issue-token"),
    path("tokens/<int:pk>/revoke/", views.revoke_token, name="revoke-token"),
]
