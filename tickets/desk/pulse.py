"""The pulse: what every open page of the desk asks every few seconds, answered before anything else looks at it.

It only says what has changed: the lists, the bell, or what goes on on the ticket. Those parts then fetch themselves,
and there it is decided who may see what. Two queries when nothing has changed, the session's and one for all the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from staff.models import User
from tickets.desk.keys import read_key
from tickets.desk.listing import unchanged_since
from tickets.desk.notices import COUNTED, bell_count
from tickets.services import presence

# Written out: putting it together anew for each of so many looks takes longer than answering it.
_LOOK = """
SELECT me.password, me.is_active,
    EXISTS (SELECT 1 FROM tickets_ticket WHERE updated_at > %s),
    (SELECT COUNT(*) FROM (SELECT 1 FROM tickets_notice WHERE user_id = %s AND is_shown AND read_at IS NULL LIMIT %s)
        AS unread),
    (SELECT MAX(id) FROM tickets_event WHERE ticket_id = %s),
    here.user_id, here.is_writing, here.seen_at < %s
FROM staff_user me LEFT JOIN tickets_presence here ON here.ticket_id = %s AND here.seen_at > %s
WHERE me.id = %s ORDER BY here.user_id
"""


class PulseMiddleware:
    """Answers the pulse; stands behind the sessions and in front of whatever else wants to know who asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return pulse(request) if request.path == _place() else self.get_response(request)


@cache
def _place() -> str:
    return reverse("tickets:pulse")


@dataclass(frozen=True)
class _Look:
    """What the database says now; `here` are those on the ticket: (user, whether he writes, whether long unheard)."""

    are_lists_changed: bool
    unread: int
    newest_event: int | None
    here: list[tuple[int, bool, bool]]


@csrf_exempt
@login_not_required
@require_POST
def pulse(request: HttpRequest) -> HttpResponse:
    """Say what has changed since the page was made, 204 when nothing; note that one is still on the ticket.

    The token against forged requests would have to be compared by what comes later. The session's cookie does not come
    along with a foreign page's request, and browsers that say where one comes from are heard.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return HttpResponseForbidden()
    asked = request.POST
    user_id, ticket_id = read_key(request.session.get(SESSION_KEY, "")), read_key(asked.get("ticket", ""))
    shown_at = unchanged_since(asked.get("lists", ""))
    look = _look(request.session.get(HASH_SESSION_KEY, ""), user_id, ticket_id, shown_at or timezone.now())
    if look is None:
        return HttpResponseForbidden()
    changed = []
    if "lists" in asked and (shown_at is None or look.are_lists_changed):
        changed.append("lists")
    if asked.get("bell", bell_count(look.unread)) != bell_count(look.unread):
        changed.append("bell")
    if ticket_id and _is_ticket_changed(look, user_id, ticket_id, asked):
        changed.append("around")
    return JsonResponse({"changed": changed}) if changed else HttpResponse(status=204)


def _look(session_hash: str, user_id: int, ticket_id: int, shown_at: Any) -> _Look | None:
    """Ask for everything at once; None for somebody whose session is not good any more."""
    now, moment = timezone.now(), connection.ops.adapt_datetimefield_value
    old, live = moment(now - presence.REWRITTEN), moment(now - presence.LIVE)
    asked = [moment(shown_at), user_id, COUNTED + 1, ticket_id, old, ticket_id, live, user_id]
    with connection.cursor() as cursor:
        cursor.execute(_LOOK, asked)
        rows = cursor.fetchall()
    if not rows:
        return None
    password, is_active, are_lists_changed, unread, newest = rows[0][:5]
    if not is_active or not _is_good(session_hash, User(password=password)):
        return None
    return _Look(bool(are_lists_changed), unread, newest, [row[5:] for row in rows if row[5] is not None])


def _is_good(session_hash: str, user: User) -> bool:
    """As Django does it: a new password ends all sessions."""
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(session_hash, known) for known in hashes)


def _is_ticket_changed(look: _Look, user_id: int, ticket_id: int, asked: Any) -> bool:
    own = next((row for row in look.here if row[0] == user_id), None)
    if own is None:
        # He has to arrive first, where it is asked whether he may.
        return True
    is_writing = asked.get("state") == "writing"
    if bool(own[1]) != is_writing or own[2]:
        presence.stay(ticket_id, user_id, is_writing=is_writing)
    others = [(row[0], bool(row[1])) for row in look.here if row is not own]
    return presence.mark_of(look.newest_event, others) != asked.get("around", "")
