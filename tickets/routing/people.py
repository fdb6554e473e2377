"""The people of a team as the strategies see them, read while their rows are held."""

from collections.abc import Iterable, Mapping, Set

from django.db.models import Count

from staff.models import Membership, User
from tickets.choices import OPEN_STATUSES
from tickets.models import Ticket
from tickets.routing.strategies import Candidate


def hold_members(team_id: int) -> list[Membership]:
    """The active members of a team with their users, held until the transaction ends; one query.

    Of two that assign at once the second waits here, and then counts what the first gave. Users are held too, since
    one may be in several teams, and always in the order of their ids, so that nobody waits in a ring. Other writes
    that only name these users go on meanwhile.
    """
    members = Membership.objects.filter(team=team_id, user__is_active=True).select_related("user")
    return list(members.order_by("user_id").select_for_update(of=("self", "user"), no_key=True))


def candidates_of(
    members: Iterable[Membership],
    on_duty: Set[int],
    weights: Mapping[str, int],
    *,
    with_skills: bool = True,
    but: Ticket | None = None,
) -> list[Candidate]:
    """The members as candidates for the ticket `but`, which counts in nobody's load; two queries."""
    members = list(members)
    ids = [member.user_id for member in members]
    loads, skills = loads_of(ids, weights, but=but), skills_of(ids) if with_skills else {}
    return [
        Candidate(
            user_id=member.user_id,
            is_on_duty=member.user_id in on_duty,
            is_on_call=member.is_on_call,
            load=loads.get(member.user_id, 0),
            capacity=member.user.capacity,
            skills=frozenset(skills.get(member.user_id, ())),
            last_assigned_at=member.last_assigned_at,
        )
        for member in members
    ]


def loads_of(
    user_ids: Iterable[int], weights: Mapping[str, int], *, but: Ticket | None = None
) -> dict[int, int]:
    """The weights of each person's open tickets together, without `but`; one query."""
    rows = Ticket.objects.filter(
        assignee__in=list(user_ids), status__in=[status.value for status in OPEN_STATUSES]
    )
    if but is not None and but.pk:
        rows = rows.exclude(pk=but.pk)
    loads: dict[int, int] = {}
    counted = rows.order_by().values_list("assignee", "priority").annotate(count=Count("pk"))
    for user_id, priority, count in counted:
        loads[user_id] = loads.get(user_id, 0) + weights.get(priority, 1) * count
    return loads


def skills_of(user_ids: Iterable[int]) -> dict[int, set[int]]:
    """The ids of each person's skills; one query."""
    found: dict[int, set[int]] = {}
    for user_id, skill_id in User.skills.through.objects.filter(user__in=list(user_ids)).values_list(
        "user", "skill"
    ):
        found.setdefault(user_id, set()).add(skill_id)
    return found


def last_agent_id(ticket: Ticket) -> int | None:
    """Who had this customer's latest other ticket."""
    others = Ticket.objects.filter(customer=ticket.customer_id, assignee__isnull=False).exclude(pk=ticket.pk)
    return others.order_by("-id").values_list("assignee", flat=True).first()
