"""Taking a request in: one transaction makes the ticket, classifies, promises, assigns and acknowledges it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.choices import Channel
from catalog.models import Category
from common.links import new_link
from common.search import index_text
from customers.models import Customer
from tickets.choices import CancelReason, EventKind, MessageKind, PromiseKind
from tickets.classifying import first_match
from tickets.models import Attachment, Message, Ticket
from tickets.routing.rules import facts_of, own_tier, route
from tickets.services.assigning import assign_if_possible
from tickets.services.refusal import StepRefused
from tickets.services.texts import acknowledgement_words
from tickets.services.turn import Turn, email_of


def create_ticket(
    *,
    customer: Customer,
    subject: str,
    body: str,
    actor: Any = ...,
    channel: str = Channel.WEB,
    language: str = "",
    category: Category | None = None,
    email: str = "",
    attachments: Sequence[Attachment] = (),
    submission_key: str | None = None,
    acknowledge: bool = True,
    is_spam: bool = False,
    first_message: Mapping[str, Any] | None = None,
    begins_with: MessageKind = MessageKind.CUSTOMER,
    **fields: Any,
) -> Ticket:
    """Take a request in and return its ticket; the same `submission_key` again returns the ticket it made.

    `actor` is who writes it down: the customer himself by default, a user for a phone call or a visit.
    `attachments` are unsaved rows from `common.uploads`; `fields` are others of the ticket, such as product,
    order, field_values, follows, and `first_message` such of its first message. `is_spam`: it is cancelled as it
    comes, promised and told nothing, and can be restored. One that `begins_with` a reply is written by a colleague,
    and goes out to the customer.
    """
    nonce, token_hash = new_link("ticket")
    ticket = Ticket(
        customer=customer, subject=subject.strip()[:200], channel=channel, language=language or customer.language,
        category=category, link_nonce=nonce, token_hash=token_hash, submission_key=submission_key or None,
        created_at=(now := timezone.now()), updated_at=now, last_message_at=now, **fields,
    )  # fmt: skip
    try:
        # Only for a form there is something to do after a failure; else the caller's transaction ends with ours.
        with transaction.atomic(savepoint=bool(submission_key)):
            return _take_in(
                ticket, body, customer if actor is ... else actor, email, attachments, acknowledge, is_spam,
                first_message or {}, begins_with,
            )  # fmt: skip
    except IntegrityError:
        # The same form arrived twice at the same moment; the other one made the ticket.
        if submission_key and (known := Ticket.objects.filter(submission_key=submission_key).first()):
            return known
        raise


def _take_in(
    ticket: Ticket, body: str, actor: Any, email: str, attachments: Sequence[Attachment], acknowledge: bool,
    is_spam: bool, first_message: Mapping[str, Any], begins_with: MessageKind,
) -> Ticket:  # fmt: skip
    turn = Turn(ticket, actor=actor, now=ticket.created_at, is_new=True)
    # What it was when it came: its promises can then be told again under other policies.
    facts = {
        "category": ticket.category_id, "priority": ticket.priority, "segment": ticket.customer.segment_id,
    }  # fmt: skip
    turn.record(EventKind.CREATED, channel=str(ticket.channel), facts=facts)
    message = turn.say(begins_with, body, attachments=attachments, **first_message)
    message.search_text = index_text(ticket.subject, body)
    if begins_with == MessageKind.CUSTOMER:
        message.customer = ticket.customer
    ticket.opening = message
    ticket.tier = own_tier(turn.rulebook, ticket.customer.segment_id, is_major=ticket.is_major)
    if not is_spam:
        turn.promises.fit()
    turn.insert()
    if is_spam:
        if _cancelled_as_spam(turn):
            turn.close()
            return ticket
        turn.promises.fit()
        turn.touch()
    tags = classify_by_rules(turn, body)
    if acknowledge and (address := email or email_of(ticket.customer)):
        due_at = turn.promises.due_of(PromiseKind.FIRST_RESPONSE)
        words = acknowledgement_words(ticket, due_at, turn.rulebook)
        turn.say_words(words, recipient=address, purpose=Message.Purpose.ACKNOWLEDGEMENT)
    turn.close()
    if tags:
        ticket.tags.add(*tags)
    return ticket


def _cancelled_as_spam(turn: Turn) -> bool:
    """Cancel it at once; False where a manager's guard wants something that only a person can add."""
    try:
        turn.step("cancel", actor=None, cancel_reason=CancelReason.SPAM)
    except StepRefused:
        return False
    return True


def classify_by_rules(turn: Turn, body: str) -> list[Any]:
    """Classify and assign a received ticket where a rule decides; return the rule's tags. Without a rule it waits."""
    ticket, rulebook = turn.ticket, turn.rulebook
    facts = facts_of(ticket, rulebook, body=body)
    rule = first_match(rulebook.rules, facts)
    category = (rule.category or ticket.category) if rule else None
    if rule is None or category is None:
        return []
    category = rulebook.categories.get(category.pk, category)
    preferred = rulebook.teams.get(rule.team_id) if rule.team_id else None
    placed = route(rulebook, replace(facts, category=category), is_major=ticket.is_major, preferred=preferred)
    try:
        turn.step(
            "classify", actor=None, category=category, priority=rule.priority or category.default_priority,
            team=placed.team, rule=rule, routing_rule=placed.rule, tier=placed.tier,
        )  # fmt: skip
    except StepRefused:
        # A guard wants something that only a person can add.
        return []
    assign_if_possible(turn)
    return list(rule.tags.all())
