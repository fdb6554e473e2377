"""Drafts as the text box shows them."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from staff.models import User
from tickets.desk.words import Moments
from tickets.models import DraftFile, Ticket
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


def draft_files_in_words(user: User, ticket: Ticket) -> dict[str, list[dict[str, Any]]]:
    """The files kept with the user's drafts on a ticket by their kind; asks only where there are some."""
    found: dict[str, list[dict[str, Any]]] = {"reply": [], "note": []}
    if getattr(ticket, "has_draft_files", True):
        for row in DraftFile.objects.filter(user=user, ticket=ticket.pk):
            found[row.kind].append(draft_file_in_words(row))
    return found


def draft_file_in_words(row: DraftFile) -> dict[str, Any]:
    """One kept file, ready to be shown."""
    place = [row.ticket_id, row.pk]
    return {
        "pk": row.pk,
        "kind": row.kind,
        "name": row.name,
        "size": row.size,
        "is_picture": row.is_picture,
        "url": reverse("tickets:draft-file", args=place),
        "remove_url": reverse("tickets:remove-file", args=place),
    }


def saved_words(at: datetime, moments: Moments) -> str:
    """What to say of a draft that was saved then."""
    return _("Draft saved %(time)s") % {"time": moments.short(at)}
