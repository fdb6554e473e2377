"""What may be uploaded, under which name it is kept, and how it goes out again without being run by a browser."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

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


@dataclass(frozen=True)
class CheckedUpload:
    """A file that may be kept: its safe name, its type as its bytes say, its size and hash."""

    file: UploadedFile
    name: str
    content_type: str
    size: int
    sha256: str


def check_upload(file: UploadedFile) -> CheckedUpload:
    """Look at an uploaded file; raise ValidationError with what to do when it cannot be kept."""
    name, size = safe_name(file.name or ""), file.size or 0
    if size > settings.UPLOAD_LIMIT_BYTES:
        raise ValidationError(
            _(
                "“%(name)s” is %(size)s. A file may have up to %(limit)s: make it smaller or share a link instead."
            )
            % {
                "name": name,
                "size": filesizeformat(size),
                "limit": filesizeformat(settings.UPLOAD_LIMIT_BYTES),
            }
        )
    if size == 0:
        raise ValidationError(_("“%(name)s” is empty. Choose the file again.") % {"name": name})
    digest, head = hashlib.sha256(), b""
    for chunk in file.chunks():
        head = head or chunk[:16]
        digest.update(chunk)
    file.seek(0)
    return CheckedUpload(file, name, sniffed_type(head), size, digest.hexdigest())


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


def file_response(file: object, name: str, content_type: str) -> FileResponse:
    """Send a kept file: pictures in place, everything else as a download that no browser opens by itself."""
    is_shown = is_picture(content_type)
    response = FileResponse(
        file,
        as_attachment=not is_shown,
        filename=name,
        content_type=content_type if is_shown else DOWNLOAD_TYPE,
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
