"""Reply templates, filled in for one ticket."""

import re
from typing import Any

from common.localized import localized
from tickets.models import ReplyTemplate, Ticket

_PLACE = re.compile(r"\{(\w+)\}")


def fill(template: ReplyTemplate, ticket: Ticket, agent: Any) -> str:
    """The template's text in the customer's language with its placeholders filled; unknown ones stay as written.

    Empty when the template has no text at all. Fetch `texts` with the templates.
    """
    text = template.text_for(ticket.language)
    if text is None:
        return ""
    words = {
        "customer": ticket.customer.name,
        "number": ticket.number,
        "subject": ticket.subject,
        "agent": str(agent),
        "product": localized(ticket.product, "name", ticket.language) if ticket.product else "",
        "order": ticket.order.number if ticket.order else "",
    }
    return _PLACE.sub(lambda found: words.get(found[1], found[0]), text.body)
