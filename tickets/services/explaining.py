"""Why a promise is due when it is: its account, from what was written about it."""

from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone

from sla.account import Account, Stop, account
from sla.terms import special_days_of
from tickets.models import Promise, Ticket
from tickets.rulebook import current_rulebook
from tickets.services.agreements import hours_of_promise


def promises_to_explain(ticket: Ticket) -> QuerySet[Promise]:
    """The ticket's promises with all that their accounts need, in the order of the clocks; two queries."""
    related = ("policy", "policy_version", "calendar_version__calendar")
    promises = Promise.objects.filter(ticket=ticket.pk).select_related(*related)
    return promises.defer("calendar_version__data").prefetch_related("pauses").order_by("due_at", "id")


def explain(promise: Promise, *, now: datetime | None = None) -> Account:
    """Return the line-by-line account of a promise; fetch its `pauses` with it, or see `promises_to_explain`."""
    special: dict[date, tuple[str, str]] = {}
    if promise.calendar_version_id and promise.counts == "business":
        special = special_days_of(promise.calendar_version_id)
    return account(
        promise.started_at,
        promise.target_minutes * 60,
        hours_of_promise(promise, current_rulebook),
        [Stop(pause.reason, pause.started_at, pause.ended_at) for pause in promise.pauses.all()],
        now=now or timezone.now(),
        met_at=promise.met_at,
        dropped_at=promise.dropped_at,
        special=special,
    )
