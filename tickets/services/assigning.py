"""Who gets a ticket: of the people of its team on duty, the one with the fewest open tickets."""

from django.db.models import Count, Q
from django.utils import timezone

from staff.duty import on_duty_ids
from staff.models import User
from tickets.choices import OPEN_STATUSES

_OPEN = Q(assigned_tickets__status__in=[status.value for status in OPEN_STATUSES])


def choose_assignee(team_id: int | None) -> User | None:
    """The member of the team on duty with the fewest open tickets; None when nobody is on duty."""
    if team_id is None:
        return None
    on_duty = on_duty_ids(team_id, timezone.now())
    if not on_duty:
        return None
    chosen = (
        User.objects.filter(pk__in=on_duty)
        .annotate(load=Count("assigned_tickets", filter=_OPEN, distinct=True))
        .order_by("load", "id")
        .first()
    )
    if chosen is not None:
        # Known by the query above; the guard asks for it.
        chosen.team_ids = frozenset({team_id})
    return chosen
