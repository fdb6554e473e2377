"""Questions about many tickets."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import timezone

from staff.models import Membership
from tickets.choices import OPEN_STATUSES, CancelReason, Status

if TYPE_CHECKING:
    from staff.models import User

DUE_SOON = timedelta(hours=1)


class TicketQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """The one place that decides who sees which ticket; tickets of no team yet are everybody's who works."""
        if user.has_perm("tickets.view_any_ticket"):
            return self
        if not user.has_perm("tickets.work_on_ticket"):
            return self.none()
        watched = (
            apps.get_model("tickets", "Ticket")
            .watchers.through.objects.filter(user_id=user.pk)
            .values("ticket_id")
        )
        # As a subquery: the page that asks this need not read the teams first.
        own_teams = Membership.objects.filter(user=user).values("team_id")
        return self.filter(
            Q(assignee=user) | Q(team__isnull=True) | Q(team__in=own_teams) | Q(pk__in=watched)
        )

    def read_by(self, user: "User") -> Self:
        """What the user sees, and what was merged into it: that is shown along with it."""
        if user.has_perm("tickets.view_any_ticket"):
            return self
        seen = apps.get_model("tickets", "Ticket").objects.visible_to(user).values("pk")
        return self.filter(Q(pk__in=seen) | Q(merged_into__in=seen, cancel_reason=CancelReason.MERGED.value))

    def open(self) -> Self:
        """Tickets with which somebody still has to do something."""
        return self.filter(status__in=[status.value for status in OPEN_STATUSES])

    def assigned_to(self, user: "User") -> Self:
        """A person's own open tickets."""
        return self.open().filter(assignee=user)

    def of_teams_of(self, user: "User") -> Self:
        """The open tickets of a person's teams."""
        return self.open().filter(team__in=list(user.team_ids))

    def unassigned(self) -> Self:
        """Open tickets that nobody has taken."""
        return self.filter(status__in=[Status.RECEIVED.value, Status.CLASSIFIED.value])

    def waiting(self) -> Self:
        """Tickets that wait for the customer."""
        return self.filter(status=Status.WAITING.value)

    def due_soon(self, now: datetime | None = None) -> Self:
        """Open tickets whose next promise falls due within the hour."""
        now = now or timezone.now()
        return self.open().filter(due_at__gte=now, due_at__lt=now + DUE_SOON)

    def broken(self, now: datetime | None = None) -> Self:
        """Open tickets with a promise that is overdue."""
        return self.open().filter(due_at__lt=now or timezone.now())
