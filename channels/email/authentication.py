"""What the mailbox's own server found out about a sender, as it says in Authentication-Results."""

import re

from channels.email.headers import Headers

PASSED, FAILED, UNCHECKED = "passed", "failed", "unchecked"
_COMMENT = re.compile(r"\([^()]{0,1000}\)")
_DMARC = re.compile(r";\s*dmarc\s*=\s*([a-z]+)", re.IGNORECASE)
_RESULTS = {"pass": PASSED, "fail": FAILED}


def sender_check(headers: Headers, trusted_server: str) -> str:
    """`passed`, `failed` or `unchecked`: DMARC as the trusted server judged it, and nobody else.

    Servers put their findings on top, so of several with the name the first one counts: a sender may have written
    the others himself.
    """
    if not trusted_server:
        return UNCHECKED
    for line in headers.all_raw("authentication-results"):
        text = _COMMENT.sub(" ", line[:20_000])
        name = text.partition(";")[0].split()
        if name and name[0].lower() == trusted_server.lower():
            found = _DMARC.search(text)
            return _RESULTS.get(found[1].lower(), UNCHECKED) if found else UNCHECKED
    return UNCHECKED
