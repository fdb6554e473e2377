"""Whether a customer is about to be lost, by a rule that anybody can check."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import ngettext

from customers.models import Customer
from tickets.models import Promise, Ticket

# Any one of these is enough.
WITHIN_DAYS = 90
LOW_SCORES, BROKEN_PROMISES, OPEN_TICKETS = 1, 2, 3


def risk_reasons(customer: Customer) -> list[str]:
    """Why the customer is at risk, in words; empty when he is not. Three queries, whatever he has been through."""
    since = timezone.now() - timedelta(days=WITHIN_DAYS)
    reasons = []
    # The surveys' room is above this one: its rows are read by the reverse relation, if it is there.
    if hasattr(customer, "invitations"):
        low = customer.invitations.filter(response__is_low=True, response__created_at__gte=since).count()
        if low >= LOW_SCORES:
            reasons.append(
                ngettext("%(count)s low score within 90 days", "%(count)s low scores within 90 days", low)
                % {"count": low}
            )
    broken = Promise.objects.filter(ticket__customer=customer, broken_at__gte=since).count()
    if broken >= BROKEN_PROMISES:
        reasons.append(
            ngettext(
                "%(count)s promise broken within 90 days", "%(count)s promises broken within 90 days", broken
            )
            % {"count": broken}
        )
    waiting = Ticket.objects.open().filter(customer=customer).count()
    if waiting >= OPEN_TICKETS:
        reasons.append(
            ngettext("%(count)s ticket open at once", "%(count)s tickets open at once", waiting)
            % {"count": waiting}
        )
    return reasons
