"""Search that finds Chinese words of any length, on PostgreSQL and on SQLite.

A model stores `search_text = index_text(…)`, its migration installs `SearchIndex`, a view asks `matching(…)`.
Chinese is cut into overlapping pairs of characters, and a query is a phrase of adjacent pairs, so no
dictionary is needed and no word is missed. Texts and queries are folded twice, by words (軟體 finds 软件)
and by characters (預設 finds 預設值, which is 默认值 by words); either hit counts.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from django.db.models import F, Model, QuerySet
from django.db.models.lookups import In, Lookup

from common.database import InstalledRule, Statements, quote_name
from common.folding import CJK, fold, fold_characters

# PostgreSQL keeps no position of a word past 16,383, and no more than 1 MB of words for one row.
MOST_TOKENS = 15_000
MOST_JOINED = 500
MOST_CHARACTERS = 200_000
LONGEST_WORD = 64
LONGEST_QUERY = 200
SNIPPET_LOOKS_AT = 20_000

VECTOR = "search_vector"

_LETTER = rf"[^\W_{CJK}]"
_WORD = f"{_LETTER}+"
_RUN = re.compile(rf"(?P<cjk>[{CJK}]+)|{_WORD}")
# The star, not a plus: a word that is not joined must be eaten too, or a long one is tried from every letter.
_JOINED = re.compile(rf"{_WORD}(?:[-_]{_WORD})*")
# Folded one by one these give what the whole text gives, for no Chinese word contains a mark or a Latin letter.
_STRETCH = re.compile(rf"[\x00-\x7f]+|[{CJK}]{{1,200}}|[^\x00-\x7f{CJK}]{{1,200}}")
_WITHOUT_JOINTS = str.maketrans("", "", "-_")

M = TypeVar("M", bound=Model)


class Phrase(NamedTuple):
    """Tokens that follow one another; with `is_prefix` the last one need only begin so."""

    tokens: tuple[str, ...]
    is_prefix: bool


def index_text(*texts: str) -> str:
    """Return the tokens of `texts`, separated by blanks: pairs of Chinese characters, words of other scripts.

    Only the first 200,000 characters and 15,000 tokens count. `TW-2025-0091` gives its three parts, and
    `tw20250091` at the end of all tokens, so that it is found by either spelling.
    """
    text = "\n".join(texts)[:MOST_CHARACTERS]
    folded = fold(text)[:MOST_CHARACTERS]
    runs = list(_RUN.finditer(folded))
    if not text.isascii():
        known = {run[0] for run in runs}
        runs += [run for run in _RUN.finditer(fold_characters(text)[:MOST_CHARACTERS]) if run[0] not in known]
    tokens: list[str] = []
    for run in runs:
        tokens += _tokens(run)
        if len(tokens) >= MOST_TOKENS:
            break
    joined = [
        word.translate(_WITHOUT_JOINTS) for word in _JOINED.findall(folded) if "-" in word or "_" in word
    ]
    joined = [word[:LONGEST_WORD] for word in dict.fromkeys(joined)][:MOST_JOINED]
    return " ".join(tokens[:MOST_TOKENS] + joined)[:MOST_CHARACTERS]


def phrases(query: str) -> tuple[tuple[Phrase, ...], ...]:
    """Return what a query asks for: for each word the phrases of which one must be there.

    The last word may be unfinished.
    """
    found = []
    for both, is_last in _words(query[:LONGEST_QUERY]):
        choices = dict.fromkeys(_phrase(word, is_last=is_last) for word in both)
        found.append(tuple(phrase for phrase in choices if phrase.tokens))
    return tuple(filter(None, found))


def exact_phrase(text: str) -> tuple[Phrase, ...]:
    """Return the phrases of which one must be there, so that all words of `text` follow one another in their order."""
    text = text[:LONGEST_QUERY]
    choices = dict.fromkeys(_phrase(folding(text), is_last=False) for folding in (fold, fold_characters))
    return tuple(phrase for phrase in choices if phrase.tokens)


def matching(
    queryset: QuerySet[M],
    text: str,
    *,
    exact: Iterable[str] = (),
    field: str = "search_text",
    are_few: bool = False,
) -> QuerySet[M]:
    """Return the rows whose `field` holds every word of `text` and every text of `exact` as it is; none for nothing.

    `field` may lead over relations (`ticket__search_text`); its model needs a `SearchIndex`. `are_few` says that the
    rows are narrowed to few already.
    """
    wanted = phrases(text) + tuple(filter(None, map(exact_phrase, exact)))
    holds = HoldsPhrasesOfFew if are_few else HoldsPhrases
    return queryset.filter(holds(F(field), wanted)) if wanted else queryset.none()


def snippet(text: str, query: str, *, length: int = 160) -> list[tuple[str, bool]]:
    """Return about `length` characters of `text` around the first hit, as (part, is a hit); to be escaped as usual.

    Hits are found as in the search, so `退货` marks `退貨`. Without a hit it is the beginning of the text.
    """
    text = unicodedata.normalize("NFC", text[:SNIPPET_LOOKS_AT]).replace("\x00", "")
    hits = _hits(text, query)
    start = max(0, hits[0][0] - length // 3) if hits and hits[0][1] > length else 0
    end = min(len(text), start + length)
    parts = [("…", False)] if start else []
    place = start
    for first, last in hits:
        if first >= end:
            break
        parts += [(text[place:first], False), (text[first:last], True)]
        place = last
    parts.append((text[place:end], False))
    if max(place, end) < len(text):
        parts.append(("…", False))
    return [part for part in parts if part[0]]


class HoldsPhrases(Lookup):
    """The condition that the search index of the left side's table holds one phrase for every word."""

    lookup_name = "holds_phrases"
    prepare_rhs = False

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        # Tokens are letters and digits only (_RUN), so no query syntax can come in.
        wanted = " & ".join(
            "("
            + " | ".join(
                " <-> ".join(f"'{token}'" for token in tokens) + ":*" * is_prefix
                for tokens, is_prefix in word
            )
            + ")"
            for word in self.rhs
        )
        return f"{compiler.quote_name_unless_alias(self.lhs.alias)}.{VECTOR} @@ to_tsquery('simple', %s)", [
            wanted
        ]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        wanted = " AND ".join(
            "("
            + " OR ".join('"' + " ".join(tokens) + '"' + " *" * is_prefix for tokens, is_prefix in word)
            + ")"
            for word in self.rhs
        )
        meta = self.lhs.target.model._meta
        index = quote_name(f"{meta.db_table}_fts")
        row = f"{compiler.quote_name_unless_alias(self.lhs.alias)}.{quote_name(meta.pk.column)}"
        return f"{row} IN (SELECT rowid FROM {index} WHERE {index} MATCH %s)", [wanted]  # noqa: S608


