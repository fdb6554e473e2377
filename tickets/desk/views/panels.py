"""What the ticket page fetches after its first look: customer, history, news, reply templates, articles."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from knowledgebase.models import Article
from staff.http import AgentRequest
from tickets import services
from tickets.desk.account import account_words
from tickets.desk.customer import aside_context
from tickets.desk.history import event_folds, timeline
from tickets.desk.keys import read_key
from tickets.desk.offered import offered_articles, offered_templates
from tickets.desk.page import merged_ids, piece_context, visible_ticket
from tickets.desk.stale import events_since
from tickets.desk.views.queue import queue_links
from tickets.desk.views.ticket import changes_since
from tickets.desk.words import Moments
from tickets.models import Ticket
from tickets.rulebook import current_rulebook


@require_safe
def show_aside(request: AgentRequest, pk: int) -> HttpResponse:
    """The customer, his orders and tickets, linked articles and tickets."""
    ticket = visible_ticket(request.user, pk)
    return render(request, "tickets/partials/_aside.html", aside_context(ticket, request.user))


@require_safe
def show_promise(request: AgentRequest, pk: int, promise: int) -> HttpResponse:
    """Why a promise is due when it is: in the dialog of the ticket page, or as a page of its own."""
    ticket = visible_ticket(request.user, pk)
    told = account_words(get_object_or_404(services.promises_to_explain(ticket), pk=promise), Moments())
    context = {"ticket": ticket, "account": told}
    if request.htmx:
        return render(request, "tickets/partials/_account.html", context)
    return render(request, "tickets/promise.html", {**context, "queues": queue_links(request)})


@require_safe
def show_history(request: AgentRequest, pk: int) -> HttpResponse:
    """What happened to the ticket, newest first."""
    ticket = visible_ticket(request.user, pk)
    lines = timeline(ticket, current_rulebook(), Moments())[::-1]
    return render(request, "tickets/partials/_timeline.html", {"ticket": ticket, "lines": lines})


@require_safe
def show_earlier(request: AgentRequest, pk: int) -> HttpResponse:
    """The piece of the conversation before a message; back to the message `since`, to which a link leads."""
    ticket = visible_ticket(request.user, pk)
    before, since = (read_key(request.GET.get(name, "")) for name in ("before", "since"))
    context = piece_context(request.user, ticket, before=before, since=since)
    return render(request, "tickets/partials/_messages.html", context)


@require_safe
def show_events(request: AgentRequest, pk: int) -> HttpResponse:
    """What happened between the messages of a piece of the conversation, folded."""
    ticket = visible_ticket(request.user, pk)
    since, before = (read_key(request.GET.get(name, "")) for name in ("since", "before"))
    folds = event_folds(ticket, merged_ids(ticket), current_rulebook(), Moments(), since=since, before=before)
    return render(request, "tickets/partials/_event_folds.html", {"folds": folds})


@require_safe
def show_news(request: AgentRequest, pk: int) -> HttpResponse:
    """Whether colleagues or the customer did something since the page was made; 204 when not."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user).only("pk"), pk=pk)
    seen_event = read_key(request.GET.get("seen", ""))
    if not events_since(ticket, seen_event).exclude(actor=request.user.pk).exists():
        return HttpResponse(status=204)
    context = {"ticket": ticket, "lines": changes_since(ticket, seen_event)}
    return render(request, "tickets/partials/_news.html", context)


@require_safe
def show_templates(request: AgentRequest, pk: int) -> HttpResponse:
    """The reply templates, filled for this ticket, those of its category first."""
    ticket = visible_ticket(request.user, pk)
    offered = offered_templates(ticket, request.user)
    return render(request, "tickets/partials/_templates.html", {"ticket": ticket, "templates": offered})


@require_safe
def show_articles(request: AgentRequest, pk: int) -> HttpResponse:
    """Articles that may answer the ticket, or those that a search finds."""
    ticket, query = visible_ticket(request.user, pk), request.GET.get("q", "").strip()[:200]
    context = {"ticket": ticket, "articles": offered_articles(ticket, request.user, query), "query": query}
    return render(request, "tickets/partials/_articles.html", context)


@require_POST
def link_article(request: AgentRequest, pk: int) -> HttpResponse:
    """Put an article beside the ticket."""
    ticket = visible_ticket(request.user, pk)
    article = get_object_or_404(
        Article.objects.readable_by(request.user), pk=read_key(request.POST.get("article", ""))
    )
    services.link_article(ticket, article, actor=request.user)
    messages.success(request, _("“%(article)s” is linked to the ticket.") % {"article": article})
    return redirect(ticket)
