"""Mail: reading what comes in, and writing what goes out.

Importable from here, pure, and working without a database; keep these names, other suites attach to them:

- `parse_inbound(raw: bytes) -> InboundMail` reads any bytes; the one thing it raises is `TooComplex`.
- `strip_reply(text: str, html: str | None) -> Reply` tells what was written from what was quoted.
- `classify_auto(raw: bytes) -> str` says who wrote: human, auto, bounce, list or feedback.
- `sanitize_html(html: str) -> str` gives HTML that a page may show.
- `parse_address(header: str) -> list[Address]` reads a header of people.
- `accept_upload(name: str, content: bytes, declared_type: str) -> Verdict` decides about a file.

`channels.email.sending` builds what goes out; it needs the models and is imported by its own name.
"""

from channels.email.addresses import Address, parse_address
from channels.email.automatic import classify_auto
from channels.email.clean import sanitize_html
from channels.email.limits import TooComplex
from channels.email.reading import InboundAttachment, InboundMail, parse_inbound
from channels.email.replies import Reply, strip_reply
from channels.email.uploads import Verdict, accept_upload

__all__ = [
    "Address",
    "InboundAttachment",
    "InboundMail",
    "Reply",
    "TooComplex",
    "Verdict",
    "accept_upload",
    "classify_auto",
    "parse_address",
    "parse_inbound",
    "sanitize_html",
    "strip_reply",
]
