"""Links that need no sign-in: their tokens cannot be guessed, and the database knows only the tokens' hashes.

A token is derived from a random nonce in the row and a key outside the database, so that a link can be written
into a mail at any time, while somebody who reads the database alone cannot make one.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable

from django.conf import settings

# What a link is for, and where it leads. A file is found by its key: there are too many to keep a hash of each.
PATHS = {
    "ticket": "/t/{token}/",
    "survey": "/s/{token}/",
    "attachment": "/f/{pk}/{token}/",
    "file": "/d/{token}/",
}
# Those that a stored text may leave a place for.
WRITTEN = {"ticket", "survey"}

_PLACE = re.compile(r"\{\{link:(\w+):([\w-]+)\}\}")


def new_nonce() -> str:
    """A fresh random nonce for a row that gets a link."""
    return secrets.token_urlsafe(16)


def derive_token(purpose: str, nonce: str) -> str:
    """The token of the link for this purpose and nonce: 144 bits as 24 characters."""
    digest = hmac.new(settings.LINK_KEY.encode(), f"{purpose}:{nonce}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:18]).decode()


def hash_token(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_link(purpose: str) -> tuple[str, str]:
    """A fresh (nonce, token hash) for a row."""
    nonce = new_nonce()
    return nonce, hash_token(derive_token(purpose, nonce))


def link_path(purpose: str, nonce: str, **parts: object) -> str:
    """The address of the link on this site; an attachment's needs its `pk` too."""
    return PATHS[purpose].format(token=derive_token(purpose, nonce), **parts)


def is_token_of(token: str, purpose: str, nonce: str) -> bool:
    """Whether the token is the one of this purpose and nonce; takes the same time whatever is wrong with it."""
    return hmac.compare_digest(token.encode(), derive_token(purpose, nonce).encode())


def public_link(purpose: str, nonce: str, **parts: object) -> str:
    """The whole address of the link, as customers get it."""
    return settings.PUBLIC_URL + link_path(purpose, nonce, **parts)


def link_place(purpose: str, nonce: str) -> str:
    """What stands in a stored text where the link goes when the text is sent or shown to its owner."""
    return f"{{{{link:{purpose}:{nonce}}}}}"


def fill_links(text: str, write: Callable[[str, str], str] = public_link) -> str:
    """Put the links into their places, in texts that the system wrote; `write` makes the words for (purpose, nonce)."""
    return _PLACE.sub(lambda found: write(found[1], found[2]) if found[1] in WRITTEN else found[0], text)
