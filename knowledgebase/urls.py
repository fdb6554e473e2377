"""The addresses of the help centre."""

from django.urls import path

from knowledgebase import views

app_name = "knowledgebase"

urlpatterns = [
    path("", views.help_centre, name="help-centre"),
    path("suggest/", views.suggest, name="suggest"),
    path("article/<slug:slug>/", views.article, name="article"),
    path("article/<slug:slug>/vote/", views.vote, name="vote"),
    path("<slug:slug>/", views.section, name="section"),
]
