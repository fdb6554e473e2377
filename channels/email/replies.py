"""What was written in a mail, and what was only quoted: every word is in one of the two."""

import re
from dataclasses import dataclass

from channels.email.limits import MOST_LINES
from channels.email.markup import Line, html_lines
from channels.email.quote_marks import (
    header_kind,
    is_address,
    is_attribution,
    is_master_signature,
    is_rule,
    is_separator,
    is_signature,
    is_tagline,
    is_title,
    may_end_attribution,
)

# A header of a quoted mail is looked for in so many lines, an attribution broken by its length in so many.
_HEADER_LINES = 14
_ATTRIBUTION_LINES = 4
_LONGEST_SIGNATURE = 20


@dataclass(frozen=True)
class Reply:
    """`visible` is what was written; `folded` is what was quoted, and what the mail program added."""

    visible: str
    folded: str


def strip_reply(text: str, html: str | None) -> Reply:
    """Tell the two apart by the text, with the help of the HTML; by the HTML alone when there is no text."""
    if not text.strip():
        return _as_reply(_folded(html_lines(html))) if html else Reply("", text)
    rows = re.sub(r"\r\n?", "\n", text).split("\n", MOST_LINES)
    lines = [Line(row, is_quoted=_is_marked(row)) for row in rows]
    by_text = _folded(lines)
    if html and (place := _place_by_html(lines, by_text, html)) is not None:
        return _as_reply(_folded([*lines[:place], Line("", is_cut=True), *lines[place:]]))
    return _as_reply(by_text)


def _is_marked(line: str) -> bool:
    return line[:50].lstrip(" \t").startswith((">", "＞", "&gt;"))


def _as_reply(lines: list[Line]) -> Reply:
    """Written lines and quoted lines, each in their order."""
    written: list[str] = []
    for line in lines:
        if line.is_quoted:
            # What stood on both sides of a quotation stays apart.
            if written and written[-1].strip():
                written.append("")
        else:
            written.append(line.text)
    quoted = [line.text for line in lines if line.is_quoted]
    return Reply(_joined(written), "\n".join(quoted).strip("\n"))


def _joined(written: list[str]) -> str:
    text = "\n".join(line.rstrip() for line in written)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _folded(lines: list[Line]) -> list[Line]:
    """The lines, each marked as written or quoted."""
    found = [Line(line.text, line.is_quoted, line.is_cut) for line in lines]
    place = 0
    while place < len(found):
        line = found[place]
        if line.is_cut or (not line.is_quoted and _begins_other_mail(found, place)):
            return _cut(found, place)
        if not line.is_quoted and line.text.strip():
            length = _attribution_length(found, place)
            if length and not _mark_attribution(found, place, length):
                return _cut(found, place)
            place += length
        place += 1
    if not any(line.text.strip() and not line.is_quoted for line in found):
        return found
    return _without_signature(found, len(found))


def _cut(lines: list[Line], place: int) -> list[Line]:
    """Everything from there on is quoted, and what announces it before as well."""
    for line in lines[place:]:
        line.is_quoted = True
    is_forward = not any(line.text.strip() and not line.is_quoted for line in lines[:place])
    if is_forward and not _is_reply_header(lines[place:]):
        # Nothing was added to it: the forwarded mail is what is said.
        for line in lines[place:]:
            line.is_quoted = False
        return lines
    _fold_announcement(lines, place)
    return _without_signature(lines, place)


_FORWARD = re.compile(r"转发|轉寄|轉發|forward|weitergeleitet|transféré|reenviado|inoltrat", re.IGNORECASE)


def _is_reply_header(lines: list[Line]) -> bool:
    """Whether it is a quotation rather than a mail that was passed on."""
    beginning = [line.text for line in lines if line.text.strip()][:2]
    return not any(_FORWARD.search(text) for text in beginning)


def _begins_other_mail(lines: list[Line], place: int) -> bool:
    text = lines[place].text
    if not text.strip():
        return False
    if is_separator(text):
        # A line drawn by hand is none; behind this one there must be something.
        return any(line.text.strip() for line in lines[place + 1 : place + 40])
    return header_kind(text) in ("from", "date") and _is_header_block(lines, place)


def _is_header_block(lines: list[Line], place: int) -> bool:
    """From, and two more of date, recipient and subject, close together."""
    kinds = {header_kind(lines[place].text)}
    others = (
        2 if "date" in kinds else 0
    )  # a date may be anybody's; then the next line must be a header as well
    for line in lines[place + 1 : place + 1 + _HEADER_LINES]:
        if not line.text.strip():
            continue
        kind = header_kind(line.text)
        if kind:
            if kind == "from" and kind in kinds:
                break  # another block begins
            kinds.add(kind)
            others = min(others, 1)
        else:
            others += 1
            if others > 2:
                break
    return "from" in kinds and len(kinds - {"cc"}) >= 3


