"""What becomes of invitations that nobody answers."""

import logging

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from common.sweeping import LOOKED_AT, one_by_one
from surveys.models import Invitation
from surveys.services.texts import reminder_words
from tickets.choices import DONE_STATUSES, Status, SurveyOutcome
from tickets.models import Message, Ticket
from tickets.services import StepRefused, lock, say_automatically, take_step
from tickets.services.turn import email_of

BATCH = 200
logger = logging.getLogger(__name__)


def invitations_due() -> QuerySet[Invitation]:
    """Open invitations to remind of, that have expired, or whose ticket was reopened."""
    now = timezone.now()
    is_reopened = ~Q(ticket__status__in=DONE_STATUSES) | ~Q(ticket__reopened_count=F("round"))
    return Invitation.objects.filter(
        Q(expires_at__lte=now) | Q(remind_at__lte=now, reminded_at__isnull=True) | is_reopened,
        closed_at__isnull=True,
    )


def remind_and_close() -> int:
    """Remind once, close what expired or lost its ticket; return how many. May run twice, or in two workers at once."""
    due = invitations_due().order_by("expires_at", "id").only("ticket")[:LOOKED_AT]
    return one_by_one(due, _look_after, most=BATCH).done


def _look_after(invitation: Invitation) -> bool:
    try:
        with transaction.atomic():
            # The ticket first, as everybody does, so that nobody waits in a circle.
            ticket = lock(Ticket(pk=invitation.ticket_id))
            held = invitations_due().select_for_update(of=("self",)).filter(pk=invitation.pk).first()
            if held is None:
                return False
            held.ticket = ticket
            if not held.is_of_present_resolution:
                close(held)
            elif held.is_expired:
                close(held)
                if ticket.status == Status.RESOLVED:
                    take_step(ticket, "survey", actor=None, outcome=SurveyOutcome.NO_RESPONSE)
            else:
                _remind(held, ticket)
            return True
    except StepRefused as refusal:
        logger.warning("Invitation %s cannot be closed: %s", invitation.pk, refusal.reason)
        return False


def close(invitation: Invitation) -> None:
    """End an invitation; the caller holds the transaction."""
    invitation.closed_at = timezone.now()
    invitation.save(update_fields=["closed_at"])


def _remind(invitation: Invitation, ticket: Ticket) -> None:
    invitation.reminded_at = timezone.now()
    invitation.save(update_fields=["reminded_at"])
    if address := email_of(ticket.customer):
        words = reminder_words(invitation)
        say_automatically(
            ticket, words.body, subject=words.subject, sender_name=words.sender,
            purpose=Message.Purpose.SURVEY_REMINDER, recipient=address,
        )  # fmt: skip
