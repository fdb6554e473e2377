"""Bytes into text, as charsets are really used: names misspelt, missing, or plainly wrong."""

import codecs
import re

from channels.email.hanzi import likeness

# What the label says, and what is really written under it.
_NAMES = {
    "gb18030": "gb2312 gbk gb18030 cp936 ms936 windows936 xgbk cngb euccn xeuccn gb231280 gb2312801980 csgb2312 "
    "chinese isoir58 csiso58gb231280 gbk2k xgb2312 gb xmacchinesesimp gb180302000 gb180302005 936 gb2312charset "
    "simplifiedchinese",
    "cp950": "big5 cnbig5 big5eten xxbig5 ms950 cp950 windows950 csbig5 xbig5 big5tw 950 big5charset "
    "xmacchinesetrad big5e "
    "traditionalchinese big5uao",
    "big5hkscs": "big5hkscs big5hk hkscs xbig5hkscs cp951 big5hkscs2004",
    "hz": "hz hzgb2312 hzgb xhz",
    "utf-8": "utf8 utf8mb4 unicode11utf8 xutf8 unicode20utf8 cp65001 65001 utf8bom utf8n",
    "iso-2022-cn": "iso2022cn iso2022cnext csiso2022cn",
    "utf-7": "utf7 unicode11utf7 xunicode20utf7",
    "ascii": "ascii usascii ansix341968 iso646us 7bit 8bit ansi",
    "cp1252": "iso88591 latin1 l1 cp1252 windows1252 iso885911987 xansi",
    "iso-8859-8": "iso88598i iso88598e",
    "cp949": "ksc56011987 euckr ksc5601",
    "cp932": "shiftjis sjis xsjis windows31j ms932",
    "utf-16": "unicode ucs2 iso10646ucs2",
    "cp874": "tis620 windows874",
}
_ALIASES = {alias: codec for codec, aliases in _NAMES.items() for alias in aliases.split()}
# Codecs of Python that are no charsets: they cost a square of the length, or run escapes.
_NOT_CHARSETS = {
    "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "charmap", "mbcs", "oem",
}  # fmt: skip
_STATEFUL = {"utf-7", "iso-2022-cn", "hz"}
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"),
          (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\x84\x31\x95\x33", "gb18030"))  # fmt: skip
# A label is believed unless another reading is better by this much.
_LABEL_BONUS = 0.45
_RARE_LABEL_BONUS = 1.2
_OFTEN_WRONG = {"cp1252", "utf-8", "gb18030", "cp950", "big5hkscs", "iso8859-15", "utf-7", "hz"}
_SAMPLE = 20_000
_LONG = 4_000_000
_ESCAPES = re.compile(rb"\x1b(?:\$[@AB()]|\([BJI])")
_UTF_7 = re.compile(rb"\+[A-Za-z0-9+/]{5,}")
_HZ = re.compile(rb"~\{[!-~]{2,}~\}")


def codec_of(label: str) -> str | None:
    """The codec that a label stands for; None when there is none."""
    bare = label.strip(" \t\r\n\"'<>;:,=.")[:60].lower()
    key = re.sub(r"[^a-z0-9]", "", bare)
    if key in _ALIASES:
        return _ALIASES[key]
    for name in (bare, bare.removeprefix("x-"), re.sub(r"^(?:charset|cs)[_=-]*", "", bare)):
        try:
            found = codecs.lookup(name)
        except (LookupError, ValueError, UnicodeError):
            continue
        if found._is_text_encoding and found.name.replace("_", "-") not in _NOT_CHARSETS:
            return _ALIASES.get(re.sub(r"[^a-z0-9]", "", found.name), found.name)
    return None


def decode_text(data: bytes, *labels: str | None) -> str:
    """The text of bytes that are said to be in one of the charsets; always some text, without NUL or surrogate."""
    return tidy(_decode(data, [codec for label in labels if label and (codec := codec_of(label))]))


def _decode(data: bytes, codecs_said: list[str]) -> str:
    for mark, codec in _MARKS:
        if data.startswith(mark):
            text, losses = _read(data[len(mark) :] if codec in ("utf-8", "gb18030") else data, codec)
            if not losses:
                return text
    if data.isascii():
        return _decode_ascii(data, codecs_said)
    said = [codec for codec in codecs_said if codec != "ascii"]
    text, losses = _read(data, "utf-8")
    if not losses and (not said or "utf-8" in said):
        return text
    best, best_score = text, -1000.0
    for codec in dict.fromkeys([*said, "utf-8", *_guesses(data, said)]):
        text, losses = _read(data, codec)
        score = _score(data, text, codec, losses) + _bonus(codec, said)
        if score > best_score:
            best, best_score = text, score
    return best


def _bonus(codec: str, said: list[str]) -> float:
    """A label that nobody sets by mistake counts for more."""
    if codec not in said:
        return 0.0
    return _LABEL_BONUS if codec in _OFTEN_WRONG else _RARE_LABEL_BONUS


def _guesses(data: bytes, said: list[str]) -> list[str]:
    if len(data) > _LONG:
        return ["gb18030"]
    wide = ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"] if 0 in data else []
    stateful = ["iso2022_jp_2"] if _ESCAPES.search(data) else []
    return [*wide, *stateful, "gb18030", "cp950", "big5hkscs", "cp1252"]


def _decode_ascii(data: bytes, said: list[str]) -> str:
    """Seven bits may still be Chinese: in HZ, with escapes, or as wide characters."""
    plain = data.decode("ascii")
    tries = [
        codec for codec in said if codec in _STATEFUL or codec.startswith(("iso2022", "utf-16", "utf-32"))
    ]
    if _ESCAPES.search(data):
        tries += ["iso-2022-cn", "iso2022_jp_2"]
    if _HZ.search(data):
        tries.append("hz")
    if 0 < len(data) // 4 < data.count(0):
        tries += ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]
    for codec in tries:
        text, losses = _read(data, codec)
        if not losses and (codec in said or likeness(text[:_SAMPLE]) > 0.2 or text.isascii()):
            return text
    if _UTF_7.search(data):
        text, losses = _read(data, "utf-7")
        if not losses and likeness(text[:_SAMPLE]) > 1.0:
            return text
    return plain


