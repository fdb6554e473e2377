"""Who else is on a ticket, and whether something has happened on it: asked every few seconds by every open page.

One query, and a write only every so often. Whoever was let in a few seconds ago is not asked again whether he may.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Max, OuterRef, Subquery
from django.utils import timezone

from staff.models import User
from tickets.models import Event, Presence, Ticket
from tickets.services.notices import mark_read

# Who was not heard of for so long is gone; pages ask every four seconds.
LIVE = timedelta(seconds=15)
# So often somebody who stays is written down anew.
REWRITTEN = timedelta(seconds=6)
FORGOTTEN = timedelta(hours=1)


@dataclass(frozen=True)
class Around:
    """The others on a ticket, as (name, whether he writes), and a mark that is another when something changed."""

    others: list[tuple[str, bool]]
    mark: str


def look_around(ticket_id: int, user: User, *, is_writing: bool) -> Around | None:
    """Note that the user is still there, and return who else is; None when he has not arrived."""
    now = timezone.now()
    newest = Event.objects.filter(ticket=OuterRef("ticket")).order_by().values("ticket")
    rows = list(
        Presence.objects.filter(ticket=ticket_id, seen_at__gt=now - LIVE)
        .annotate(newest=Subquery(newest.annotate(newest=Max("id")).values("newest")))
        .select_related("user")
        .only("is_writing", "seen_at", "user__display_name", "user__email")
        .order_by("user")
    )
    own = next((row for row in rows if row.user_id == user.pk), None)
    if own is None:
        return None
    if own.is_writing != is_writing or own.seen_at < now - REWRITTEN:
        Presence.objects.filter(pk=own.pk).update(is_writing=is_writing, seen_at=now)
    others = [row for row in rows if row is not own]
    who = ",".join(f"{row.user_id}{'w' if row.is_writing else ''}" for row in others)
    return Around([(str(row.user), row.is_writing) for row in others], f"{own.newest}-{who}")


def arrive(ticket: Ticket, user: User, *, is_writing: bool) -> None:
    """Note that the user has opened the ticket, which he sees: he has read what he was told of it."""
    now = timezone.now()
    Presence.objects.filter(seen_at__lt=now - FORGOTTEN).delete()
    mark_read(user, ticket_id=ticket.pk)
    Presence.objects.update_or_create(
        ticket=ticket, user=user, defaults={"is_writing": is_writing, "seen_at": now}
    )


def leave(ticket_id: int, user: User) -> None:
    """Note that the user has gone."""
    Presence.objects.filter(ticket=ticket_id, user=user.pk).delete()
