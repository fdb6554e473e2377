"""Drafts as the text box shows them."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from staff.models import User
from tickets.desk.words import Moments
from tickets.models import Ticket
from tickets.services import drafts_of


def drafts_in_words(user: User, ticket: Ticket, moments: Moments) -> dict[str, dict[str, Any]]:
    """The user's drafts on a ticket by their kind; one query."""
    return {
        kind: {
            "body": draft.body,
            "version": draft.version,
            "said": saved_words(draft.saved_at, moments),
        }
        for kind, draft in drafts_of(user, ticket).items()
    }


def saved_words(at: datetime, moments: Moments) -> str:
    """What to say of a draft that was saved then."""
    return _("Draft saved %(time)s") % {"time": moments.short(at)}
