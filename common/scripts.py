"""In which script a text is written, where that can be told surely."""

import re

from common.folding import CJK

HANS, HANT, LATIN = "zh-hans", "zh-hant", "en"

# Addresses and codes are the same in every language.
_FOREIGN = re.compile(r"\S*(?:://|@)\S*|[［\[{][^\]］}]*[］\]}]|\S*\d\S*", re.ASCII)
_HAN = re.compile(f"[{CJK}]")
_LETTER = re.compile(r"[A-Za-z]")
# A few letters may be a name or a model; a few characters, too.
FEWEST_LETTERS, FEWEST_CHARACTERS, FEWEST_SIGNS = 12, 4, 2


def script_of(text: str) -> str:
    """The language that the script shows: zh-hans, zh-hant, zh for Chinese of either script, en, or empty for unsure.

    A character that only GB 2312 has is Simplified, one that only Big5 has is Traditional.
    """
    text = _FOREIGN.sub(" ", text)
    characters, letters = _HAN.findall(text), len(_LETTER.findall(text))
    if len(characters) < FEWEST_CHARACTERS:
        return LATIN if not characters and letters >= FEWEST_LETTERS else ""
    if letters > 4 * len(characters):
        return ""
    simplified = sum(1 for one in characters if _is_in(one, "gb2312") and not _is_in(one, "big5"))
    traditional = sum(1 for one in characters if _is_in(one, "big5") and not _is_in(one, "gb2312"))
    # One of the other script may be a name.
    if simplified >= FEWEST_SIGNS and simplified > 3 * traditional:
        return HANS
    if traditional >= FEWEST_SIGNS and traditional > 3 * simplified:
        return HANT
    return "zh"


def fits(text: str, language: str) -> bool:
    """Whether a text may be in the language, as far as its script tells."""
    script = script_of(text)
    return script in ("", language) or (script == "zh" and language.startswith("zh"))


def _is_in(character: str, charset: str) -> bool:
    try:
        character.encode(charset)
    except UnicodeEncodeError:
        return False
    return True
