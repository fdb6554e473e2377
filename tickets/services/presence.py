"""Who else is on a ticket, and whether something has happened on it; tickets.desk.pulse asks when that has changed.

One query, and a write only every so often. Whoever was let in a few seconds ago is not asked again whether he may.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from staff.models import User
from tickets.models import Presence, Ticket
from tickets.services.notices import mark_read

# Who was not heard of for so long is gone; pages ask every four seconds.
LIVE = timedelta(seconds=20)
# So often somebody who stays is written down anew.
REWRITTEN = timedelta(seconds=10)
FORGOTTEN = timedelta(hours=1)

# Written out: putting it together anew for each of so many looks takes longer than answering it.
_WHO = """
SELECT here.user_id, here.is_writing, who.display_name, who.email, here.seen_at < %s,
    (SELECT MAX(event.id) FROM tickets_event event WHERE event.ticket_id = here.ticket_id)
FROM tickets_presence here JOIN staff_user who ON who.id = here.user_id
WHERE here.ticket_id = %s AND here.seen_at > %s ORDER BY here.user_id
"""


@dataclass(frozen=True)
class Around:
    """The others on a ticket, as (name, whether he writes), and a mark that is another when something changed."""

    others: list[tuple[str, bool]]
    mark: str


def look_around(ticket_id: int, user: User, *, is_writing: bool) -> Around | None:
    """Note that the user is still there, and return who else is; None when he has not arrived."""
    now = timezone.now()
    live, old = (connection.ops.adapt_datetimefield_value(now - span) for span in (LIVE, REWRITTEN))
    with connection.cursor() as cursor:
        cursor.execute(_WHO, [old, ticket_id, live])
        rows = cursor.fetchall()
    own = next((row for row in rows if row[0] == user.pk), None)
    if own is None:
        return None
    _user, was_writing, _name, _email, is_old, newest = own
    if bool(was_writing) != is_writing or is_old:
        stay(ticket_id, user.pk, is_writing=is_writing)
    others = [row for row in rows if row is not own]
    mark = mark_of(newest, [(row[0], row[1]) for row in others])
    return Around([(row[2] or row[3], bool(row[1])) for row in others], mark)


def mark_of(newest_event: int | None, others: Iterable[tuple[int, bool]]) -> str:
    """What changes when something happens on the ticket, or when the others on it do; `others` in order."""
    who = ",".join(f"{user_id}{'w' if is_writing else ''}" for user_id, is_writing in others)
    return f"{newest_event or 0}-{who}"


def stay(ticket_id: int, user_id: int, *, is_writing: bool) -> None:
    """Note that somebody who has arrived is still there."""
    Presence.objects.filter(ticket=ticket_id, user=user_id).update(
        is_writing=is_writing, seen_at=timezone.now()
    )


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
