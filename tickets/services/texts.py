"""What the desk says by itself, in the customer's language and time zone."""

import zoneinfo
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext

from common.links import link_place
from tickets.models import Ticket


def acknowledgement_text(ticket: Ticket, answer_due_at: datetime | None) -> str:
    """That the ticket was received, its number, its link, and when to expect an answer."""
    return _render("acknowledgement", ticket, answer_due_at=answer_due_at)


def resolution_text(ticket: Ticket) -> str:
    """That the ticket is resolved, and how to confirm it or open it again."""
    return _render("resolved", ticket)


def _render(name: str, ticket: Ticket, **context: object) -> str:
    zone = zoneinfo.ZoneInfo(ticket.customer.time_zone)
    with translation.override(ticket.language), timezone.override(zone):
        return render_to_string(
            f"tickets/mail/{name}.txt",
            {
                "ticket": ticket,
                "customer": ticket.customer,
                "link": link_place("ticket", ticket.link_nonce),
                "site_name": gettext(settings.SITE_NAME),
                **context,
            },
        ).strip()