def _read(data: bytes, codec: str) -> tuple[str, int]:
    """The text, and how many places could not be read."""
    try:
        if codec == "iso-2022-cn":
            return _read_iso_2022_cn(data), 0
        if codec in ("utf-16", "utf-32") and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
            return _read_wide(data, codec), 0
        return data.decode(codec), 0
    except (UnicodeError, LookupError, ValueError, OverflowError):
        pass
    try:
        text = data.decode("utf-8", "surrogatepass") if codec == "utf-8" else data.decode(codec, "replace")
    except (UnicodeError, LookupError, ValueError, OverflowError):
        text = data.decode("utf-8" if codec == "utf-8" else "latin-1", "replace")
        return text, max(1, text.count("\ufffd"))
    return text, text.count("\ufffd")


def _read_wide(data: bytes, codec: str) -> str:
    """UTF-16 or UTF-32 without a mark: the order of bytes that gives the likelier text."""
    texts = []
    for order in ("-be", "-le"):
        try:
            texts.append(data.decode(codec + order))
        except UnicodeError:
            continue
    if not texts:
        raise UnicodeError(codec)
    return max(texts, key=lambda text: likeness(text[:_SAMPLE], ascii_counts=True))


def _read_iso_2022_cn(data: bytes) -> str:
    """RFC 1922, of which Python has no codec: GB 2312 after shift-out."""
    if (b"\x1b$A" not in data and b"\x1b$)A" not in data) or b"\x0e" not in data:
        raise UnicodeError("iso-2022-cn")
    parts = re.split(rb"(\x0e[^\x0f\n]*\x0f?)", re.sub(rb"\x1b\$[)*+][A-Z]", b"", data))
    return "".join(
        bytes(byte | 0x80 for byte in part.strip(b"\x0e\x0f")).decode("gb18030")
        if part.startswith(b"\x0e")
        else part.decode("ascii")
        for part in parts
    )


def _score(data: bytes, text: str, codec: str, losses: int) -> float:
    """How much a reading looks like something that a person wrote."""
    sample = text[:_SAMPLE]
    score = likeness(sample)
    if losses:
        score -= 0.3 + 8.0 * losses / max(1, sum(char > "\x7f" for char in text[: _SAMPLE * 5]))
    if codec in ("utf-8", "hz") and not losses:
        score += 0.6  # bytes of another charset are hardly ever well formed
    if codec == "cp1252":
        # Accented letters stand alone among others; bytes of Chinese come in pairs.
        high = re.findall(rb"[\x80-\xff]+", data[:_SAMPLE])
        score += sum(len(run) == 1 for run in high) / max(1, len(high)) - 0.2
    return score


def tidy(text: str) -> str:
    """Text that every database takes: no NUL, and surrogates joined or replaced."""
    if "\0" in text:
        text = text.replace("\0", "")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.removeprefix("\ufeff")
