"""Addresses in texts made into links, without swallowing the punctuation that follows them."""

import html
import re
from collections.abc import Callable

from django.conf import settings

# Full-width marks end an address: Chinese puts no space behind it.
_ADDRESS = re.compile(r"https?://[^\s<>\"'“”‘’「」『』《》（）【】，。；：！？、…]+")
_TRAILING = ".,;:!?)]}*_~&"


def link_urls(escaped: str, *, only_own: bool = False) -> str:
    """HTML-escaped text with its addresses as links; `only_own`: only those that lead to this site."""
    return _ADDRESS.sub(_linker(only_own), escaped)


def _linker(only_own: bool) -> Callable[[re.Match[str]], str]:
    def link(found: re.Match[str]) -> str:
        address = html.unescape(found[0])
        bare = address.rstrip(_TRAILING)
        rest = address[len(bare) :]
        if only_own and not (bare + "/").startswith(settings.PUBLIC_URL + "/"):
            return found[0]
        shown = html.escape(bare)
        return f'<a href="{shown}" rel="noopener nofollow">{shown}</a>{html.escape(rest)}'

    return link
