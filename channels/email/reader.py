"""A process of its own that reads mails: it knows no secret and no database, and may be killed at any moment.

It takes one mail after the other from its input and answers with what it read. See `channels.receiving.reading`.
"""

import hashlib
import json
import re
import resource
import struct
import sys
from typing import Any, BinaryIO

from django.conf import settings

CPU_SECONDS = 5
MEMORY_BYTES = 1024 * 1024 * 1024
# The header fields that make a mail this mail; what servers add on its way is left out.
_OWN_FIELDS = ("from", "sender", "to", "cc", "date", "subject", "message-id", "in-reply-to", "references",
               "content-type")  # fmt: skip
_RECIPIENT_FIELDS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
_OWN_ID = re.compile(rb"<[a-z2-7]{26}\.[a-z2-7]{16}@[^<>\s]{1,255}>", re.IGNORECASE)
_EMPTY_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
MOST_REPORTED = 50
_REPORT = {
    "recipient": re.compile(rb"^(?:Final-Recipient:[ \t]*[^;\r\n]{0,40};|Original-Rcpt-To:)[ \t]*<?([^\s<>]{3,254})",
                            re.I | re.M),
    "status": re.compile(rb"^Status:[ \t]*([245]\.\d{1,3}\.\d{1,3})", re.I | re.M),
    "action": re.compile(rb"^Action:[ \t]*([a-z]{4,12})", re.I | re.M),
    "words": re.compile(rb"^Diagnostic-Code:[ \t]*([^\r\n]{1,400})", re.I | re.M),
}  # fmt: skip


def read_mail(raw: bytes, trusted_server: str) -> tuple[dict[str, Any], list[bytes]]:
    """What a mail says, as plain values and the contents of its files; raise TooComplex."""
    from channels.email import parse_inbound, sanitize_html, strip_reply
    from channels.email.authentication import sender_check
    from channels.email.structure import read_structure
    from channels.email.uploads import accept_upload

    mail = parse_inbound(raw)
    headers = read_structure(raw).headers
    reply = strip_reply(mail.text, mail.html)
    files, contents = [], []
    for file in mail.attachments:
        verdict = accept_upload(file.name, file.bytes, file.type)
        files.append({"name": verdict.name, "type": verdict.type, "reason": verdict.reason, "cid": file.cid})
        contents.append(file.bytes if verdict else b"")
    own = b"\n".join(name.encode() + b":" + value for name, value in headers.fields if name in _OWN_FIELDS)
    return {
        "subject": mail.subject, "from_address": mail.from_address, "from_name": mail.from_name,
        "recipients": [
            person.address for name in _RECIPIENT_FIELDS
            for value in headers.all_raw(name) for person in _people(value)
        ][:1_000],
        "reply_to": [person.address for person in mail.reply_to][:20],
        "visible": reply.visible, "folded": "\n\n".join(filter(None, [reply.folded, mail.rest])),
        "html": sanitize_html(mail.html) if mail.html else "",
        "message_id": mail.message_id, "in_reply_to": mail.in_reply_to, "references": mail.references[:200],
        "auto": mail.auto, "doubts": mail.doubts, "files": files,
        "check": sender_check(headers, trusted_server), "submitted": headers.text("auto-submitted")[:100],
        "loop": headers.text("x-helpdesk-loop")[:200],
        "own_ids": [one.decode() for one in dict.fromkeys(_OWN_ID.findall(raw[:1_000_000]))][:50],
        "reports": _reports(raw[:1_000_000]) if mail.auto in ("bounce", "feedback") else [],
        "fingerprint": hashlib.sha256(own + b"\n\n" + raw.partition(b"\n\r\n")[2] if b"\n\r\n" in raw
                                      else own + b"\n\n" + raw.partition(b"\n\n")[2]).hexdigest(),
    }, contents  # fmt: skip


def _people(value: str) -> list[Any]:
    from channels.email import parse_address

    return parse_address(value)


def _reports(raw: bytes) -> list[dict[str, str]]:
    """What a report says of each recipient, or by and large where it names one or none."""
    blocks = [block for block in _EMPTY_LINE.split(raw) if _REPORT["recipient"].search(block)]
    return [_report(block) for block in blocks[:MOST_REPORTED]] if len(blocks) > 1 else [_report(raw)]


def _report(raw: bytes) -> dict[str, str]:
    found = {name: pattern.search(raw) for name, pattern in _REPORT.items()}
    return {name: match[1].decode(errors="replace") for name, match in found.items() if match}


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer mail after mail until the input ends."""
    while head := source.read(8):
        size, order_size = struct.unpack("!II", head)
        order, raw = json.loads(source.read(order_size)), source.read(size)
        # A processor's time is counted from the process's beginning, so each mail gets it anew.
        used = resource.getrusage(resource.RUSAGE_SELF)
        allowed = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        answer, contents = _answer(raw, order["trusted_server"])
        text = json.dumps({**answer, "sizes": [len(one) for one in contents]}).encode()
        target.write(struct.pack("!I", len(text)) + text)
        target.writelines(contents)
        target.flush()


def _answer(raw: bytes, trusted_server: str) -> tuple[dict[str, Any], list[bytes]]:
    from channels.email import TooComplex

    try:
        return read_mail(raw, trusted_server)
    except TooComplex as error:
        return {"refused": error.reason}, []
    except MemoryError:
        return {"refused": "memory"}, []


def main() -> None:
    """Set the limits, then serve; the argument is the largest file that is kept."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    settings.configure(UPLOAD_LIMIT_BYTES=int(sys.argv[1]))
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
