"""The product's addresses, and the bare view that they are measured against."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from helpdesk.urls import urlpatterns as product


def bare(request: HttpRequest) -> HttpResponse:
    """The least that a signed-in page can do here."""
    return HttpResponse("ok")


urlpatterns = [path("bare/", bare), *product]
