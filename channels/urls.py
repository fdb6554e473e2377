"""The addresses of the portal: asking, and what is reached by a link."""

from django.urls import path

from channels.web import views

app_name = "channels"

urlpatterns = [
    path("ask/", views.ask, name="ask"),
    path("t/<str:token>/", views.ticket, name="ticket"),
    path("t/<str:token>/reply/", views.reply, name="reply"),
    path("t/<str:token>/confirm/", views.confirm, name="confirm"),
    path("t/<str:token>/reopen/", views.reopen, name="reopen"),
    path("d/<str:token>/", views.linked_file, name="file"),
    path("f/<int:pk>/<str:token>/", views.attachment, name="attachment"),
]