class HoldsPhrasesOfFew(HoldsPhrases):
    """The same condition on rows that are few by another one: each is looked at, the index with all rows is not."""

    lookup_name = "holds_phrases_of_few"

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        sql, wanted = super().as_postgresql(compiler, connection)
        # An expression that no index holds: PostgreSQL cannot foresee how many rows have a phrase or a beginning.
        return sql.replace(" @@ ", " || ''::tsvector @@ ", 1), wanted


class IsAmong(In):
    """The condition that the left side is one of the rows of a query whose hits are few, though it cannot be foreseen.

    PostgreSQL expects half the table of a union of searches, and would rather read the whole table; an array it
    takes for short, and looks each row up by its key.
    """

    def get_rhs_op(self, connection: Any, rhs: str) -> str:
        return (
            f"= ANY(ARRAY{rhs})" if connection.vendor == "postgresql" else super().get_rhs_op(connection, rhs)
        )


class SearchIndex(InstalledRule):
    """The migration operation that indexes a model's token text; the model's key must be an integer."""

    def __init__(self, model_name: str, field: str = "search_text") -> None:
        self.model_name = model_name
        self.field = field

    def describe(self) -> str:
        return f"Index the text of {self.model_name} for search"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.model_name.lower()}_search"

    def expected(self, vendor: str, app_label: str, apps: Any) -> set[tuple[str, str]]:
        if vendor == "sqlite":
            return super().expected(vendor, app_label, apps)
        return {("column", f"{apps.get_model(app_label, self.model_name)._meta.db_table}.{VECTOR}")}

    def statements(self, vendor: str, app_label: str, apps: Any) -> tuple[Statements, Statements]:
        meta = apps.get_model(app_label, self.model_name)._meta
        column = meta.get_field(self.field).column
        if vendor == "sqlite":
            return _sqlite_index(meta.db_table, meta.pk.column, column)
        return _postgresql_index(meta.db_table, column)


def _postgresql_index(table: str, column: str) -> tuple[Statements, Statements]:
    on, index = quote_name(table), quote_name(f"{table}_search")
    drop = f"ALTER TABLE {on} DROP COLUMN IF EXISTS {VECTOR}"
    return [
        drop,
        (
            f"ALTER TABLE {on} ADD COLUMN {VECTOR} tsvector "
            f"GENERATED ALWAYS AS (to_tsvector('simple', {quote_name(column)})) STORED"
        ),
        f"CREATE INDEX {index} ON {on} USING gin ({VECTOR})",
    ], [drop]


