"""The addresses of the API, its document, and the page to try it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from catalog.api import CategoryViewSet
from common.api import AnyAccept, UnknownAddress
from customers.api import CustomerViewSet
from knowledgebase.api import ArticleViewSet
from staff.api_auth import HasScope
from surveys.api import ResponseList
from tickets.api import many
from tickets.api import views as tickets


class Document(SpectacularJSONAPIView):
    """The API document (OpenAPI), for whoever may sign in."""

    permission_classes = [HasScope]
    content_negotiation_class = AnyAccept


class TryPage(SpectacularSwaggerSplitView):
    """The page to read the document and try the API."""

    permission_classes = [HasScope]
    content_negotiation_class = AnyAccept
    url_name = "api:document"
    template_name = "api/docs.html"


router = SimpleRouter()
router.register("articles", ArticleViewSet, "article")
router.register("categories", CategoryViewSet, "category")
router.register("customers", CustomerViewSet, "customer")

version_1: list[Any] = [
    path("schema/", Document.as_view(), name="document"),
    path("tickets/", tickets.TicketList.as_view(), name="tickets"),
    path("tickets/<int:pk>/", tickets.TicketDetail.as_view(), name="ticket"),
    path("tickets/<int:pk>/messages/", tickets.MessageList.as_view(), name="ticket-messages"),
    path("tickets/<int:pk>/attachments/", tickets.AttachmentList.as_view(), name="ticket-attachments"),
    path(
        "tickets/<int:pk>/attachments/<int:attachment>/",
        tickets.AttachmentFile.as_view(),
        name="ticket-attachment",
    ),
    path("tickets/<int:pk>/steps/", tickets.StepList.as_view(), name="ticket-steps"),
    path("tickets/<int:pk>/macros/", tickets.MacroList.as_view(), name="ticket-macros"),
    path("tickets/<int:pk>/macros/<int:macro>/", tickets.MacroUse.as_view(), name="ticket-macro"),
    path("tickets/<int:pk>/promises/", tickets.PromiseList.as_view(), name="ticket-promises"),
    path("tickets/<int:pk>/events/", tickets.EventList.as_view(), name="ticket-events"),
    path("views/", many.ViewList.as_view(), name="views"),
    path("views/<int:pk>/tickets/", many.ViewTickets.as_view(), name="view-tickets"),
    path("bulk-jobs/", many.JobList.as_view(), name="bulk-jobs"),
    path("bulk-jobs/<int:pk>/", many.JobDetail.as_view(), name="bulk-job"),
    path("bulk-jobs/<int:pk>/items/", many.JobItems.as_view(), name="bulk-job-items"),
    path("responses/", ResponseList.as_view(), name="responses"),
    *router.urls,
]

app_name = "api"
urlpatterns = [
    path("", login_required(TryPage.as_view()), name="docs"),
    path("v1/", include(version_1)),
    # Also an address without its last slash, which is no reason to send a page.
    re_path("", UnknownAddress.as_view(), name="unknown"),
]
