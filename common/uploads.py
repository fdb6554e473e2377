"""What may be uploaded, under which name it is kept, and how it goes out again without being run by a browser."""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from common.file_types import DOWNLOAD_TYPE, is_picture, safe_name, sniffed_type

# So many go with one message.
MOST_FILES = 10


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
