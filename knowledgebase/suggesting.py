"""Which articles may answer what somebody is typing.

A whole sentence never matches a search for all of its words. So each of its telling tokens is looked up by itself,
and an article is worth what the tokens it holds tell: a rare one much, a common one little, one in the title more.
"""

import json
import math
import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from catalog.models import Category
from common.folding import CJK
from common.search import VECTOR, index_text
from knowledgebase.models import Article, ArticleText

if TYPE_CHECKING:
    from knowledgebase.querysets import Reader

LONGEST_TEXT = 600
MOST_TOKENS = 40
# A token that so many texts hold tells nothing.
MOST_HITS = 300
CANDIDATES = 40
TITLE_COUNTS = 2.0
# Of what the best is worth; an article of the category need not be as near.
WORTH_SHOWING = 0.4
WORTH_SHOWING_IN_CATEGORY = 0.15

# Words that every question has.
_IDLE_WORDS = """
    我的 你的 你们 我们 他们 请问一下 怎么 怎么办 什么 为什么 是什么 什么时候 的时候 可以吗 不可以
    能不能 是不是 有没有 这个 那个 一个 一直 现在 已经 今天 昨天 明天 还是 但是 因为 所以 如果 然后 想要
    我想问 您好 你好 谢谢 麻烦 帮我 给我 了吗 的话 知道 不知道 应该 需要 问题 起来 出来 怎样 如何 哪里
    多久 多少 几天 这样 觉得 之后 以后 about after all also and any are because been before but can
    could did does don for from get got had has have hello help her here him how into its just know like
    may more much need not now only other our out please question say she should some than thank thanks
    that the their them then there these they this those very want was way were what when where which
    who why will with would you your
"""
_HAN_PAIR = re.compile(f"[{CJK}]")
_ENDINGS = ("ations", "ation", "ings", "ing", "ied", "ies", "ed", "es", "s", "e", "y")


_COLUMNS = ("pk", "article_id", "title", "language", "is_of_category")

_ON_POSTGRESQL = f"""
    SELECT wanted.number - 1, article.id
    FROM json_array_elements_text(%s::json) WITH ORDINALITY AS wanted (query, number)
    JOIN knowledgebase_articletext article ON article.{VECTOR} @@ wanted.query::tsquery
"""  # noqa: S608
_ON_SQLITE = """
    SELECT wanted.key, found.rowid
    FROM json_each(%s) wanted JOIN knowledgebase_articletext_fts found
    ON found.knowledgebase_articletext_fts MATCH wanted.value
"""


class Token(NamedTuple):
    """What to look up; with `is_prefix` a word that only begins so is found too."""

    text: str
    is_prefix: bool

    def is_in(self, tokens: set[str]) -> bool:
        """Whether one of the tokens is what is looked for."""
        return self.text in tokens or (
            self.is_prefix and any(token.startswith(self.text) for token in tokens)
        )


def suggest(
    text: str, *, language: str, category: Category | None = None, user: "Reader" = None, limit: int = 5
) -> list[Article]:
    """The articles that may answer a typed text, best first, those of the category before all others; with texts.

    `user` decides which articles may be read; `language` decides between articles that are worth the same.
    """
    holders = _lookups(telling_tokens(text))
    if not holders:
        return []
    ranked = _ranked(holders, language, category, user)[:limit]
    articles = Article.objects.with_texts().in_bulk(ranked)
    return [articles[pk] for pk in ranked]


def telling_tokens(text: str) -> list[Token]:
    """The pairs and words of a text that say what it is about, each once; the last ones when there are many."""
    found: dict[Token, None] = {}
    for token in index_text(text[-LONGEST_TEXT:]).split():
        if token in _idle():
            continue
        if _HAN_PAIR.match(token):
            if len(token) == 2:
                found[Token(token, is_prefix=False)] = None
        elif len(token) > 2 or any(character.isdigit() for character in token):
            stem = _stem(token)
            found[Token(stem, is_prefix=len(stem) > 3)] = None
    return list(found)[-MOST_TOKENS:]


@cache
def _idle() -> frozenset[str]:
    return frozenset(index_text(_IDLE_WORDS).split())


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


def _lookups(tokens: list[Token]) -> dict[Token, list[int]]:
    """The ids of the texts that hold each token, without tokens that no text or too many texts hold."""
    if not tokens:
        return {}
    # Tokens are letters and digits only (common.search), so no query syntax can come in.
    if connection.vendor == "postgresql":
        wanted = json.dumps([f"'{token.text}'" + (":*" if token.is_prefix else "") for token in tokens])
        sql = _ON_POSTGRESQL
    else:
        wanted = json.dumps([f'"{token.text}"' + (" *" if token.is_prefix else "") for token in tokens])
        sql = _ON_SQLITE
    holders: dict[Token, list[int]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(sql, [wanted])
        for number, pk in cursor.fetchall():
            holders[tokens[number]].append(pk)
    return {token: pks for token, pks in holders.items() if len(pks) <= MOST_HITS}


def _ranked(
    holders: dict[Token, list[int]], language: str, category: Category | None, user: "Reader"
) -> list[int]:
    """The ids of the articles worth showing, best first."""
    weights = {token: 1 / (1 + math.log(len(pks))) for token, pks in holders.items()}
    places = _places(holders, weights, language, category, user)
    best_worth = max((worth_of for _is_of_category, worth_of, _language in places.values()), default=0.0)
    near = [
        pk
        for pk, (is_of_category, worth_of, _language) in places.items()
        if worth_of >= best_worth * (WORTH_SHOWING_IN_CATEGORY if is_of_category else WORTH_SHOWING)
    ]
    return sorted(near, key=lambda pk: (places[pk], -pk), reverse=True)


def _places(
    holders: dict[Token, list[int]],
    weights: dict[Token, float],
    language: str,
    category: Category | None,
    user: "Reader",
) -> dict[int, tuple[bool, float, bool]]:
    """Of the nearest articles by id: is it of the category, what is it worth, is it in the language."""
    worth: dict[int, float] = defaultdict(float)
    hits: dict[int, int] = defaultdict(int)
    for token, pks in holders.items():
        for pk in pks:
            worth[pk] += weights[token]
            hits[pk] += 1
    best = sorted(worth, key=lambda pk: (-worth[pk], pk))[:CANDIDATES]
    places: dict[int, tuple[bool, float, bool]] = {}
    for row in _readable(best, category, user):
        title = set(index_text(row["title"]).split())
        in_title = sum(weight for token, weight in weights.items() if token.is_in(title))
        # One pair somewhere in a long text is chance; one in the title is not.
        if not in_title and hits[row["pk"]] < 2:
            continue
        place = (
            row["is_of_category"],
            worth[row["pk"]] + TITLE_COUNTS * in_title,
            row["language"] == language,
        )
        places[row["article_id"]] = max(place, places.get(row["article_id"], place))
    return places


def _readable(pks: list[int], category: Category | None, user: "Reader") -> list[dict[str, Any]]:
    """What ranking needs to know of those texts that the user may read."""
    texts = ArticleText.objects.readable_by(user).marking_category(category).filter(pk__in=pks).order_by()
    return list(texts.values(*_COLUMNS))
