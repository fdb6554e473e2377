"""The people in a header, read without ever raising; an address is only what stands outside encoded words."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from channels.email.charsets import tidy
from channels.email.words import decode_words, has_encoded_word, one_line


class Address(NamedTuple):
    """A person's name, as it is shown, and the address."""

    name: str
    address: str


# One token at a time; none of these can be entered in two ways, so the cost is the header's length.
_OTHER_TOKENS = (
    r"=\?[^?\s=]{1,60}\?[bBqQ]\?[^?]*\?="  # an encoded word, whatever it holds
    r"|<[^<>]*>|[()<>,;:，；\"\\]|[^\"()<>,;:，；=\\]+|="
)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|' + _OTHER_TOKENS, re.DOTALL)
_TOKEN_AFTER_OPEN_QUOTE = re.compile(_OTHER_TOKENS, re.DOTALL)
_LONGEST_NAME = 2_000
_AT = re.compile(r"[^\s<>()\[\],;:\"'“”‘’（）《》【】]{1,320}@[^\s<>(),;:\"'“”‘’（）《》【】，；]{1,255}")
_WHOLE = re.compile(r"(?:mailto:)?([^\s@<>]{1,320}@[^\s@<>]{1,255})", re.IGNORECASE)


class _Entry:
    """What has been read of one person."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.comments: list[str] = []
        self.angle: str | None = None
        self.is_address = False

    def add(self, token: str) -> None:
        """A piece of the name, or of an address without brackets."""
        self.words.append(token)
        self.is_address = self.is_address or "@" in token or token.strip().lower() == "mailto"

    def address(self) -> Address | None:
        """The person, if there is an address."""
        name = "".join(self.words)[:_LONGEST_NAME]
        comment = "".join(self.comments)[:_LONGEST_NAME]
        if self.angle is not None:
            found = _bare(self.angle)
            if not found:
                return None
            return Address(_name(name) or _name(comment), found)
        shown = name.strip()
        if match := _QUOTED_LOCAL.fullmatch(shown):
            return Address(_name(comment), tidy(match[0]))
        outside = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), shown)
        if match := _around_at(outside):
            rest = shown[: match.start()] + " " + shown[match.end() :]
            return Address(_name(rest) or _name(comment), one_line(match[0]))
        if _QUOTED.fullmatch(shown) and (match := _WHOLE.fullmatch(shown[1:-1])):
            return Address(_name(comment), one_line(match[1]))
        if shown and shown.isascii() and not re.search(r'[\s"=<>?]', shown):
            return Address(_name(comment), tidy(shown))
        return None


def _around_at(text: str) -> re.Match[str] | None:
    """The address in a text without brackets."""
    at = text.find("@")
    return _AT.search(text, max(0, at - 320)) if at > 0 else None


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.){1,100}"@[^\s@]{1,255}', re.DOTALL)


def parse_address(header: str) -> list[Address]:
    """The people in the header's order; members of groups are listed, what has no address is left out."""
    return list(_parsed(header))


@lru_cache(maxsize=8)  # one mail's sender is looked at from several sides
def _parsed(header: str) -> tuple[Address, ...]:
    found: list[Address] = []
    entry, depth = _Entry(), 0
    for piece in _pieces(header):
        if piece in ("(", ")"):
            depth = max(0, depth + (1 if piece == "(" else -1))
            if entry.comments or depth:
                entry.comments.append(" ")
        elif depth:
            entry.comments.append(piece)
        elif piece in (",", ";") or (piece in ("，", "；") and entry.angle is not None):
            entry = _finish(entry, found)
        elif piece == ":" and entry.angle is None and not entry.is_address:
            entry = _Entry()  # the name of a group
        elif piece.startswith("<") and len(piece) > 1:
            if entry.angle is not None:
                entry = _finish(entry, found)
            entry.angle = piece[1:-1]
        elif piece not in ("<", ">", "\\"):
            entry.add(piece)
    _finish(entry, found)
    return tuple(found)


def _pieces(header: str) -> Iterator[str]:
    """The tokens; behind a quotation mark that is never closed such marks mean nothing."""
    token, position = _TOKEN, 0
    while position < len(header):
        found = token.match(header, position)
        if found is None:
            return
        if found[0] == '"':
            token = _TOKEN_AFTER_OPEN_QUOTE
        yield found[0]
        position = found.end()


def _finish(entry: _Entry, found: list[Address]) -> _Entry:
    person = entry.address()
    # Of control characters alone nothing is left.
    if person is not None and person.address:
        found.append(person)
    return _Entry()


def _bare(angle: str) -> str:
    """What stands between the brackets, without a route, `mailto:` and quotation marks around it all."""
    text = one_line(angle).strip("'\" ")
    if text.startswith("@") and ":" in text:
        text = text.rsplit(":", 1)[1]
    if angle.strip().startswith('"') and '"@' in angle:
        return one_line(angle)
    text = text.removeprefix("mailto:").removeprefix("MAILTO:")
    compact = re.sub(r"\s+", "", text)
    return compact if _WHOLE.fullmatch(compact) else text


def _name(text: str) -> str:
    """The name as it is shown: quotation marks off, encoded words read."""
    text = text.strip()
    pieces = re.split(r'("(?:[^"\\]|\\.)*")', text)
    plain = "".join(
        re.sub(r"\\(.)", r"\1", piece[1:-1]) if piece[:1] == '"' and len(piece) > 1 else piece
        for piece in pieces
    )
    shown = one_line(decode_words(plain))
    if len(shown) > 1 and shown[0] == shown[-1] and shown[0] in "'\"":
        shown = shown[1:-1].strip()
    return shown


def doubts_about(headers_from: list[str]) -> list[str]:
    """Why the sender cannot be trusted to be one person: codes for the quarantine."""
    found = []
    if len(headers_from) > 1:
        found.append("several-from-lines")
    for header in headers_from:
        people = parse_address(header)
        if len(people) != 1:
            found.append("no-sender" if not people else "several-senders")
        if any(has_encoded_word(person.address) for person in people):
            found.append("encoded-address")
        if any("@" in person.name and person.address.lower() not in person.name.lower() for person in people):
            found.append("address-in-name")
        if re.match(r"[^\"<@,]{0,200}:", header) and ";" in header:
            found.append("group-sender")
    return list(dict.fromkeys(found))
