"""Which of a manager's rules a ticket matches; pure, so that the dry run and the intake cannot disagree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from common.folding import fold

if TYPE_CHECKING:
    from catalog.models import Category
    from tickets.models.conditions import Conditions

Rule = TypeVar("Rule", bound="Conditions")
# Enough of a text to tell what it is about; a longer one costs no more.
LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class Facts:
    """What a rule looks at."""

    subject: str
    body: str
    channel: str
    language: str
    segment_id: int | None
    category: "Category | None"
    product_id: int | None = None


def first_match(rules: "Iterable[Rule]", facts: Facts) -> "Rule | None":
    """The first rule that matches, in the manager's order."""
    texts = folded(facts)
    return next((rule for rule in rules if matches(rule, facts, texts)), None)


def folded(facts: Facts) -> tuple[str, str]:
    """Subject and body as words are looked for in them."""
    return fold(facts.subject), fold(facts.body[:LONGEST_TEXT])


def matches(rule: "Conditions", facts: Facts, texts: tuple[str, str]) -> bool:
    """Whether every condition the rule has holds; `texts` are subject and body, folded."""
    if rule.channel and rule.channel != facts.channel:
        return False
    if rule.language and rule.language != facts.language:
        return False
    if rule.segment_id and rule.segment_id != facts.segment_id:
        return False
    if rule.for_category_id and not (facts.category and facts.category.is_within([rule.for_category_id])):
        return False
    if (product_id := getattr(rule, "product_id", None)) and product_id != facts.product_id:
        return False
    patterns = rule.patterns
    if not patterns:
        return True
    subject, body = texts
    searched = {"subject": [subject], "body": [body]}.get(rule.where, [subject, body])
    return any(_holds(text, fold(pattern)) for text in searched for pattern in patterns)


def _holds(text: str, pattern: str) -> bool:
    parts = [part for part in pattern.split("*") if part]
    if not parts:
        return False
    if len(parts) == 1 and not parts[0].isascii():
        return parts[0] in text
    return any(_line_holds(line, parts) for line in text.splitlines())


def _line_holds(line: str, parts: Sequence[str]) -> bool:
    # Taking each part at its first place after the one before is enough, and linear however odd the pattern.
    place = 0
    for part in parts:
        place = _find_word(line, part, place)
        if place < 0:
            return False
        place += len(part)
    return True


def _find_word(line: str, part: str, start: int) -> int:
    """Find `part` as a word of its own where it is Latin (“art” is not in “party”), anywhere where it is Chinese."""
    while (place := line.find(part, start)) >= 0:
        before = line[place - 1] if place else " "
        after = line[place + len(part)] if place + len(part) < len(line) else " "
        if not (_joins(before, part[0]) or _joins(part[-1], after)):
            return place
        start = place + 1
    return -1


def _joins(left: str, right: str) -> bool:
    return left.isascii() and right.isascii() and left.isalnum() and right.isalnum()
