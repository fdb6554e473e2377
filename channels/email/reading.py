"""A mail as it arrived, read: people, text, HTML and files. Nothing in it is trusted, nothing of it is dropped."""

import builtins
import html as entities
import re
from dataclasses import dataclass, field
from datetime import datetime

from channels.email.addresses import Address, doubts_about, parse_address
from channels.email.automatic import classify
from channels.email.bodies import Body, body_of, text_outside_of_parts
from channels.email.dates import read_date
from channels.email.headers import Headers
from channels.email.limits import MOST_BYTES, MOST_SENDER_HEADER, TooComplex
from channels.email.markup import html_text
from channels.email.structure import Part, read_structure
from channels.email.transfer import decode_body
from channels.email.words import decode_words, one_line

_IDENTIFIER = re.compile(r"<[^<>]{1,998}>")
_ENDINGS = {
    "text/plain": "txt", "text/html": "html", "text/csv": "csv", "image/png": "png", "image/jpeg": "jpg",
    "image/gif": "gif", "image/webp": "webp", "image/bmp": "bmp", "image/svg+xml": "svg", "application/pdf": "pdf",
    "application/zip": "zip", "application/msword": "doc", "application/vnd.ms-excel": "xls", "audio/mpeg": "mp3",
    "audio/wav": "wav", "audio/amr": "amr", "video/mp4": "mp4", "video/quicktime": "mov", "text/x-amp-html": "html",
    "application/pgp-signature": "asc", "application/pkcs7-signature": "p7s", "text/enriched": "txt",
    "application/x-pkcs7-signature": "p7s", "application/pkcs7-mime": "p7m", "text/rfc822-headers": "txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx", "message/delivery-status": "txt",
}  # fmt: skip


@dataclass(frozen=True)
class InboundAttachment:
    """A file of a mail; `inline`: meant to be seen in the text, by `cid` where the HTML names it."""

    name: str
    type: str
    bytes: builtins.bytes = field(repr=False)
    inline: bool = False
    cid: str = ""


@dataclass(frozen=True)
class InboundMail:
    """What a mail says. Every text is one that a database takes; `date` is aware, or None when it cannot be read.

    `text` is what was written as text, or the HTML's text where there is no other; `rest` is text outside of any
    part; `doubts` are codes that speak against the sender (`channels.email.addresses.doubts_about`).
    """

    subject: str
    from_address: str
    from_name: str
    to: list[Address]
    cc: list[Address]
    reply_to: list[Address]
    date: datetime | None
    text: str
    html: str | None
    attachments: list[InboundAttachment]
    message_id: str
    in_reply_to: str
    references: list[str]
    auto: str
    rest: str = ""
    doubts: list[str] = field(default_factory=list)


def parse_inbound(raw: bytes) -> InboundMail:
    """Read a mail; any bytes give one. Raise TooComplex when it is too large to be looked at."""
    if len(raw) > MOST_BYTES:
        raise TooComplex("too-large")
    raw = bytes(raw)
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
    root = read_structure(raw)
    headers = root.headers
    body = body_of(raw, root)
    name, address = _sender(headers)
    return InboundMail(
        subject=headers.text("subject"), from_address=address, from_name=name, to=_people(headers, "to"),
        cc=_people(headers, "cc"), reply_to=_people(headers, "reply-to"), date=read_date(headers.text("date")),
        text=body.text if body.text.strip() or not body.html else html_text(body.html), html=body.html,
        attachments=_attachments(raw, body), message_id=_first_identifier(headers.text("message-id")),
        in_reply_to=_first_identifier(headers.text("in-reply-to")),
        references=_identifiers(headers.text("references")), auto=classify(raw, root, body.text),
        rest="\n".join(filter(None, [text_outside_of_parts(raw, root), *body.rest])),
        doubts=doubts_about([line[:MOST_SENDER_HEADER] for line in headers.all_raw("from")]),
    )  # fmt: skip


def _sender(headers: Headers) -> Address:
    for field_name in ("from", "sender", "x-sender"):
        raw = headers.raw(field_name)[:MOST_SENDER_HEADER]
        if people := parse_address(raw):
            return people[0]
    return Address(one_line(decode_words(headers.raw("from"))), "")


def _people(headers: Headers, name: str) -> list[Address]:
    return [person for value in headers.all_raw(name) for person in parse_address(value)]


def _identifiers(value: str) -> list[str]:
    found = _IDENTIFIER.findall(value)
    return [re.sub(r"\s+", "", one) for one in found] or [one for one in value.split() if "@" in one]


def _first_identifier(value: str) -> str:
    found = _identifiers(value)
    if found:
        return found[0]
    return value if value and len(value.split()) == 1 else ""


def _attachments(raw: bytes, body: Body) -> list[InboundAttachment]:
    named = set(re.findall(r"cid:([^\s\"'<>)]{1,500})", entities.unescape(body.html))) if body.html else set()
    return [_attachment(raw, part, number, named) for number, part in enumerate(body.files, 1)]


def _attachment(raw: bytes, part: Part, number: int, named: set[str]) -> InboundAttachment:
    headers = part.headers
    content, rest = decode_body(raw[part.start : part.end], headers.raw("content-transfer-encoding"))
    cid = headers.text("content-id").strip("<> ")
    is_inline = part.disposition == "inline" or (bool(cid) and cid in named)
    content = content + rest if rest else content
    return InboundAttachment(
        part.file_name or _made_up_name(part, content, number),
        part.type,
        content + rest if rest else content,
        is_inline,
        cid,
    )


def _made_up_name(part: Part, content: bytes, number: int) -> str:
    """A name for a file that has none, by what it is."""
    kind = part.type
    if part.is_rest:
        return "rest-of-the-mail.eml"
    if kind in ("application/ms-tnef", "application/vnd.ms-tnef"):
        return "winmail.dat"
    if kind in ("text/calendar", "application/ics"):
        return "invite.ics"
    if kind.startswith("message/") and kind not in _ENDINGS:
        subject = read_structure(content[:65_536]).headers.text("subject") if kind == "message/rfc822" else ""
        return f"{re.sub(r'[/:*?<>|]+', '_', subject)[:80].strip() or 'message'}.eml"
    if kind.startswith("multipart/"):
        return "message.eml"
    stem = "image" if kind.startswith("image/") else "part"
    return f"{stem}-{number}.{_ENDINGS.get(kind, 'bin')}"
