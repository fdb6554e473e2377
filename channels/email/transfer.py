"""What a part's bytes are once its transfer encoding is taken off; nothing that follows an encoding is lost."""

import binascii
import re

_OTHERS = bytes(byte for byte in range(256) if not re.match(rb"[A-Za-z0-9+/=]", bytes([byte])))
_ENCODED = re.compile(rb"[A-Za-z0-9+/=\s]*")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def decode_body(data: bytes, encoding: str) -> tuple[bytes, bytes]:
    """The decoded bytes, and the plain text that somebody wrote after them."""
    name = encoding.strip(" \t\"';").lower()
    try:
        if name.startswith("base64"):
            return _from_base64(data)
        if name.startswith(("quoted-printable", "quoted_printable")):
            return binascii.a2b_qp(data), b""
        if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
            return _from_uuencode(data), b""
    except (binascii.Error, ValueError):
        pass
    return data, b""


def _from_base64(data: bytes) -> tuple[bytes, bytes]:
    if b" " in data.lstrip()[:200].split(b"\n", 1)[0].strip():
        return data, b""  # labelled so, but never encoded
    encoded = _ENCODED.match(data)
    end = encoded.end() if encoded else 0
    rest = b""
    if end < len(data):
        line = data.rfind(b"\n", 0, end) + 1
        tail = data[line:]
        # A footer that a list or a scanner put behind the encoded text.
        if data[:line].strip() and _is_prose(tail):
            data, rest = data[:line], b"\n" + tail
    return _decoded(data), rest


def _is_prose(tail: bytes) -> bool:
    first = tail.strip().split(b"\n", 1)[0]
    return b" " in first or first.startswith((b"--", b"__", b"==")) or any(b > 0x7F for b in tail[:200])


def _decoded(data: bytes) -> bytes:
    if b"-" in data or b"_" in data:
        data = data.translate(_URL_SAFE)
    letters = data.translate(None, _OTHERS)
    del data
    end = letters.find(b"=")
    if end < 0 or not letters[end:].strip(b"="):
        return _padded(letters)
    # Several encoded texts one after the other, each with its own end.
    return b"".join(map(_padded, re.split(rb"=+", letters)))


def _padded(letters: bytes) -> bytes:
    if len(letters) % 4:
        letters = letters.rstrip(b"=")
        letters = letters[:-1] if len(letters) % 4 == 1 else letters + b"=" * (-len(letters) % 4)
    return binascii.a2b_base64(letters)


def _from_uuencode(data: bytes) -> bytes:
    found, is_open = [], False
    for line in data.splitlines():
        if line.startswith(b"begin ") and not is_open:
            is_open = True
        elif line.strip() == b"end":
            break
        elif line.strip() and is_open:
            try:
                found.append(binascii.a2b_uu(line))
            except binascii.Error:
                size = (((line[0] - 32) & 63) * 4 + 5) // 3
                found.append(binascii.a2b_uu(line[:size]))
    return b"".join(found) if is_open else data
