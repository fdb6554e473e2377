"""While one writes: drafts kept as one types, a look at what will be sent, and what / # @ offer."""

from typing import TypeVar

from django.http import Http404, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.html import linebreaks
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from common.fuzzy import rank
from common.scripts import fits
from knowledgebase.markdown import render_message
from staff.http import AgentRequest
from tickets import services
from tickets.choices import MessageKind
from tickets.desk.drafts import saved_words
from tickets.desk.forms import LONGEST_MESSAGE
from tickets.desk.keys import read_key
from tickets.desk.offered import offered_articles, offered_people, offered_templates
from tickets.desk.page import visible_ticket
from tickets.desk.words import Moments
from tickets.models import Ticket
from tickets.services.drafts import KINDS
from tickets.services.macros import obstacle

MOST_OFFERED = 8
Row = TypeVar("Row")


@require_POST
def save_draft(request: AgentRequest, pk: int) -> HttpResponse:
    """Keep what is written so far; 409 with the newer text when another device has changed it."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user).only("pk", "language"), pk=pk)
    kind, body = request.POST.get("kind", ""), request.POST.get("body", "").replace("\r\n", "\n")
    if kind not in KINDS or len(body) > LONGEST_MESSAGE:
        return HttpResponseBadRequest()
    version = read_key(request.POST.get("version", ""))
    warning = language_warning(body, ticket.language) if kind == MessageKind.REPLY else ""
    try:
        saved = services.save_draft(ticket, kind, body, actor=request.user, version=version)
    except services.DraftConflict as conflict:
        newer = conflict.draft
        told = {"version": newer.version, "body": newer.body} if newer else {"version": 0, "body": ""}
        return JsonResponse({**told, "warning": warning}, status=409)
    said = saved_words(timezone.now(), Moments()) if saved else ""
    return JsonResponse({"version": saved, "said": said, "warning": warning})


def language_warning(text: str, language: str) -> str:
    """What to say of a reply whose script is not that of the customer's language; empty when it may be."""
    if fits(text, language):
        return ""
    name = get_language_info(language)["name_local"]
    return _("The customer writes in %(language)s; your reply looks like another language.") % {
        "language": name
    }


@require_POST
def preview(request: AgentRequest, pk: int) -> HttpResponse:
    """The text as the customer will see it, by the same cleaning as what is sent."""
    get_object_or_404(Ticket.objects.visible_to(request.user).only("pk"), pk=pk)
    body = request.POST.get("body", "")[:LONGEST_MESSAGE].strip()
    return HttpResponse(render_message(body) or linebreaks(body, autoescape=True))


@require_safe
def show_offers(request: AgentRequest, pk: int, kind: str) -> HttpResponse:
    """What may be put into the text: templates and macros, articles, or people."""
    ticket, query = (
        visible_ticket(request.user, pk),
        request.GET.get("q", "").replace("\x00", "")[:100].strip(),
    )
    context: dict[str, object] = {"kind": kind}
    if kind == "templates":
        rows = [
            (rank(query, row["names"]) if query else 1, row)
            for row in offered_templates(ticket, request.user)
        ]
        context["templates"] = _best(rows)
        macros = services.macros_for(request.user, ticket)
        found = [(rank(query, [m.name, m.name_zh_hans, m.name_zh_hant]) if query else 1, m) for m in macros]
        context["macros"] = [
            {"label": str(macro), "pk": macro.pk, "reason": obstacle(macro, ticket)} for macro in _best(found)
        ]  # fmt: skip
    elif kind == "articles":
        context["articles"] = offered_articles(ticket, request.user, query)
    elif kind == "people":
        context["people"] = offered_people(query)
    else:
        raise Http404
    return render(request, "tickets/partials/_offers.html", {**context, "ticket": ticket})


def _best(rows: list[tuple[int, Row]]) -> list[Row]:
    fitting = sorted((row for row in rows if row[0] > 0), key=lambda row: -row[0])
    return [row for _score, row in fitting[:MOST_OFFERED]]
