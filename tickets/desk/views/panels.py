"""What the ticket page fetches after its first look: customer, history, news, reply templates, articles."""

import re
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from knowledgebase.markdown import plain_text
from knowledgebase.models import Article
from knowledgebase.reading import search
from knowledgebase.suggesting import suggest
from staff.http import AgentRequest
from tickets import services
from tickets.choices import MessageKind
from tickets.desk.account import account_words
from tickets.desk.customer import aside_context
from tickets.desk.history import event_folds, timeline
from tickets.desk.keys import read_key
from tickets.desk.offered import offered_templates
from tickets.desk.page import merged_ids, piece_context, visible_ticket
from tickets.desk.stale import events_since
from tickets.desk.views.queue import queue_links
from tickets.desk.views.ticket import changes_since
from tickets.desk.words import Moments
from tickets.models import Ticket
from tickets.rulebook import current_rulebook

MOST_OFFERED = 8


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
    if query:
        found = [hit.shown.article.pk for hit in search(query, request.user)[0][:MOST_OFFERED]]
        by_pk = Article.objects.with_texts().in_bulk(found)
        articles = [by_pk[pk] for pk in found]
    else:
        last = (
            ticket.messages.filter(kind=MessageKind.CUSTOMER).order_by("-id").values_list("body", flat=True)
        )
        text = f"{ticket.subject}\n{last.first() or ''}"
        articles = suggest(
            text, language=ticket.language, category=ticket.category, user=request.user, limit=MOST_OFFERED
        )
    offered = [_offer(article, ticket) for article in articles]
    context = {"ticket": ticket, "articles": [row for row in offered if row], "query": query}
    return render(request, "tickets/partials/_articles.html", context)


def letter_text(markdown: str) -> str:
    """An article's text as one would write it in a mail: lists stay lists, links show their address."""
    text = re.sub(r"!?\[([^\]\n]*)\]\(([^)\s]*)[^)\n]*\)", r"\1 (\2)", markdown)
    return re.sub(r"^#{1,6}[ \t]+|\*\*|__|`", "", text, flags=re.MULTILINE).strip()


def _offer(article: Article, ticket: Ticket) -> dict[str, Any] | None:
    """An article in the customer's language, with what a reply may take of it."""
    text = article.text_for(ticket.language, drafts=False) or article.text_for(ticket.language)
    if text is None:
        return None
    is_public = article.audience == Article.Audience.PUBLIC and text.is_published
    return {
        "pk": article.pk,
        "title": text.title,
        "beginning": plain_text(text.body)[:160],
        "text": letter_text(text.body),
        # Customers can follow a link only to what they may read.
        "link": f"{text.title}\n{settings.PUBLIC_URL}{article.get_absolute_url()}" if is_public else "",
        "is_public": is_public,
        "url": article.get_absolute_url(),
    }


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
