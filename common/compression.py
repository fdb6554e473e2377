"""Pages go compressed; files go as they are."""

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class PageCompressionMiddleware(GZipMiddleware):
    """Django's own, which hides the length of secrets by some random bytes, for all but files.

    Most files are compressed already, and all of them should say how long they are.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress what is a page."""
        return response if response.streaming else super().process_response(request, response)
