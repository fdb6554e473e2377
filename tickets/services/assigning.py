"""Who gets a ticket: of the people present in its team, the one with the fewest open tickets."""

from django.db.models import Count, Q

from staff.models import User
from tickets.choices import OPEN_STATUSES

_OPEN = Q(assigned_tickets__status__in=[status.value for status in OPEN_STATUSES])


def choose_assignee(team_id: int | None) -> User | None:
    """The present, active member of the team with the fewest open tickets; None when nobody is present."""
    if team_id is None:
        return None
    present = User.objects.filter(memberships__team=team_id, is_active=True, is_present=True)
    chosen = (
        present.annotate(load=Count("assigned_tickets", filter=_OPEN, distinct=True))
        .order_by("load", "id")
        .first()
    )
    if chosen is not None:
        # Known by the query above; the guard asks for it.
        chosen.team_ids = frozenset({team_id})
    return chosen
