"""What keeps two machines from writing to each other for ever: how our own automatic mail is marked."""

import hashlib
import hmac

from django.conf import settings

LOOP_HEADER = "X-Helpdesk-Loop"


def installation_id() -> str:
    """A name of this installation that says nothing about it; whoever has the same keys has the same name."""
    return hmac.new(settings.LINK_KEY.encode(), b"installation", hashlib.sha256).hexdigest()[:32]


def automatic_headers(*, is_answer: bool) -> dict[str, str]:
    """The headers of every mail that no person wrote."""
    return {
        "Auto-Submitted": "auto-replied" if is_answer else "auto-generated",
        # Exchange and its kin answer with "out of office" in spite of the header above, but not in spite of this one.
        "X-Auto-Response-Suppress": "All",
        LOOP_HEADER: installation_id(),
    }
