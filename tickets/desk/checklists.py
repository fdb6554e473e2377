"""The checklists of a ticket as the desk shows them."""

from typing import Any

from tickets.desk.words import Moments
from tickets.models import ChecklistTick, Ticket
from tickets.rulebook import Rulebook


def checklists_in_words(ticket: Ticket, rulebook: Rulebook, moments: Moments) -> list[dict[str, Any]]:
    """Each checklist with its things, ticked off by whom and when; one query, none where there is no checklist."""
    lists = rulebook.checklists_for(ticket.category)
    if not lists:
        return []
    ticks = {
        tick.item_id: tick
        for tick in ChecklistTick.objects.filter(ticket=ticket.pk).select_related("done_by")
    }
    # The guards would ask the database for what is at hand.
    ticket.ticked_item_ids = frozenset(ticks)
    return [
        {
            "label": one.label,
            "items": (items := [_in_words(item, ticks.get(item.pk), moments) for item in one.items.all()]),
            "done": sum(item["is_done"] for item in items),
        }
        for one in lists
    ]


def _in_words(item: Any, tick: ChecklistTick | None, moments: Moments) -> dict[str, Any]:
    return {
        "pk": item.pk,
        "label": item.label,
        "is_done": tick is not None,
        "who": str(tick.done_by) if tick else "",
        "at": moments.short(tick.done_at) if tick else "",
        "at_full": moments.full(tick.done_at) if tick else "",
    }