def _sqlite_index(table: str, key: str, column: str) -> tuple[Statements, Statements]:
    on, index, text = quote_name(table), quote_name(f"{table}_fts"), quote_name(column)
    names = {word: quote_name(f"{table}_fts_{word}") for word in ("insert", "update", "delete")}
    drops = [f"DROP TRIGGER IF EXISTS {name}" for name in names.values()] + [f"DROP TABLE IF EXISTS {index}"]
    add = f"INSERT INTO {index} (rowid, {text}) VALUES (NEW.{quote_name(key)}, NEW.{text});"  # noqa: S608
    remove = (
        f"INSERT INTO {index} ({index}, rowid, {text}) VALUES ('delete', OLD.{quote_name(key)}, OLD.{text});"  # noqa: S608
    )
    return [
        *drops,
        # The tokens are made in index_text; ascii leaves every other character alone.
        (
            f"CREATE VIRTUAL TABLE {index} USING fts5({text}, content={on}, content_rowid={quote_name(key)}, "
            "tokenize='ascii', columnsize=0)"
        ),
        f"CREATE TRIGGER {names['insert']} AFTER INSERT ON {on} BEGIN {add} END",
        f"CREATE TRIGGER {names['delete']} AFTER DELETE ON {on} BEGIN {remove} END",
        (
            f"CREATE TRIGGER {names['update']} AFTER UPDATE OF {text} ON {on} WHEN OLD.{text} IS NOT NEW.{text} "
            f"BEGIN {remove} {add} END"
        ),
        f"INSERT INTO {index} ({index}) VALUES ('rebuild')",  # noqa: S608
    ], drops


def _words(query: str) -> list[tuple[tuple[str, str], bool]]:
    """Return the query's words, each folded by words and by characters, and whether it is the last one."""
    words, characters = fold(query).split(), fold_characters(query).split()
    # Blanks are folded alike both ways, so the lists go side by side.
    return [
        (both, number == len(words))
        for number, both in enumerate(zip(words, characters, strict=True), start=1)
    ]


def _phrase(word: str, *, is_last: bool) -> Phrase:
    runs = [run for run in _RUN.finditer(word) if _tokens(run)]
    tokens = [token for run in runs for token in _tokens(run)]
    if not runs or not runs[-1]["cjk"]:
        return Phrase(tuple(tokens), is_last)
    # The text may go on where the query stops: a lone last character may begin a pair.
    is_lone = len(runs[-1][0]) == 1
    return Phrase(tuple(tokens if is_lone else tokens[:-1]), is_lone)


def _tokens(run: re.Match[str]) -> list[str]:
    if run["cjk"]:
        # The lone last character lets a one-character query find it, and keeps phrases from running across marks.
        return [run[0][place : place + 2] for place in range(len(run[0]))]
    word = run[0][:LONGEST_WORD]
    if not word.isascii():
        # PostgreSQL takes signs such as the Bengali fractions for marks between words.
        word = "".join(letter for letter in word if letter.isalpha() or letter.isdecimal())
    return [word] if word else []


def _hits(text: str, query: str) -> list[tuple[int, int]]:
    """Return the places in `text` that the query's words take, in order, none overlapping."""
    words = _words(query[:LONGEST_QUERY])
    found: list[tuple[int, int]] = []
    for way, folding in enumerate((fold, fold_characters)):
        needles = {_needle(both[way], is_last=is_last) for both, is_last in words if _RUN.search(both[way])}
        if needles and (way == 0 or not text.isascii()):
            folded, places = _aligned(text, folding)
            pattern = "|".join(sorted(needles, key=len, reverse=True))
            found += [
                (places[hit.start()][0], places[hit.end() - 1][1]) for hit in re.finditer(pattern, folded)
            ]
    hits: list[tuple[int, int]] = []
    # Of two that begin together the longer one counts.
    for first, last in sorted(found, key=lambda hit: (hit[0], -hit[1])):
        if not hits or first >= hits[-1][1]:
            hits.append((first, last))
    return hits


def _needle(word: str, *, is_last: bool) -> str:
    runs = list(_RUN.finditer(word))
    begin = "" if runs[0]["cjk"] else f"(?<!{_LETTER})"
    end = "" if is_last or runs[-1]["cjk"] else f"(?!{_LETTER})"
    return begin + r"[\W_]*+".join(re.escape(run[0]) for run in runs) + end


def _aligned(text: str, folding: Callable[[str], str]) -> tuple[str, list[tuple[int, int]]]:
    """Return the folded text, and for each of its characters where in `text` it comes from."""
    folded, places = [], []
    for stretch in _STRETCH.finditer(text):
        place = stretch.start()
        for size, piece in _pieces(stretch[0], folding):
            folded.append(piece)
            places += [(place, place + size)] * len(piece)
            place += size
    return "".join(folded), places


def _pieces(stretch: str, folding: Callable[[str], str]) -> list[tuple[int, str]]:
    """Cut a stretch wherever both sides fold by themselves as they do together: (length before, folded)."""
    whole = folding(stretch)
    if len(whole) == len(stretch) and (stretch.isascii() or all(map(_folds_to, stretch, whole))):
        return [(1, character) for character in whole]
    pieces, start, done = [], 0, 0
    for cut in range(1, len(stretch) + 1):
        head = folding(stretch[:cut])
        if head + folding(stretch[cut:]) == whole:
            pieces.append((cut - start, whole[done : len(head)]))
            start, done = cut, len(head)
    return pieces


@lru_cache(maxsize=8192)
def _folds_to(character: str, folded: str) -> bool:
    return fold_characters(character) == folded
