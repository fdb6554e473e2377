"""A mail's HTML as its sender formed it, on a page of its own where nothing runs and nothing reaches outside."""

import html as entities
import re
from collections.abc import Mapping

from django.utils.safestring import SafeString, mark_safe

# Nothing but pictures: of this site, and from elsewhere when somebody has asked for them.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'{elsewhere}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
_PICTURE = re.compile(r'<img\b(?:[^">]|"[^"]*")*>')
_WAITING = re.compile(r' data-(src|cid)="([^"]*)"')


def policy(*, with_pictures: bool) -> str:
    """The page's Content-Security-Policy."""
    return POLICY.format(elsewhere=" https: http:" if with_pictures else "")


def with_pictures(html: str, attached: Mapping[str, str], *, from_elsewhere: bool) -> tuple[SafeString, int]:
    """The cleaned HTML with its attached pictures, by their content ids, and how many others lie elsewhere.

    Those are loaded only if they are asked for: loading one tells its sender that somebody reads.
    """
    count = 0

    def place(found: re.Match[str]) -> str:
        nonlocal count
        kind, source = found[1], entities.unescape(found[2])
        if kind == "cid":
            url = attached.get(source, "")
            return f' src="{entities.escape(url)}"' if url else ""
        count += 1
        return f' src="{entities.escape(source)}"' if from_elsewhere else found[0]

    shown = _PICTURE.sub(lambda picture: _WAITING.sub(place, picture[0]), html)
    return mark_safe(shown), count
