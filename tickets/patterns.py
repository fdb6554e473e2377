"""Regular expressions of managers: RE2, whose time grows with the text and not with how it is nested."""

from typing import Any

import re2
from django.utils.translation import gettext as _

# What an expression may become when it is compiled; with it the worst takes a third of a second on the longest text.
MOST_MEMORY = 1 << 15


def compiled(pattern: str) -> Any:
    """The expression, ready to be looked for; raises re2.error."""
    options = re2.Options()
    options.max_mem, options.log_errors = MOST_MEMORY, False
    return re2.compile(pattern, options)


def pattern_problem(pattern: str) -> str:
    """What is wrong with it, in words; empty when nothing is."""
    try:
        compiled(pattern)
    except re2.error as error:
        said = error.args[0] if error.args else b""
        detail = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        if "too large" in detail:
            return _("This expression is too complicated: repeat less, or fewer times.")
        return _("This is no expression that RE2 understands: %(error)s") % {"error": detail}
    return ""
