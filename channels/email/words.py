"""Encoded words (RFC 2047) in headers, also those that were split badly."""

import base64
import binascii
import re

from channels.email.charsets import codec_of, decode_text, tidy
from channels.email.limits import MOST_DECODED_HEADER

# The text between the marks holds no "=?", so what is never closed costs no second look.
_WORD = re.compile(r"=\?([^?*\s=]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?((?:[^?=]|\?(?!=)|=(?!\?(?!=)))*)\?=")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f]+")


def decode_words(text: str) -> str:
    """The header's text with its encoded words read; neighbours in one charset are joined before they are decoded."""
    if "=?" not in text:
        return text
    text, rest = text[:MOST_DECODED_HEADER], text[MOST_DECODED_HEADER:]
    pieces: list[str] = []
    pending: list[tuple[str, str, str]] = []
    end = 0
    for found in _WORD.finditer(text):
        between = text[end : found.start()]
        if between.strip() or not end:
            pieces += [_joined(pending), between]
            pending = []
        pending.append((found[1], found[2].upper(), found[3]))
        end = found.end()
    return "".join([*pieces, _joined(pending), text[end:], rest])


def has_encoded_word(text: str) -> bool:
    """Whether something in it is encoded."""
    return "=?" in text and _WORD.search(text) is not None


def one_line(text: str) -> str:
    """The text on one line, without control characters."""
    return tidy(_SPACE.sub(" ", text)).strip()


def _joined(words: list[tuple[str, str, str]]) -> str:
    """Words in a row, those of one charset as one run of bytes: a character may be cut between two of them."""
    texts: list[str] = []
    run, run_label, open_base64 = bytearray(), "", ""
    for label, way, content in words:
        if run_label and _name(label) != _name(run_label):
            run += _base64(open_base64)
            texts.append(decode_text(bytes(run), run_label))
            run, open_base64 = bytearray(), ""
        run_label = label
        if way == "B":
            bare = _NOT_BASE64.sub("", content)
            open_base64 += bare
            # Four letters are three bytes; what is left over goes on in the next word, unless it was closed.
            if len(open_base64) % 4 == 0 or "=" in content:
                run += _base64(open_base64)
                open_base64 = ""
        else:
            run += _base64(open_base64) + _quoted(content)
            open_base64 = ""
    if not run_label:
        return ""
    run += _base64(open_base64)
    return "".join([*texts, decode_text(bytes(run), run_label)])


def _name(label: str) -> str:
    return codec_of(label) or label.lower()


def _base64(letters: str) -> bytes:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return base64.b64decode(letters + "=" * (-len(letters) % 4)) if letters else b""


def _quoted(content: str) -> bytes:
    raw = re.sub(r"\r?\n[ \t]*", "", content).encode("utf-8", "replace")
    try:
        return binascii.a2b_qp(raw, header=True)
    except (binascii.Error, ValueError):
        return raw
