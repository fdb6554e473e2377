"""Notices in words: for the list behind the bell, and for the digest."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from staff.models import User
from staff.notices import NoticeKind
from tickets.choices import PromiseKind
from tickets.desk.words import Moments
from tickets.models import Notice, Ticket

# So many of the newest are listed, and so many counted on the bell.
NEWEST, COUNTED = 60, 99


def notices_of(user: User, moments: Moments) -> list[dict[str, Any]]:
    """What the user was told, newest first, of tickets that he sees; one query."""
    rows = Notice.objects.filter(
        user=user.pk, is_shown=True, ticket__in=Ticket.objects.visible_to(user).order_by().values("pk")
    ).select_related("ticket", "event__actor", "event__customer")
    return [notice_in_words(row, moments) for row in rows[:NEWEST]]


def notice_in_words(notice: Notice, moments: Moments) -> dict[str, Any]:
    """One notice: what happened, on which ticket, and where that stands."""
    return {
        "pk": notice.pk,
        "kind": notice.kind,
        "icon": _ICONS[notice.kind],
        "what": _sentence(notice),
        "number": notice.ticket.number,
        "subject": notice.ticket.subject,
        "url": place_of_notice(notice),
        "is_read": notice.read_at is not None,
        "age": moments.age(notice.created_at),
        "at": moments.full(notice.created_at),
    }


def place_of_notice(notice: Notice) -> str:
    """The message or the event on the ticket's page."""
    message = notice.event.data.get("message")
    place = f"m{message}" if message else f"e{notice.event_id}"
    return f"{reverse('tickets:ticket', args=[notice.ticket_id])}#{place}"


_ICONS = {
    NoticeKind.ASSIGNED.value: "person-plus",
    NoticeKind.ANSWERED.value: "chat-left-text",
    NoticeKind.MENTIONED.value: "at",
    NoticeKind.PROMISE.value: "alarm",
    NoticeKind.FOLLOW_UP.value: "calendar-check",
}


def _sentence(notice: Notice) -> str:
    event = notice.event
    who = {"name": str(event.actor or event.customer or "")}
    if notice.kind == NoticeKind.ASSIGNED:
        return _("%(name)s assigned the ticket to you") % who if who["name"] else _("The ticket is yours now")
    if notice.kind == NoticeKind.ANSWERED:
        return _("%(name)s has written") % who
    if notice.kind == NoticeKind.MENTIONED:
        return _("%(name)s mentions you") % who
    if notice.kind == NoticeKind.PROMISE:
        kind = dict(PromiseKind.choices).get(event.data.get("promise_kind"), "")
        return _("The promise needs you: %(promise)s") % {"promise": kind}
    return _("The follow-up date has come")


def bell_count(count: int) -> str:
    """The number on the bell."""
    return f"{COUNTED}+" if count > COUNTED else str(count or "")
