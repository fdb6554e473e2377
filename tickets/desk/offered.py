"""What a reply is put together from: templates filled for one ticket, articles, and the people a note calls."""

import re
from typing import Any

from django.conf import settings

from common.fuzzy import rank
from knowledgebase.markdown import plain_text
from knowledgebase.models import Article
from knowledgebase.reading import search
from knowledgebase.suggesting import suggest
from staff.models import User
from tickets.choices import MessageKind
from tickets.models import ReplyTemplate, Ticket
from tickets.services import fill

MOST_OFFERED = 8


def offered_templates(ticket: Ticket, user: User) -> list[dict[str, Any]]:
    """The templates with a text for the ticket, those of its category first: label, all names, text; two queries."""
    near = ticket.category.ancestor_ids if ticket.category else []
    templates = ReplyTemplate.objects.filter(is_active=True).prefetch_related("texts")
    rows = [row for row in templates if row.category_id is None or row.category_id in near]
    rows.sort(key=lambda row: near.index(row.category_id) if row.category_id else len(near))
    filled = [(row, fill(row, ticket, user)) for row in rows]
    return [
        {"label": row.label, "names": (row.name, row.name_zh_hans, row.name_zh_hant), "text": text}
        for row, text in filled
        if text
    ]


def offered_articles(ticket: Ticket, user: User, query: str) -> list[dict[str, Any]]:
    """Articles that the query finds, or without one those that may answer the ticket."""
    if query:
        found = [hit.shown.article.pk for hit in search(query, user)[0][:MOST_OFFERED]]
        by_pk = Article.objects.with_texts().in_bulk(found)
        articles = [by_pk[pk] for pk in found]
    else:
        last = (
            ticket.messages.filter(kind=MessageKind.CUSTOMER).order_by("-id").values_list("body", flat=True)
        )
        text = f"{ticket.subject}\n{last.first() or ''}"
        articles = suggest(
            text, language=ticket.language, category=ticket.category, user=user, limit=MOST_OFFERED
        )
    offered = [_offer(article, ticket) for article in articles]
    return [row for row in offered if row]


def offered_people(query: str) -> list[dict[str, str]]:
    """Colleagues of any team, those first whose name fits the query best."""
    people = User.objects.filter(is_active=True, memberships__isnull=False).distinct()
    rows = [
        (rank(query, [row.display_name, row.email]) if query else 1, str(row), row.email) for row in people
    ]
    fitting = sorted((row for row in rows if row[0] > 0), key=lambda row: -row[0])
    return [{"name": name, "email": email} for _rank, name, email in fitting[:MOST_OFFERED]]


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
