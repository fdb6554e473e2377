"""Whether a ticket looks as a rule says; the dry run and the real one ask the same."""

from collections.abc import Iterator
from datetime import datetime

from tickets.automation.occasions import Occasion, due_occasions
from tickets.choices import MessageKind
from tickets.classifying import LONGEST_TEXT, Facts, folded, matches
from tickets.dry_run import with_first_text
from tickets.models import AutomationRule, Message, Ticket


def rule_matches(rule: AutomationRule, ticket: Ticket, occasion: Occasion) -> bool:
    """Whether every condition of the rule holds for the ticket as it is now.

    Words are looked for in what was written on the occasion, else in what the customer wrote first.
    """
    if any(getattr(ticket, name) != value for name, value in rule.wanted().items()):
        return False
    if rule.if_tag_id or rule.unless_tag_id:
        tags = {tag.pk for tag in ticket.tags.all()}
        if (rule.if_tag_id and rule.if_tag_id not in tags) or rule.unless_tag_id in tags:
            return False
    body = _body(ticket, occasion) if rule.words or rule.pattern else ""
    facts = Facts(
        ticket.subject, body, ticket.channel, ticket.language, ticket.customer.segment_id, ticket.category,
        ticket.product_id,
    )  # fmt: skip
    return matches(rule, facts, folded(facts)) and _pattern_holds(rule, facts)


def _pattern_holds(rule: AutomationRule, facts: Facts) -> bool:
    if rule.regex is None:
        return True
    subject, body = facts.subject, facts.body[:LONGEST_TEXT]
    searched = {"subject": [subject], "body": [body]}.get(rule.where, [subject, body])
    return any(rule.regex.search(text) is not None for text in searched)


def due_matches(rule: AutomationRule, now: datetime) -> Iterator[Occasion]:
    """The occasions of a rule of time on which the ticket looks as it says; a few queries for each piece of them."""
    for piece in due_occasions(rule, now):
        tickets = Ticket.objects.filter(pk__in=[occasion.ticket_id for occasion in piece])
        tickets = tickets.select_related("customer", "category").prefetch_related("tags")
        found = (with_first_text(tickets) if rule.words or rule.pattern else tickets).in_bulk()
        yield from (one for one in piece if rule_matches(rule, found[one.ticket_id], one))


def _body(ticket: Ticket, occasion: Occasion) -> str:
    if occasion.message is not None:
        return occasion.message.body
    if hasattr(ticket, "first_text"):
        return ticket.first_text or ""
    first = Message.objects.filter(ticket=ticket.pk, kind=MessageKind.CUSTOMER).order_by("id")
    return first.values_list("body", flat=True).first() or ""
