"""Finding a name by some of its characters: “rslv” is Resolve, “满调” is 满意度调查."""

from collections.abc import Iterable

from common.folding import fold, fold_characters

# What a character adds: at the beginning of a word, right after the one before, anywhere.
_BEGINS, _FOLLOWS, _THERE = 6, 4, 1


def rank(query: str, names: Iterable[str]) -> int:
    """How well the best of the names fits the query, 0 for not at all; each word of the query must be there in order.

    Both are compared in half width, lower case and Simplified characters.
    """
    words = [{fold(word), fold_characters(word)} for word in query.split()]
    best = 0
    for name in names:
        for folded in {fold(name), fold_characters(name)}:
            scores = [max(_score(word, folded) for word in ways) for ways in words]
            if all(scores):
                # Of two that fit alike the shorter one has less that was not asked for.
                best = max(best, sum(scores) * 100 - len(folded))
    return best


def _score(word: str, name: str) -> int:
    """How well the characters of the word stand in the name in their order."""
    if (place := name.find(word)) >= 0:
        return len(word) * _FOLLOWS + _BEGINS * (2 if place == 0 else _begins_word(name, place))
    score, place = 0, -1
    for character in word:
        found = name.find(character, place + 1)
        if found < 0:
            return 0
        score += _BEGINS if _begins_word(name, found) else _FOLLOWS if found == place + 1 else _THERE
        place = found
    # Letters that lie far apart are in nearly every long name.
    return score if score >= len(word) * 2 or not word.isascii() else 0


def _begins_word(name: str, place: int) -> bool:
    return place == 0 or (not name[place - 1].isalnum() and name[place].isalnum())
