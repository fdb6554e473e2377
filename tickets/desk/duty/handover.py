"""The hand-over sheet: what the next shift must know about a team's open tickets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from staff.models import DutyEvent, Team, User
from staff.shift_ends import shift_ends
from tickets.choices import MessageKind, PromiseKind
from tickets.desk.words import Moments
from tickets.models import Message, Ticket

# A shift and a little more, before and after.
AROUND = timedelta(hours=12)
MOST_TICKETS, MOST_NOTES = 100, 40


@dataclass(frozen=True)
class Sheet:
    """What the page shows, for the team and one shift's end."""

    at: datetime
    leaving: list[User]
    rows: list[dict[str, Any]]
    is_cut: bool
    passed_on: list[dict[str, Any]]
    notes: list[Message]
    # Other shift ends near now, to choose from.
    ends: list[datetime]


def sheet_of(team: Team, reader: User, at: datetime | None = None) -> Sheet:
    """The sheet for the shift end at a moment, or for the one nearest to now."""
    now = timezone.now()
    ends = shift_ends(team.pk, now - AROUND, now + AROUND)
    moments = sorted({moment for moment, _user in ends})
    at = at or min(moments, key=lambda moment: abs(moment - now), default=now)
    leaving = [user for moment, user in ends if moment == at]
    visible = Ticket.objects.visible_to(reader).filter(team=team)
    tickets = visible.open().select_related("customer", "assignee").order_by("due_at", "id")
    found = list(tickets[: MOST_TICKETS + 1])
    notes = Message.objects.filter(
        kind=MessageKind.NOTE,
        # What escalation writes by itself stands in the list above: it is what is due.
        author__isnull=False,
        ticket__in=visible.open(),
        created_at__gt=at - AROUND,
        created_at__lte=max(at, now),
    ).select_related("ticket", "author")
    return Sheet(
        at=at,
        leaving=list(User.objects.filter(pk__in=leaving)),
        rows=_rows(found[:MOST_TICKETS], set(leaving)),
        is_cut=len(found) > MOST_TICKETS,
        passed_on=_passed_on(team, visible, at),
        notes=list(notes.order_by("-created_at")[:MOST_NOTES]),
        ends=moments,
    )


def _rows(tickets: list[Ticket], leaving: set[int]) -> list[dict[str, Any]]:
    moments, kinds = Moments(), dict(PromiseKind.choices)
    return [
        {
            "ticket": ticket,
            "is_leaving": ticket.assignee_id in leaving,
            "promise": kinds.get(ticket.due_kind, "") if ticket.has_due_moment else "",
            "due": moments.due(ticket.due_at, exact=True) if ticket.has_due_moment else "",
            "due_at": ticket.due_at,
            "due_class": moments.urgency(ticket.due_at),
        }
        for ticket in tickets
    ]


def _passed_on(team: Team, visible: Any, at: datetime) -> list[dict[str, Any]]:
    """What the team's rule gave on at this shift's end, and to whom."""
    events = DutyEvent.objects.filter(
        kind=DutyEvent.Kind.SHIFT_ENDED, team=team, at__gte=at, at__lt=at + AROUND
    ).select_related("user")
    pairs = [
        (event.user, ticket, taker)
        for event in events.order_by("id")
        if datetime.fromisoformat(event.data["ended_at"]) == at
        for ticket, taker in event.data["tickets"]
    ]
    tickets = visible.in_bulk([ticket for _user, ticket, _taker in pairs])
    takers = User.objects.in_bulk([taker for _user, _ticket, taker in pairs if taker])
    return [
        {"ticket": tickets[ticket], "giver": user, "taker": takers.get(taker)}
        for user, ticket, taker in pairs
        if ticket in tickets
    ]
