"""Asking the customers of resolved tickets."""

import logging
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from common.links import new_link
from common.sweeping import LOOKED_AT, one_by_one
from customers.models import Customer
from surveys.models import Invitation, SurveyRule
from surveys.services.texts import invitation_words
from tickets.choices import EventKind, Status, SurveyOutcome
from tickets.models import Message, Ticket
from tickets.services import StepRefused, lock, say_automatically, take_step
from tickets.services.turn import email_of

BATCH = 200
logger = logging.getLogger(__name__)


def tickets_to_ask() -> QuerySet[Ticket]:
    """Resolved tickets whose rule's delay has passed and whose resolution was not asked about yet."""
    asked = Invitation.objects.filter(ticket=OuterRef("pk"), round=OuterRef("reopened_count"))
    return Ticket.objects.filter(
        ~Exists(asked), status=Status.RESOLVED, resolved_at__lte=_latest_resolution(timezone.now())
    )


def ask_resolved() -> int:
    """Invite the customers of tickets resolved long enough ago, or record that they are not asked.

    Return how many tickets were dealt with. May run twice, or in two workers at once.
    """
    rules = _active_rules()
    tickets = tickets_to_ask().order_by("resolved_at", "id").only("pk")[:LOOKED_AT]
    return one_by_one(tickets, partial(_ask_about, rules=rules), most=BATCH).done


def _active_rules() -> list[SurveyRule]:
    return list(
        SurveyRule.objects.filter(is_active=True, survey__is_active=True)
        .select_related("survey")
        .prefetch_related("categories")
    )


def _latest_resolution(now: datetime) -> Case | Value:
    """For each ticket, when it must have been resolved for the first rule that fits to let it be asked now."""
    cases: list[When] = []
    for rule in _active_rules():
        moment = Value(now - timedelta(minutes=rule.delay_minutes))
        fits = Q()
        for category in rule.categories.all():
            fits |= Q(category__path__startswith=category.path)
        if not fits:
            # It fits every ticket, so those after it never decide.
            return Case(*cases, default=moment) if cases else moment
        cases.append(When(fits, then=moment))
    return Case(*cases, default=Value(now)) if cases else Value(now)


def _ask_about(ticket: Ticket, rules: list[SurveyRule]) -> bool:
    try:
        with transaction.atomic():
            held = lock(ticket)
            if held.status != Status.RESOLVED or _is_asked(held):
                # Another worker was here, or the customer opened it again.
                return False
            rule = next((rule for rule in rules if _fits(rule, held)), None)
            address = email_of(held.customer)
            if rule is None or not address or _was_asked_lately(held.customer, rule):
                take_step(held, "survey", actor=None, outcome=SurveyOutcome.NOT_ASKED)
            else:
                _invite(held, rule, address)
            return True
    except StepRefused as refusal:
        logger.warning("Ticket %s cannot be surveyed: %s", ticket.pk, refusal.reason)
        return False


def _is_asked(ticket: Ticket) -> bool:
    return Invitation.objects.filter(ticket=ticket, round=ticket.reopened_count).exists()


def _fits(rule: SurveyRule, ticket: Ticket) -> bool:
    wanted = [category.pk for category in rule.categories.all()]
    return not wanted or (ticket.category is not None and ticket.category.is_within(wanted))


def _was_asked_lately(customer: Customer, rule: SurveyRule) -> bool:
    # Held, so that two workers with two tickets of one customer do not both ask him.
    Customer.objects.select_for_update(no_key=True).only("pk").get(pk=customer.pk)
    since = timezone.now() - timedelta(days=rule.quiet_days)
    return Invitation.objects.filter(customer=customer, created_at__gt=since).exists()


def _invite(ticket: Ticket, rule: SurveyRule, address: str) -> None:
    now, survey = timezone.now(), rule.survey
    nonce, token_hash = new_link("survey")
    invitation = Invitation.objects.create(
        ticket=ticket, round=ticket.reopened_count, customer=ticket.customer, survey=survey,
        language=ticket.language, link_nonce=nonce, token_hash=token_hash, created_at=now,
        expires_at=now + timedelta(days=survey.expires_days),
        remind_at=now + timedelta(days=survey.reminder_days) if survey.reminder_days else None,
    )  # fmt: skip
    words = invitation_words(invitation)
    say_automatically(
        ticket, words.body, subject=words.subject, sender_name=words.sender,
        purpose=Message.Purpose.SURVEY, recipient=address, event=EventKind.SURVEY_SENT, invitation=invitation.pk,
    )  # fmt: skip


__all__ = ["ask_resolved", "tickets_to_ask"]
