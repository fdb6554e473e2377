"""The demo's data files: TOML for people, goods, rules and conversations, Markdown for articles."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LANGUAGES = ("en", "zh-hans", "zh-hant")


@cache
def read(name: str) -> dict[str, Any]:
    """Return one data file, such as people."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Words:
    """What is said about one problem in one language: by the customer at first, then by both."""

    subject: tuple[str, ...]
    say: tuple[str, ...]
    ask: str
    answer: str
    solve: str


@dataclass(frozen=True)
class Scenario:
    """One problem that customers write about."""

    code: str
    # The category in which it should end; empty where only a person can tell.
    category: str
    # Product families it happens to, or any.
    families: tuple[str, ...]
    weight: int
    words: dict[str, Words]


@cache
def scenarios() -> tuple[Scenario, ...]:
    """Return every problem, from all files in stories/."""
    found = []
    for path in sorted((HERE / "stories").glob("*.toml")):
        for code, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found.append(_scenario(code, entry))
    return tuple(found)


def _scenario(code: str, entry: dict[str, Any]) -> Scenario:
    words = {
        language: Words(
            subject=tuple(entry[language]["subject"]),
            say=tuple(entry[language]["say"]),
            ask=entry[language].get("ask", ""),
            answer=entry[language].get("answer", ""),
            solve=entry[language]["solve"],
        )
        for language in LANGUAGES
    }
    return Scenario(code, entry["category"], tuple(entry["families"]), entry["weight"], words)


@dataclass(frozen=True)
class ArticleFile:
    """One article with its texts: language -> (title, Markdown)."""

    slug: str
    section: str
    audience: str
    categories: tuple[str, ...]
    drafts: tuple[str, ...]
    # How many visitors found it helpful, and how many not.
    votes: tuple[int, int]
    texts: dict[str, tuple[str, str]]


@cache
def articles() -> tuple[ArticleFile, ...]:
    """Return every article of articles/."""
    return tuple(_article(path) for path in sorted((HERE / "articles").glob("*.md")))


def _article(path: Path) -> ArticleFile:
    _empty, head, text = path.read_text(encoding="utf-8").split("+++\n", 2)
    facts, texts = tomllib.loads(head), {}
    for part in text.split("=== ")[1:]:
        language, _newline, markdown = part.partition("\n")
        title, _newline, body = markdown.strip().partition("\n")
        texts[language.strip()] = (title.removeprefix("# ").strip(), body.strip())
    helpful, unhelpful = facts.get("votes", [0, 0])
    return ArticleFile(
        slug=path.stem,
        section=facts["section"],
        audience=facts.get("audience", "public"),
        categories=tuple(facts["categories"]),
        drafts=tuple(facts.get("drafts", [])),
        votes=(helpful, unhelpful),
        texts=texts,
    )
