"""The home page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from channels.web.categories import public_categories, roots_of
from helpdesk.home import popular_articles, staff_home


@require_safe
@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """The portal's front page for customers, one's own work for staff."""
    if request.user.is_authenticated:
        return render(request, "helpdesk/home.html", staff_home(request.user))
    context = {"categories": roots_of(public_categories()), "articles": popular_articles()}
    return render(request, "helpdesk/front.html", context)
