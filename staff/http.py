"""What a view knows about a request by a signed-in member of staff."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from staff.models import User


class AgentRequest(HttpRequest):
    """A request that LoginRequiredMiddleware let through."""

    user: User
    htmx: HtmxDetails
