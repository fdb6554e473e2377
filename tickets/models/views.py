"""Saved views: tickets chosen by conditions under a name, shared or somebody's own."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.localized import LocalizedName
from staff.models import Membership, Team

if TYPE_CHECKING:
    from staff.models import User


def default_columns() -> list[str]:
    """The columns of a view in which nobody has chosen any."""
    return ["status", "assignee", "last_message", "due"]


class SavedViewQuerySet(models.QuerySet):
    def visible_to(self, user: "User") -> Self:
        """His own, and the shared ones of everybody and of his teams; who sees every ticket sees every shared one."""
        shared = Q(owner__isnull=True)
        if not user.has_perm("tickets.view_any_ticket"):
            own_teams = Membership.objects.filter(user=user).values("team_id")
            shared &= Q(team__isnull=True) | Q(team__in=own_teams)
        return self.filter(Q(owner=user) | shared)

    def in_order(self) -> Self:
        """The shared ones first, each kind in the order that people gave it."""
        return self.order_by(models.F("owner").asc(nulls_first=True), "position", "id")


class SavedView(LocalizedName):
    """A list of tickets that somebody shaped."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    team = models.ForeignKey(
        Team,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("for the team"),
        help_text=_("Empty: for everybody."),
    )
    position = models.PositiveIntegerField(
        _("position"), default=0, help_text=_("The lowest number stands first in the side of the desk.")
    )
    # What `tickets.viewing` reads; what it cannot read any more is said on the page.
    conditions = models.JSONField(_("conditions"), default=list, blank=True)
    columns = models.JSONField(_("columns"), default=default_columns, blank=True)
    order = models.CharField(pgettext_lazy("of a list", "order"), max_length=20, default="due")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(team__isnull=True),
                name="a_personal_view_is_for_no_team",
            )
        ]

    def get_absolute_url(self) -> str:
        return reverse("tickets:view", args=[self.pk])

    @property
    def is_shared(self) -> bool:
        """Whether it is not one person's own."""
        return self.owner_id is None

    def is_editable_by(self, user: "User") -> bool:
        """Whether the user may change or delete it."""
        if self.owner_id is not None:
            return bool(self.owner_id == user.pk)
        return user.has_perm("tickets.change_savedview")
