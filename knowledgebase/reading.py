"""What a reader gets of articles: the right language, no drafts for customers, and search results."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q
from django.utils.translation import get_language, get_language_info

from common.search import matching, snippet
from knowledgebase.markdown import plain_text
from knowledgebase.models import Article, ArticleText
from knowledgebase.querysets import reads_everything

if TYPE_CHECKING:
    from knowledgebase.querysets import Reader

LOOKS_AT = 500
MOST_RESULTS = 30

Parts = list[tuple[str, bool]]


class Shown(NamedTuple):
    """An article as one reader sees it."""

    article: Article
    text: ArticleText

    @property
    def other_language(self) -> str:
        """The name of the text's language, in that language, when it is not the reader's; else empty."""
        if self.text.language == (get_language() or "en").lower():
            return ""
        return str(get_language_info(self.text.language)["name_local"])

    @property
    def beginning(self) -> str:
        """The first words, for a list."""
        words = plain_text(getattr(self.text, "beginning", None) or self.text.body)
        return " ".join(words.split())


class Hit(NamedTuple):
    """One search result, with what was found marked."""

    shown: Shown
    title: Parts
    passage: Parts


def shown(article: Article, user: "Reader") -> Shown | None:
    """The article in the reader's language or the nearest to it; None when there is no text for him."""
    text = article.text_for(get_language() or "en", drafts=reads_everything(user))
    return Shown(article, text) if text else None


def all_shown(articles: Iterable[Article], user: "Reader") -> list[Shown]:
    """The articles that have a text for the reader, in the same order."""
    return [one for article in articles if (one := shown(article, user))]


def search(query: str, user: "Reader") -> tuple[list[Hit], bool]:
    """The best results, one per article in the reader's language where it has that, and whether there are more."""
    language = (get_language() or "en").lower()
    found = matching(ArticleText.objects.readable_by(user), query).order_by("-article__helpful_count", "pk")
    best: dict[int, tuple[tuple[bool, bool], int]] = {}
    for pk, article, its_language, title in found.values_list("pk", "article", "language", "title")[
        :LOOKS_AT
    ]:
        in_title = any(is_hit for _part, is_hit in snippet(title, query))
        # Smaller is better; the order of the query decides between equals.
        place = (its_language != language, not in_title)
        if article not in best or place < best[article][0]:
            best[article] = (place, pk)
    order = sorted(best.items(), key=lambda entry: (entry[1][0][1], entry[1][0][0]))
    found_in = {article: pk for article, (_place, pk) in order[:MOST_RESULTS]}
    hits = [_hit(text, query) for text in _own_versions(found_in, language, user)]
    return hits, len(order) > MOST_RESULTS


def _own_versions(found_in: dict[int, int], language: str, user: "Reader") -> list[ArticleText]:
    """Of each article the text in the reader's language, which its page shows too; else the one with the hit."""
    texts = ArticleText.objects.readable_by(user).filter(
        Q(pk__in=found_in.values()) | Q(article__in=found_in, language=language)
    )
    chosen: dict[int, ArticleText] = {}
    for text in texts.select_related("article__section").defer("search_text"):
        if text.language == language or text.article_id not in chosen:
            chosen[text.article_id] = text
    return [chosen[article] for article in found_in if article in chosen]


def _hit(text: ArticleText, query: str) -> Hit:
    passage = snippet(" ".join(plain_text(text.body).split()), query, length=180)
    return Hit(Shown(text.article, text), snippet(text.title, query), passage)