def _attribution_length(lines: list[Line], place: int) -> int:
    """How many lines an attribution there has; 0 when there is none."""
    if not any(may_end_attribution(line.text) for line in lines[place : place + _ATTRIBUTION_LINES]):
        return 0
    text = ""
    for length in range(1, _ATTRIBUTION_LINES + 1):
        line = lines[place + length - 1] if place + length <= len(lines) else None
        if line is None or line.is_quoted or not line.text.strip():
            return 0
        if length > 1 and (is_attribution(line.text) and not _goes_on(text)):
            return 0
        text = f"{text} {line.text.strip()}".strip()
        if is_attribution(text) or is_attribution(text.replace(" ", "")):
            return length
        if length == 1 and not _goes_on(text):
            return 0
    return 0


_OPENING = re.compile(
    r"\s*(?:on |at |le |el |am |il |em |op |den |在|于|於|\d{4}\s*[年/-]|"
    r"[\"“]?[^,，。.!！?？]{1,80}[<＜(（][^<>]{0,100}@|.{1,60}(?:于|於)\s*\d{4})",
    re.IGNORECASE,
)


def _goes_on(text: str) -> bool:
    """Whether the line may be the beginning of an attribution that was broken."""
    return bool(_OPENING.match(text)) and bool(re.search(r"\d", text) or "@" in text)


def _mark_attribution(lines: list[Line], place: int, length: int) -> bool:
    """Mark it when marked lines follow it; else everything behind it is quoted, and false is given."""
    after = next((line for line in lines[place + length :] if line.text.strip()), None)
    if after is not None and not after.is_quoted:
        return False
    for line in lines[place : place + length]:
        line.is_quoted = True
    return True


def _fold_announcement(lines: list[Line], place: int) -> None:
    """What stands right before a quotation and belongs to it: drawn lines, an attribution, Foxmail's address."""
    before = place
    while before and _is_between(lines[before - 1].text):
        before -= 1
    for length in range(1, _ATTRIBUTION_LINES + 1):
        if length <= before and _attribution_length(lines, before - length) == length:
            before -= length
            break
    at = before
    if at and is_address(lines[at - 1].text) and any(line.text.strip() for line in lines[: at - 1]):
        before = at - 1
        while before and _is_between(lines[before - 1].text):
            before -= 1
    if any(line.text.strip() and not line.is_quoted for line in lines[:before]):
        for line in lines[before:place]:
            line.is_quoted = True


def _is_between(text: str) -> bool:
    return not text.strip() or is_rule(text) or is_title(text)


def _without_signature(lines: list[Line], end: int) -> list[Line]:
    """Fold the program's own line at the end of what was written, and a signature set apart by two dashes."""
    written = [place for place in range(end) if lines[place].text.strip() and not lines[place].is_quoted]
    start = _signature_start(lines, written)
    if start is not None:
        for place in written[start:]:
            lines[place].is_quoted = True
        written = written[:start]
    while written and is_tagline(lines[written[-1]].text):
        lines[written.pop()].is_quoted = True
        while len(written) > 1 and is_rule(lines[written[-1]].text):
            lines[written.pop()].is_quoted = True
    return lines


def _signature_start(lines: list[Line], written: list[int]) -> int | None:
    """Where in the written lines a signature begins, if it is near their end and not all there is."""
    for place in range(max(1, len(written) - _LONGEST_SIGNATURE), len(written)):
        text = lines[written[place]].text
        if is_signature(text):
            return place
        if is_master_signature(text) and any(
            "@" in lines[at].text or "邮箱" in lines[at].text for at in written[place:]
        ):
            return place
    return None


def _place_by_html(lines: list[Line], by_text: list[Line], html: str) -> int | None:
    """The line at which the HTML says that the quotation begins, when the text alone did not tell."""
    if any(line.is_quoted and _is_quotation(line) for line in by_text):
        return None
    marked = html_lines(html)
    first = next((place for place, line in enumerate(marked) if line.is_quoted or line.is_cut), None)
    if first is None:
        return None
    is_cut = any(line.is_cut for line in marked)
    if not is_cut and any(line.text.strip() and not line.is_quoted for line in marked[first:]):
        return None  # something was written below
    wanted = _letters(" ".join(line.text for line in marked[:first]))
    if not wanted:
        return None
    read = ""
    for place, line in enumerate(lines):
        read += _letters(line.text)
        if len(read) >= len(wanted):
            return place + 1 if read == wanted else None
    return None


def _is_quotation(line: Line) -> bool:
    return bool(line.text.strip()) and not is_tagline(line.text)


def _letters(text: str) -> str:
    return re.sub(r"[\s\xa0]+", "", text)
