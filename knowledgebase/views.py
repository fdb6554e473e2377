"""The help centre."""

import secrets
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Category
from common.links import hash_token
from knowledgebase import reading, services
from knowledgebase.markdown import render as render_markdown
from knowledgebase.models import Article, Section
from knowledgebase.reading import all_shown, shown

PER_SECTION = 5
PER_PAGE = 30
RELATED = 5
LONGEST_QUERY = 200
VISITOR_COOKIE = "visitor"
VISITOR_SECONDS = 365 * 24 * 3600


@require_safe
@login_not_required
def help_centre(request: HttpRequest) -> HttpResponse:
    """The sections with their best articles, or what a search found."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    if query:
        return _search(request, query)
    best = Article.objects.readable_by(request.user).best_of_each_section(PER_SECTION).with_titles()
    by_section = {
        key: list(articles) for key, articles in groupby(best, key=lambda article: article.section_id)
    }
    totals = {article.section_id: article.total for article in best}  # type: ignore[attr-defined]
    sections = [
        (section, all_shown(by_section[section.pk], request.user), totals[section.pk])
        for section in Section.objects.all()
        if section.pk in by_section
    ]
    return render(request, "knowledgebase/help_centre.html", {"sections": sections})


def _search(request: HttpRequest, query: str) -> HttpResponse:
    hits, has_more = reading.search(query, request.user)
    context: dict[str, Any] = {"query": query, "hits": hits, "has_more": has_more}
    if not hits:
        close = services.suggest(query, language=get_language() or "en", user=request.user)
        context["close"] = all_shown(close, request.user)
    return render(request, "knowledgebase/search.html", context)


@require_safe
@login_not_required
def section(request: HttpRequest, slug: str) -> HttpResponse:
    """The articles of a section."""
    found = get_object_or_404(Section, slug=slug)
    articles = Article.objects.readable_by(request.user).filter(section=found).with_titles()
    rows, links = _page(request, articles)
    return render(
        request,
        "knowledgebase/section.html",
        {"section": found, "articles": all_shown(rows, request.user), **links},
    )


@require_safe
@login_not_required
@never_cache
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """One article."""
    found = get_object_or_404(_readable(request), slug=slug)
    one = shown(found, request.user)
    near = Article.objects.readable_by(request.user).near(found).with_titles()[:RELATED]
    context = {
        "shown": one,
        "html": render_markdown(one.text.body) if one else "",
        "related": all_shown(near, request.user),
        **_vote_context(request, found),
    }
    return render(request, "knowledgebase/article.html", context)


@require_POST
@login_not_required
def vote(request: HttpRequest, slug: str) -> HttpResponse:
    """Count “did this help?”; the visitor gets a cookie by which he counts once."""
    found = get_object_or_404(Article.objects.readable_by(request.user), slug=slug)
    if (answer := request.POST.get("helpful")) not in ("yes", "no"):
        return HttpResponseBadRequest("helpful must be yes or no")
    visitor = request.COOKIES.get(VISITOR_COOKIE) or secrets.token_urlsafe(18)
    services.vote(found, visitor, answer == "yes")
    if request.headers.get("HX-Request"):
        context = {"article": found, "voted": answer}
        response = render(request, "knowledgebase/partials/_vote.html", context)
    else:
        response = redirect(f"{found.get_absolute_url()}#vote")
    response.set_cookie(
        VISITOR_COOKIE, visitor, max_age=VISITOR_SECONDS, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE, path="/help/",
    )  # fmt: skip
    return response


@require_safe
@login_not_required
def suggest(request: HttpRequest) -> HttpResponse:
    """The articles that may answer what is being typed into the question form, as a fragment; empty if none do."""
    code = request.GET.get("category", "")
    by_code = {"pk": int(code)} if code.isdecimal() and len(code) < 19 else {"code": code[:50]}
    category = Category.objects.filter(**by_code).first() if code else None
    found = services.suggest(
        request.GET.get("q", "")[:2000], language=get_language() or "en", category=category, user=request.user
    )
    context = {"articles": all_shown(found, request.user)}
    return render(request, "knowledgebase/partials/_suggestions.html", context)


def _readable(request: HttpRequest) -> QuerySet[Article]:
    return Article.objects.readable_by(request.user).select_related("section").with_texts()


def _vote_context(request: HttpRequest, found: Article) -> dict[str, Any]:
    visitor = request.COOKIES.get(VISITOR_COOKIE)
    cast = found.votes.filter(visitor_hash=hash_token(visitor)).first() if visitor else None
    return {"article": found, "voted": "" if cast is None else "yes" if cast.is_helpful else "no"}


def _page(request: HttpRequest, articles: QuerySet[Article]) -> tuple[list[Article], dict[str, str]]:
    """One page by key, with the addresses of the pages beside it."""
    after, before = (_key(request, name) for name in ("after", "before"))
    if before:
        rows = list(articles.filter(pk__lt=before).order_by("-pk")[: PER_PAGE + 1])
        has_newer, has_older = len(rows) > PER_PAGE, True
        rows = rows[:PER_PAGE][::-1]
    else:
        rows = list(articles.filter(pk__gt=after).order_by("pk")[: PER_PAGE + 1])
        has_newer, has_older = bool(after), len(rows) > PER_PAGE
        rows = rows[:PER_PAGE]
    return rows, {
        "newer_url": "?" + urlencode({"before": rows[0].pk}) if rows and has_newer else "",
        "older_url": "?" + urlencode({"after": rows[-1].pk}) if rows and has_older else "",
    }


def _key(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else 0
