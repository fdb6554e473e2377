"""The page on which a customer answers a survey."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from common.links import hash_token, link_path
from surveys.forms import SurveyForm
from surveys.models import Invitation
from surveys.services import SurveyClosed, answer, reason_closed


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def answer_survey(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, take the answers, thank; or say kindly why it cannot be answered. Only a POST answers."""
    found = Invitation.objects.select_related("ticket__category", "survey")
    invitation = get_object_or_404(found, token_hash=hash_token(token))
    language = _language(request, invitation)
    with translation.override(language):
        response = _page(request, invitation)
    response.headers["Content-Language"] = language
    return response


def _page(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    if reason := reason_closed(invitation):
        return _closed(request, invitation, reason)
    if request.method != "POST":
        # A link may preset a score, but only pressing the button sends it: mail programs open links by themselves.
        form = SurveyForm(invitation.survey, score=request.GET.get("score", ""))
        return _ask(request, invitation, form)
    form = SurveyForm(invitation.survey, request.POST)
    if not form.is_valid():
        return _ask(request, invitation, form, status=422)
    try:
        answer(invitation, form.answers)
    except SurveyClosed as closed:
        # Somebody was faster: the same form sent twice, or the ticket opened again meanwhile.
        return _closed(request, invitation, closed.reason)
    return redirect(request.path)


def _ask(request: HttpRequest, invitation: Invitation, form: SurveyForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "survey": invitation.survey, "ticket": invitation.ticket}
    return render(request, "surveys/answer.html", context, status=status)


def _closed(request: HttpRequest, invitation: Invitation, reason: str) -> HttpResponse:
    ticket = invitation.ticket
    context = {
        "reason": reason,
        "invitation": invitation,
        "ticket": ticket,
        "response": getattr(invitation, "response", None),
        "can_reopen": not ticket.is_open and ticket.is_within_reopen_window,
        "ticket_url": link_path("ticket", ticket.link_nonce),
    }
    is_lost = request.method == "POST" and reason != "answered"
    return render(request, "surveys/closed.html", context, status=410 if is_lost else 200)


def _language(request: HttpRequest, invitation: Invitation) -> str:
    """The visitor's own choice if he made one, else the ticket's language."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else invitation.language
