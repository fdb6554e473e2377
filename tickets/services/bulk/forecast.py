"""What a change of many tickets would do, before it is started; nothing is written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from tickets.choices import MessageKind
from tickets.models import Attachment, Message, Ticket, TicketArticle
from tickets.services.bulk.actions import Plan

# Beyond so many the forecast speaks of the first ones only.
LOOKED_AT = 1_000
SHOWN = 50


@dataclass
class Forecast:
    """How many would be done, and why the others would not."""

    total: int
    looked_at: int = 0
    possible: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[Ticket, list[str]]] = field(default_factory=list)

    @property
    def by_reason(self) -> list[tuple[str, int]]:
        """Each reason with how many it keeps from being done, the most first."""
        return self.reasons.most_common()

    @property
    def refused_count(self) -> int:
        """How many of those looked at would be refused."""
        return self.looked_at - self.possible


def forecast(plan: Plan, keys: Sequence[int]) -> Forecast:
    """Look at the tickets as the action would; a few queries for all of them."""
    found = Forecast(total=len(keys))
    for ticket in _as_known(keys[:LOOKED_AT], plan):
        found.looked_at += 1
        reasons = plan.reasons(ticket)
        if not reasons:
            found.possible += 1
            continue
        found.reasons.update([" ".join(reasons)])
        if len(found.refused) < SHOWN:
            found.refused.append((ticket, reasons))
    return found


def _as_known(keys: Sequence[int], plan: Plan) -> list[Ticket]:
    """The tickets with what the conditions and guards would else ask the database one by one."""
    said = Message.objects.filter(ticket=OuterRef("pk"))
    last = said.filter(kind__in=[MessageKind.CUSTOMER, MessageKind.REPLY]).order_by("-id")
    automatic = TicketArticle.objects.filter(ticket=OuterRef("pk"), use="automatic")
    known: dict[str, Any] = {
        "has_open_child": Exists(Ticket.objects.open().filter(parent=OuterRef("pk")).order_by()),
        "has_told_customer": Exists(said.filter(kind=MessageKind.REPLY).order_by()),
        "has_automatic_answer": Exists(automatic.order_by()),
        "has_open_question": Subquery(last.values("asks_customer")[:1]),
    }
    tickets = (
        Ticket.objects.visible_to(plan.actor)
        .filter(pk__in=keys)
        .select_related("customer", "category", "team", "assignee", "product", "order")
        .prefetch_related("tags")
        .annotate(**known)
        .order_by("-id")
    )
    rows = list(tickets)
    files: dict[int, set[str]] = {}
    kept = Attachment.objects.filter(ticket__in=[row.pk for row in rows]).exclude(field_key="")
    for ticket_id, key in kept.values_list("ticket", "field_key"):
        files.setdefault(ticket_id, set()).add(key)
    for row in rows:
        row.file_keys = frozenset(files.get(row.pk, ()))
    return rows
