"""The header block of a mail or a part: its fields, and the values with parameters."""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from channels.email.charsets import decode_text
from channels.email.limits import MOST_HEADER_BYTES, MOST_HEADERS
from channels.email.words import decode_words, one_line

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*")
_ENVELOPE = re.compile(rb">?From [^\n]*\d\d:\d\d[^\n]*\n|>From [^\n]*\n")
_PARAMETER = re.compile(r'([^\s=;"]{1,100})\s?=\s?("(?:[^"\\]|\\.)*(?:"|\\?$)|[^;]*)')
_SECTION = re.compile(r"(.+?)(?:\*(\d{1,5}))?(\*)?")


@dataclass
class Headers:
    """The fields in their order, the names in small letters, the values as they came (unfolded)."""

    fields: list[tuple[str, bytes]] = field(default_factory=list)
    first: dict[str, bytes] = field(default_factory=dict)
    _texts: dict[str, str] = field(default_factory=dict)

    def raw(self, name: str) -> str:
        """The first value of that name, 8-bit bytes read, encoded words not yet."""
        value = self.first.get(name)
        return decode_text(value).strip() if value is not None else ""

    def all_raw(self, name: str) -> list[str]:
        """Every value of that name."""
        return [decode_text(value).strip() for key, value in self.fields if key == name]

    def text(self, name: str) -> str:
        """The first value as a reader sees it, on one line."""
        if name not in self._texts:
            self._texts[name] = one_line(decode_words(self.raw(name)))
        return self._texts[name]

    def __contains__(self, name: str) -> bool:
        return name in self.first


def read_headers(raw: bytes, start: int, end: int) -> tuple[Headers, int]:
    """The header block that begins at `start`, and where the body begins."""
    found = Headers()
    lines: list[bytes] = []
    stop = min(end, start + MOST_HEADER_BYTES)
    position = _skip_envelope(raw, start, stop)
    while position < stop and len(found.fields) < MOST_HEADERS:
        newline = raw.find(b"\n", position, stop)
        after = newline + 1 if newline >= 0 else stop
        line = raw[position:after]
        bare = line.rstrip(b"\r\n")
        if not bare or (not bare.strip() and not _goes_on(raw, after, stop)):
            position = after
            break
        if bare.startswith(b"--"):
            break  # a boundary: this part has no body
        if bare[:1] in b" \t" and lines:
            lines.append(line)
        elif _FIELD.match(bare):
            _close(found, lines)
            lines = [line]
        elif lines and _goes_on(raw, after, stop):
            lines.append(line)  # a folded line whose space was lost
        else:
            break
        position = after
    _close(found, lines)
    return found, position


def _skip_envelope(raw: bytes, start: int, stop: int) -> int:
    """Past empty lines and the line that mailboxes put before a mail."""
    while start < stop and raw[start : start + 1] in b"\r\n":
        start += 1
    line = _ENVELOPE.match(raw, start, min(stop, start + 1000))
    return line.end() if line else start


def _goes_on(raw: bytes, position: int, stop: int) -> bool:
    """Whether the line there is one more field."""
    return _FIELD.match(raw, position, min(stop, position + 220)) is not None


def _close(found: Headers, lines: list[bytes]) -> None:
    if not lines:
        return
    value = b"".join(lines)
    match = _FIELD.match(value)
    if match is None:
        return
    name = match[1].decode("ascii").lower()
    value = value[match.end() :].replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"").strip()
    found.fields.append((name, value))
    found.first.setdefault(name, value)


def read_parameters(value: str) -> tuple[str, dict[str, str]]:
    """A value such as `text/plain; charset=gbk`: its head in small letters, and its parameters decoded."""
    value = re.sub(r"\s+", " ", value)
    head, _, rest = value.partition(";")
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, content in _PARAMETER.findall(rest):
        parts = _SECTION.fullmatch(name.lower())
        if parts is None:
            continue
        if parts[2] or parts[3]:
            sections.setdefault(parts[1], {}).setdefault(
                int(parts[2] or 0), (_unquoted(content), bool(parts[3]))
            )
        else:
            plain.setdefault(parts[1], one_line(decode_words(_unquoted(content))))
    for name, numbered in sections.items():
        plain[name] = _assembled(numbered) or plain.get(name, "")
    return head.strip().lower(), plain


def _unquoted(content: str) -> str:
    content = content.strip()
    if content[:1] == '"':
        content = content[1:-1] if content[-1:] == '"' and len(content) > 1 else content[1:]
        # Only these two are escaped in earnest; old programs write a path with bare backslashes.
        return content.replace('\\"', '"').replace("\\\\", "\\")
    return content


def _assembled(numbered: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231: the sections in order; the first names the charset."""
    label, data, is_encoded = "", b"", False
    for place, number in enumerate(sorted(numbered)):
        content, encoded = numbered[number]
        if encoded:
            if place == 0 and content.count("'") >= 2:
                label, _, content = content.split("'", 2)
            data, is_encoded = data + unquote_to_bytes(content), True
        else:
            data += content.encode("utf-8", "replace")
    text = decode_text(data, label)
    return one_line(text if is_encoded else decode_words(text))
