"""When a rule has to look at a ticket: at an event, or at a moment from which enough time has passed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tickets.choices import OPEN_STATUSES, EventKind, MessageKind
from tickets.models import AutomationRule, AutomationRun, Event, Message, Promise, Ticket

When = AutomationRule.When

# The kinds of events among which each is found.
KINDS: dict[str, tuple[str, ...]] = {
    When.CREATED: (EventKind.CREATED,),
    When.CUSTOMER_WROTE: (EventKind.MESSAGE,),
    When.REPLIED: (EventKind.MESSAGE,),
    When.NOTED: (EventKind.MESSAGE,),
    When.STEP: (EventKind.STEP,),
    When.CLASSIFIED: (EventKind.STEP,),
    When.ASSIGNED: (EventKind.STEP,),
    When.PRIORITY_CHANGED: (EventKind.CHANGED, EventKind.STEP),
    When.TAG_ADDED: (EventKind.CHANGED,),
    When.PROMISE_BROKEN: (EventKind.PROMISE_BROKEN,),
    When.LOW_SCORE: (EventKind.LOW_SCORE,),
    When.NOT_DELIVERED: (EventKind.DELIVERY_FAILED,),
}
_MESSAGES: dict[str, MessageKind] = {
    When.CUSTOMER_WROTE: MessageKind.CUSTOMER, When.REPLIED: MessageKind.REPLY, When.NOTED: MessageKind.NOTE,
}  # fmt: skip
_STEPS: dict[str, str] = {When.CLASSIFIED: "classify", When.ASSIGNED: "assign"}
# So many candidates of a rule of time are read at once.
PIECE = 500


@dataclass(frozen=True)
class Occasion:
    """Why a rule looks at a ticket: an event with what was written by it, or the moment from which time passed."""

    ticket_id: int
    event: Event | None = None
    message: Message | None = None
    since_at: datetime | None = None

    @property
    def key(self) -> dict[str, Any]:
        """What makes a run of a rule the run for this occasion."""
        return {"event_id": self.event.pk} if self.event is not None else {"since_at": self.since_at}


def is_occasion(rule: AutomationRule, event: Event, message: Message | None) -> bool:
    """Whether the event is what the rule waits for; `message` is the one that was written by it."""
    data, when = event.data, rule.when
    if event.kind not in KINDS.get(when, ()):
        return False
    if (wanted := _MESSAGES.get(when)) is not None:
        # Warnings to colleagues and side conversations are notes too, but nobody's note about the ticket.
        # What was taken back is gone.
        return data.get("message_kind") == wanted and message is not None and not message.purpose
    if when in _STEPS:
        return event.step == _STEPS[when]
    if when == When.STEP:
        return rule.on_step in ("", event.step)
    if when == When.PRIORITY_CHANGED:
        return "priority" in (data if event.kind == EventKind.STEP else data.get("fields", {}))
    if when == When.TAG_ADDED:
        return _is_added(rule, *data.get("fields", {}).get("tags", ((), ())))
    return True


def _is_added(rule: AutomationRule, before: list[str], after: list[str]) -> bool:
    added = set(after) - set(before)
    return rule.on_tag.code in added if rule.on_tag is not None else bool(added)


def due_occasions(rule: AutomationRule, now: datetime) -> Iterator[list[Occasion]]:
    """The tickets that a rule of time has to look at now, each with its moment; all of them, piece by piece."""
    candidates = _candidates(rule, now).filter(**rule.wanted())
    ran = AutomationRun.objects.filter(
        rule=rule.pk or 0, ticket=OuterRef("pk"), since_at=OuterRef("since_at")
    )
    rows = candidates.exclude(Exists(ran)).order_by("pk").values_list("pk", "since_at")
    last = 0
    while piece := list(rows.filter(pk__gt=last)[:PIECE]):
        yield [Occasion(pk, since_at=since_at) for pk, since_at in piece]
        last = piece[-1][0]


def _candidates(rule: AutomationRule, now: datetime) -> QuerySet[Any]:
    """The open tickets for which the time has passed, with the moment from which it is counted (`since_at`)."""
    assert rule.minutes is not None
    length = timedelta(minutes=rule.minutes)
    tickets: QuerySet[Any] = Ticket.objects.filter(status__in=OPEN_STATUSES)
    if rule.when == When.PROMISE_SOON:
        soon = Promise.objects.filter(
            ticket=OuterRef("pk"), met_at=None, dropped_at=None, broken_at=None, running_since_at__isnull=False,
            due_at__gt=now, due_at__lte=now + length,
        )  # fmt: skip
        return tickets.annotate(since_at=Subquery(soon.order_by("due_at").values("due_at")[:1])).exclude(
            since_at=None
        )
    if rule.when == When.IN_STATE:
        entered = Event.objects.filter(
            ~Q(before=F("after")), ticket=OuterRef("pk"), kind=EventKind.STEP, after=rule.if_status
        )
        since = Coalesce(Subquery(entered.order_by("-id").values("at")[:1]), F("created_at"))
        tickets = tickets.filter(created_at__lte=now - length)
        return tickets.annotate(since_at=since).filter(since_at__lte=now - length)
    if rule.when == When.UNANSWERED:
        tickets = tickets.filter(awaits_reply=True)
    return tickets.filter(last_message_at__lte=now - length).annotate(
        since_at=Coalesce(F("last_message_at"), F("created_at"), output_field=DateTimeField())
    )
