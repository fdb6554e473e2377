"""What stands beside the conversation: the customer with his history, and what the ticket is linked to."""

from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from common.wording import breakable
from customers.models import Customer, Identity
from staff.models import User
from tickets.choices import Status
from tickets.desk.relations import relations_of, told_in_words
from tickets.desk.risk import risk_reasons
from tickets.desk.side import sides_in_words
from tickets.desk.words import Moments
from tickets.models import Ticket, TicketArticle

# So many of his newest tickets and orders tell enough.
NEWEST = 10


def aside_context(ticket: Ticket, user: User) -> dict[str, Any]:
    """The customer's profile, addresses, orders, notes, tickets and scores, and the ticket's links."""
    customer, moments = ticket.customer, Moments()
    identities = list(customer.identities.all())
    return {
        "ticket": ticket,
        "customer": customer,
        "local_time": f"{moments.now.astimezone(ZoneInfo(customer.time_zone)):%H:%M}",
        "identities": [
            (row.get_kind_display(), breakable(row.value), row.unreachable_words) for row in identities
        ],
        "risks": risk_reasons(customer),
        "has_address": any(row.kind == Identity.Kind.EMAIL for row in identities),
        "orders": list(customer.orders.select_related("product")[:NEWEST]),
        "notes": list(customer.notes.select_related("author")[:NEWEST]),
        "others": _lines(
            Ticket.objects.visible_to(user).filter(customer=customer).exclude(pk=ticket.pk), moments
        ),
        "scores": _scores(customer, moments),
        "relations": relations_of(ticket, user, moments),
        "gathered_count": (gathered := ticket.gathered.open().count()),
        "told": told_in_words(ticket, moments) if gathered or ticket.announcements.exists() else [],
        "sides": sides_in_words(ticket, moments),
        "articles": [_article(link) for link in _links(ticket)],
        "watchers": list(ticket.watchers.all()),
    }


def _lines(tickets: Any, moments: Moments) -> list[dict[str, Any]]:
    labels = {code: str(label) for code, label in Status.choices}
    rows = tickets.order_by("-id").values("id", "subject", "status", "created_at")[:NEWEST]
    return [
        {
            "url": reverse("tickets:ticket", args=[row["id"]]),
            "number": f"HD-{row['id']:06d}",
            "subject": row["subject"],
            "status": row["status"],
            "status_label": labels[row["status"]],
            "age": moments.age(row["created_at"]),
            "full": moments.full(row["created_at"]),
        }
        for row in rows
    ]


def _scores(customer: Customer, moments: Moments) -> list[dict[str, Any]]:
    # The surveys' room is above this one: its rows are read by the reverse relation, if it is there.
    if not hasattr(customer, "invitations"):
        return []
    answered = customer.invitations.filter(response__score__isnull=False).order_by("-response__created_at")
    rows = answered.values_list("ticket_id", "response__score", "response__is_low", "response__created_at")
    return [
        {
            "number": f"HD-{ticket_id:06d}",
            "url": reverse("tickets:ticket", args=[ticket_id]),
            "score": score,
            "is_low": is_low,
            "age": moments.age(at),
            "full": moments.full(at),
        }
        for ticket_id, score, is_low, at in rows[:NEWEST]
    ]


def _links(ticket: Ticket) -> Any:
    return ticket.article_links.select_related("article").prefetch_related("article__texts").order_by("id")


def _article(link: TicketArticle) -> dict[str, Any]:
    return {
        "title": str(link.article),
        "url": link.article.get_absolute_url(),
        "use": link.get_use_display(),
        "is_public": link.article.audience == "public",
    }
