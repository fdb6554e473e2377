"""A mail's HTML as its sender formed it, on a page of its own where nothing runs and nothing reaches outside."""

import html as entities
import re
from collections.abc import Mapping

from django.utils.safestring import SafeString, mark_safe

# Nothing but pictures: of this site, and from elsewhere when somebody has asked for them.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'{elsewhere}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_PICTURE = re.compile(r'<img\b(?:[^">]|"[^"]*")*>')
_TEXT = re.compile(r'^<img\b(?:[^">]|"[^"]*")*? alt="')
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

    def show(picture: re.Match[str]) -> str:
        shown = _WAITING.sub(place, picture[0])
        return shown if _TEXT.search(shown) else f'{shown[:-1].rstrip("/ ")} alt="">'

    return mark_safe(_PICTURE.sub(show, html)), count
