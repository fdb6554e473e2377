"""What a file is by its first bytes, and the name under which it is kept; needs nothing but the standard library."""

import re
import unicodedata

# Shown in place, since a browser runs nothing in them; everything else is only ever downloaded.
_SHOWN = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
PICTURES = frozenset({*_SHOWN.values(), "image/webp"})
DOWNLOAD_TYPE = "application/octet-stream"
LONGEST_NAME = 120


def safe_name(name: str) -> str:
    """The last part of the name without control characters, so that it names a file and nothing else."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = re.sub(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", name).strip(" .")
    if len(name) > LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        name = (
            stem[: LONGEST_NAME - len(ending) - 1] + dot + ending
            if dot and len(ending) < 12
            else name[:LONGEST_NAME]
        )
    return name or "file"


def sniffed_type(head: bytes) -> str:
    """The type that the first bytes show; what is not a plain picture counts as a download."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in _SHOWN.items() if head.startswith(magic)), DOWNLOAD_TYPE)


def is_picture(content_type: str) -> bool:
    """Whether a kept file may be shown as a picture in a page; its type is what its bytes said."""
    return content_type in PICTURES
