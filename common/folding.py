"""One spelling for texts that mean the same: width, case, Traditional or Simplified, invisible characters."""

import re
import unicodedata
from functools import cache

import opencc

# Han, Kana, Bopomofo and Hangul: scripts that are written without blanks or are searched by parts of words.
CJK = (
    "\u1100-\u11ff\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002ebe0\U00030000-\U0003134a"
)
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

# NUL ends a text for opencc and is refused by PostgreSQL; a lone surrogate cannot be written as UTF-8.
_INVISIBLE = re.compile(
    "[\x00\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ud800-\udfff\U000e0100-\U000e01ef]"
)


def fold(text: str) -> str:
    """Return `text` in half width, lower case, Simplified characters and the mainland's words (軟體 is 软件)."""
    if text.isascii():
        return text.lower().replace("\x00", "")
    plain = _plain(text)
    return _converter().convert(plain) if _HAN.search(plain) else plain


def fold_characters(text: str) -> str:
    """Return `text` as `fold` does, but character by character (軟體 is 软体), so that parts fold alike."""
    if text.isascii():
        return text.lower().replace("\x00", "")
    return _plain(text).translate(_simplified)


def _plain(text: str) -> str:
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).casefold())


@cache
def _converter() -> opencc.OpenCC:
    # Two threads that come first together may each load one; both are good and one is dropped.
    return opencc.OpenCC("tw2sp")


class _SimplifiedCharacters(dict[int, str]):
    """A table for str.translate that learns each character when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = _converter().convert(character) if _HAN.match(character) else character
        return self[code]


_simplified = _SimplifiedCharacters()
