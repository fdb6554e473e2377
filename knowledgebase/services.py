"""Every write about articles."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.lengths import check_length
from common.links import hash_token
from common.search import index_text
from knowledgebase.models import Article, ArticleText, ArticleVote
from knowledgebase.suggesting import suggest

if TYPE_CHECKING:
    from staff.models import User

__all__ = ["save_text", "set_published", "suggest", "vote"]


@transaction.atomic
def save_text(
    article: Article, language: str, title: str, body: str, *, actor: "User | None", publish: bool
) -> ArticleText:
    """Write an article's text in a language, published or as a draft; raise ValidationError for an impossible one."""
    # Two people who save a language for the first time at once wait for each other.
    Article.objects.select_for_update().get(pk=article.pk)
    text = ArticleText.objects.filter(article=article, language=language).first()
    text = text or ArticleText(article=article, language=language)
    text.title, text.body = title.strip(), body.replace("\r\n", "\n").strip()
    text.search_text = index_text(text.title, text.body)
    _set_state(text, publish)
    text.clean_fields(exclude=["article", "search_text"])
    check_length(text, "body")
    text.save()
    if article.owner_id is None and actor is not None:
        article.owner = actor
        article.save(update_fields=["owner"])
    return text


@transaction.atomic
def set_published(text: ArticleText, publish: bool, *, actor: "User | None") -> ArticleText:
    """Publish a text as it stands, or make it a draft again."""
    text = ArticleText.objects.select_for_update().get(pk=text.pk)
    _set_state(text, publish)
    text.save(update_fields=["state", "published_at"])
    return text


@transaction.atomic
def vote(article: Article, visitor: str, is_helpful: bool) -> ArticleVote:
    """Count a visitor's yes or no once; who changes his mind moves the count."""
    # The lock makes votes on one article wait in line, so no count is lost and nobody counts twice.
    Article.objects.select_for_update().get(pk=article.pk)
    visitor_hash = hash_token(visitor)
    cast = ArticleVote.objects.filter(article=article, visitor_hash=visitor_hash).first()
    if cast is None:
        cast = ArticleVote.objects.create(
            article=article, visitor_hash=visitor_hash, is_helpful=is_helpful, voted_at=timezone.now()
        )
        _move_counts(article, is_helpful, also_back=False)
    elif cast.is_helpful != is_helpful:
        cast.is_helpful, cast.voted_at = is_helpful, timezone.now()
        cast.save(update_fields=["is_helpful", "voted_at"])
        _move_counts(article, is_helpful, also_back=True)
    return cast


def _move_counts(article: Article, is_helpful: bool, *, also_back: bool) -> None:
    up, down = ("helpful_count", "unhelpful_count") if is_helpful else ("unhelpful_count", "helpful_count")
    changes = {up: F(up) + 1} | ({down: F(down) - 1} if also_back else {})
    Article.objects.filter(pk=article.pk).update(**changes)
    article.refresh_from_db(fields=["helpful_count", "unhelpful_count"])


def _set_state(text: ArticleText, publish: bool) -> None:
    if publish and text.published_at is None:
        text.published_at = timezone.now()
    if not publish:
        text.published_at = None
    text.state = ArticleText.State.PUBLISHED if publish else ArticleText.State.DRAFT
