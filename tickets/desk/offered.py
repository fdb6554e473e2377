"""What a reply may begin with: the manager's templates, filled for one ticket."""

from typing import Any

from staff.models import User
from tickets.models import ReplyTemplate, Ticket
from tickets.services import fill


def offered_templates(ticket: Ticket, user: User) -> list[dict[str, Any]]:
    """The templates with a text for the ticket, those of its category first: label, all names, text; two queries."""
    near = ticket.category.ancestor_ids if ticket.category else []
    templates = ReplyTemplate.objects.filter(is_active=True).prefetch_related("texts")
    rows = [row for row in templates if row.category_id is None or row.category_id in near]
    rows.sort(key=lambda row: near.index(row.category_id) if row.category_id else len(near))
    filled = [(row, fill(row, ticket, user)) for row in rows]
    return [
        {"label": row.label, "names": (row.name, row.name_zh_hans, row.name_zh_hant), "text": text}
        for row, text in filled
        if text
    ]
