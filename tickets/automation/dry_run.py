"""Which of the latest tickets a rule would have run on, as if it had been in use; nothing is written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from tickets.automation.matching import rule_matches
from tickets.automation.occasions import KINDS, Occasion, due_occasions, is_occasion
from tickets.dry_run import latest_tickets
from tickets.models import AutomationRule, Event, Message, Ticket
from tickets.querysets import TicketQuerySet


@dataclass(frozen=True)
class AutomationTry:
    """A ticket on which the rule would have run, how often, and when last; every rule that matches runs."""

    ticket: Ticket
    times: int
    last_at: datetime
    earlier: None = None


def try_automation(rule: AutomationRule, tickets: TicketQuerySet) -> list[AutomationTry]:
    """The latest tickets on which the rule, which may be unsaved, would have run, seen as they are now."""
    latest = list(latest_tickets(tickets.prefetch_related("tags")))
    by_ticket = {ticket.pk: ticket for ticket in latest}
    if rule.is_timed:
        occasions = _timed(rule, by_ticket)
    else:
        occasions = _from_events(rule, by_ticket)
    found = ((by_ticket[pk], of_ticket) for pk, of_ticket in occasions.items())
    tries = []
    for ticket, of_ticket in found:
        matching = [one for one in of_ticket if rule_matches(rule, ticket, one)]
        if matching:
            tries.append(AutomationTry(ticket, len(matching), max(_at(one) for one in matching)))
    return sorted(tries, key=lambda one: -one.ticket.pk)


def _at(occasion: Occasion) -> datetime:
    return occasion.event.at if occasion.event is not None else occasion.since_at or timezone.now()


def _timed(rule: AutomationRule, tickets: Iterable[int]) -> dict[int, list[Occasion]]:
    # What it ran on already counts too: of an unsaved rule there is none.
    fresh = AutomationRule(
        **{field.attname: getattr(rule, field.attname) for field in rule._meta.concrete_fields}
    )
    fresh.pk = None
    wanted = set(tickets)
    due = (one for piece in due_occasions(fresh, timezone.now()) for one in piece)
    return {one.ticket_id: [one] for one in due if one.ticket_id in wanted}


def _from_events(rule: AutomationRule, tickets: Iterable[int]) -> dict[int, list[Occasion]]:
    events = list(Event.objects.filter(ticket__in=list(tickets), kind__in=KINDS[rule.when]).order_by("id"))
    keys: set[Any] = {event.data["message"] for event in events if "message" in event.data}
    messages = Message.objects.only("body", "purpose").in_bulk(keys)
    found: dict[int, list[Occasion]] = {}
    for event in events:
        message = messages.get(event.data.get("message"))
        if is_occasion(rule, event, message):
            found.setdefault(event.ticket_id, []).append(Occasion(event.ticket_id, event, message))
    return found
