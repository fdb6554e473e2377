"""Which colleagues are told when something about a ticket needs somebody in charge."""

from django.db.models import QuerySet

from staff.models import Role, User
from tickets.models import Ticket


def people_to_inform(ticket: Ticket) -> QuerySet[User]:
    """The leads of the ticket's team, else those in it who may lead, else the managers."""
    active = User.objects.filter(is_active=True).order_by("id")
    members = active.filter(memberships__team=ticket.team_id) if ticket.team_id else active.none()
    may_lead = members.filter(
        groups__permissions__codename="lead_tickets", groups__permissions__content_type__app_label="tickets"
    )
    managers = active.filter(groups__name=Role.MANAGER)
    for people in (members.filter(memberships__is_lead=True, memberships__team=ticket.team_id), may_lead):
        if people.exists():
            return people.distinct()
    return managers.distinct()
