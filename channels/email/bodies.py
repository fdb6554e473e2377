"""Which parts of a mail are its text, and which are files."""

import html as entities
import re
from dataclasses import dataclass, field

from channels.email.charsets import decode_text
from channels.email.markup import html_text
from channels.email.structure import Part
from channels.email.transfer import decode_body

_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_BOILERPLATE = re.compile(r"MIME|multi-?part|格式", re.IGNORECASE)


@dataclass
class Body:
    """The text and the HTML of a mail, and the parts that are files."""

    text: str = ""
    html: str | None = None
    files: list[Part] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)


@dataclass
class _Piece:
    """One text, as text, as HTML or as both."""

    text: str | None = None
    html: str | None = None

    def as_text(self) -> str:
        """The text, made of the HTML where there is no other."""
        if self.text is not None and (self.text.strip() or not self.html):
            return self.text
        return html_text(self.html or "")

    def as_html(self) -> str:
        """The HTML, made of the text where there is no other."""
        if self.html is not None:
            return self.html
        return f"<div>{entities.escape(self.text or '').replace(chr(10), '<br>')}</div>"


def body_of(raw: bytes, root: Part) -> Body:
    """Go through the tree from its leaves to its root, however deep it is."""
    body = Body()
    order, stack = [], [root]
    while stack:
        part = stack.pop()
        order.append(part)
        stack.extend(reversed(part.children))
    body.files = [part for part in order if not part.is_multipart and not _is_text(part)]
    pieces: dict[int, list[_Piece]] = {}
    for part in reversed(order):
        below = [piece for child in part.children for piece in pieces.pop(id(child), [])]
        if not part.is_multipart:
            below = [_leaf(raw, part, body)] if _is_text(part) else []
        elif part.type == "multipart/alternative" and len(below) > 1:
            below = [_alternative(below)]
        pieces[id(part)] = below
    found = pieces[id(root)]
    if any(piece.html is not None for piece in found):
        body.html = "".join(piece.as_html() for piece in found)
    body.text = (
        found[0].as_text() if len(found) == 1 else "\n".join(piece.as_text().rstrip("\n") for piece in found)
    )
    body.files = [part for part in body.files if not _is_empty(raw, part)]
    return body


def _alternative(pieces: list[_Piece]) -> _Piece:
    """The same text in several forms."""
    texts = list(dict.fromkeys(piece.text for piece in pieces if piece.text is not None))
    htmls = list(dict.fromkeys(piece.html for piece in pieces if piece.html is not None))
    return _Piece("\n".join(texts) if texts else None, "".join(htmls) if htmls else None)


def _is_text(part: Part) -> bool:
    if part.is_rest or part.disposition == "attachment":
        return False
    if part.parent is None:
        # A mail of one part is read, whatever kind of text it calls itself; a tree that is none as well.
        return (
            part.type.startswith(("text/", "multipart/"))
            and part.type != "text/calendar"
            and not (part.disposition and part.file_name)
        )
    if part.type not in ("text/plain", "text/html", "text/enriched", "text/markdown", "text"):
        return False
    in_place = part.parent.type in ("multipart/alternative", "multipart/related")
    return not part.file_name or (in_place and not part.disposition)


def _is_empty(raw: bytes, part: Part) -> bool:
    """A multipart in which nothing is, not even a boundary."""
    return part.type.startswith("multipart/") and not raw[part.start : part.end].strip()


def _leaf(raw: bytes, part: Part, body: Body) -> _Piece:
    data, rest = decode_body(raw[part.start : part.end], part.headers.raw("content-transfer-encoding"))
    label = part.parameters.get("charset", "")
    if part.type in ("text/html", "application/xhtml+xml"):
        said = _META.search(data, 0, 8_192) or _XML.search(data, 0, 200)
        html = _lines(decode_text(data, label, said[1].decode("ascii") if said else None))
        return _Piece(html=html + (f"<div>{entities.escape(decode_text(rest))}</div>" if rest else ""))
    text = _lines(decode_text(data, label))
    if part.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, joins=part.parameters.get("delsp", "").lower() == "yes")
    if rest:
        text = f"{text}\n{_lines(decode_text(rest))}"
    return _Piece(text=text)


def _lines(text: str) -> str:
    return text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")


def unflow(text: str, *, joins: bool) -> str:
    """RFC 3676: lines that end with a space go on in the next one; `joins`: that space is no space."""
    lines: list[str] = []
    pending: list[str] = []
    pending_depth = 0
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ") if depth else line.removeprefix(" ")
        if pending and depth != pending_depth:
            lines.append("".join(pending))
            pending = []
        if not pending:
            pending, pending_depth = [">" * depth + " " if depth else ""], depth
        is_soft = content.endswith(" ") and content != "-- "
        pending.append(content[:-1] if is_soft and joins else content)
        if not is_soft:
            lines.append("".join(pending))
            pending = []
    return "\n".join([*lines, "".join(pending)] if pending else lines)


def text_outside_of_parts(raw: bytes, root: Part) -> str:
    """What stands before the first part and behind the last, but for the usual words to old programs."""
    found, stack = [], [root]
    while stack:
        part = stack.pop()
        stack.extend(part.children)
        for place, (start, end) in enumerate(part.between):
            text = decode_text(raw[start : max(start, end)]).strip()
            is_usual = place == 0 and len(text) < 600 and _BOILERPLATE.search(text)
            if text and text.strip("-") and not is_usual:
                found.append(_lines(text))
    return "\n".join(found)
