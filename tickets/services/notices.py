"""Telling people what concerns them: found among the events of each turn, written in the same transaction."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from staff.models import User
from staff.notices import NoticeKind
from tickets.choices import EventKind, MessageKind
from tickets.models import Event, Message, Notice, Ticket

KEPT = timedelta(days=60)
# A digest gathers for so long; what was read by then is not mailed.
GATHERED = timedelta(minutes=15)
_AT = re.compile(r"[@＠]")


def note_for_people(
    ticket: Ticket, events: Iterable[Event], messages: Iterable[Message], *, is_new: bool
) -> None:
    """Write down for everybody concerned what has happened; asks the database only when somebody may be."""
    bodies = {message.pk: message.body for message in messages if message.kind == MessageKind.NOTE}
    found: dict[tuple[int, str], Notice] = {}
    for event in events:
        for user, kind in _concerned(ticket, event, bodies, is_new=is_new):
            if user.pk == event.actor_id or not user.is_active:
                continue
            is_shown = kind == NoticeKind.MENTIONED or kind not in user.unwanted_notices
            is_to_mail = kind in user.mailed_notices
            if is_shown or is_to_mail:
                found[user.pk, kind] = Notice(
                    user=user, ticket=ticket, event=event, kind=kind, is_shown=is_shown, is_to_mail=is_to_mail,
                    created_at=event.at,
                )  # fmt: skip
    if found:
        Notice.objects.bulk_create(found.values())


def _concerned(
    ticket: Ticket, event: Event, bodies: dict[int, str], *, is_new: bool
) -> Iterable[tuple[User, NoticeKind]]:
    if event.kind == EventKind.STEP and event.step == "assign" and ticket.assignee is not None:
        yield ticket.assignee, NoticeKind.ASSIGNED
    elif (
        event.kind == EventKind.MESSAGE
        and event.data.get("message_kind") == MessageKind.CUSTOMER
        and not is_new
    ):
        watchers = list(ticket.watchers.all())
        for user in {*watchers, *([ticket.assignee] if ticket.assignee else [])}:
            yield user, NoticeKind.ANSWERED
    elif (
        event.kind == EventKind.MESSAGE
        and event.actor_id
        and (body := bodies.get(event.data.get("message", 0)))
    ):
        for user in mentioned_in(body):
            if user.pk != event.actor_id and not ticket.is_visible_to(user):
                # Whoever watches sees the ticket.
                ticket.watchers.add(user)
            yield user, NoticeKind.MENTIONED
    elif event.kind == EventKind.ESCALATED and (told := event.data.get("told")):
        for user in User.objects.filter(pk__in=told):
            yield user, NoticeKind.PROMISE
    elif event.kind == EventKind.FOLLOW_UP and event.data.get("what") == "due":
        for user in User.objects.filter(pk__in=event.data["told"]):
            yield user, NoticeKind.FOLLOW_UP


def mentioned_in(text: str) -> list[User]:
    """The active people whose names stand after an @, the longest name that fits; a query only where there is one."""
    places = [found.end() for found in _AT.finditer(text)]
    if not places:
        return []
    people = sorted(User.objects.filter(is_active=True), key=lambda user: -len(str(user)))
    found: dict[int, User] = {}
    for place in places:
        rest = text[place : place + 100].casefold()
        for user in people:
            names = (user.display_name.casefold(), user.email)
            if any(name and rest.startswith(name) for name in names):
                found.setdefault(user.pk, user)
                break
    return list(found.values())


def unread_notices(user: User) -> QuerySet[Notice]:
    """What the bell counts."""
    return Notice.objects.filter(user=user.pk, is_shown=True, read_at__isnull=True)


def mark_read(user: User, *, ticket_id: int | None = None, notice_id: int | None = None) -> None:
    """Take notices as read: of one ticket, a single one, or all."""
    some: dict[str, Any] = {"ticket": ticket_id, "pk": notice_id}
    unread_notices(user).filter(**{name: pk for name, pk in some.items() if pk is not None}).update(
        read_at=timezone.now()
    )


def notices_to_mail() -> QuerySet[Notice]:
    """What waits for its digest for long enough."""
    return Notice.objects.filter(
        is_to_mail=True, mailed_at__isnull=True, created_at__lt=timezone.now() - GATHERED
    )


def take_for_digest(user: User) -> list[Notice]:
    """What goes into the user's digest now, taken once; the caller holds the transaction and sends it."""
    rows = list(
        Notice.objects.select_for_update(of=("self",))
        .filter(user=user, is_to_mail=True, mailed_at__isnull=True)
        .select_related("ticket", "event__actor", "event__customer")
        .order_by("id")
    )
    Notice.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=timezone.now())
    visible = set(
        Ticket.objects.visible_to(user)
        .filter(pk__in={row.ticket_id for row in rows})
        .values_list("pk", flat=True)
    )
    return [row for row in rows if row.read_at is None and row.ticket_id in visible]


def forget_old_notices() -> int:
    """Delete what nobody looks for any more; return how many."""
    return Notice.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
