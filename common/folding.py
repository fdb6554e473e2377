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
    """Return `text` in half width, lower case and Simplified Chinese, without invisible characters."""
    if text.isascii():
        return text.lower().replace("\x00", "")
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).casefold())
    return _to_simplified(folded) if _HAN.search(folded) else folded


def _to_simplified(text: str) -> str:
    return _converter().convert(text)


@cache
def _converter() -> opencc.OpenCC:
    # Two threads that come first together may each load one; both are good and one is dropped.
    return opencc.OpenCC("tw2sp")
