"""Who gets which tickets: a manager's routing rules."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from staff.models import Skill, Team, Tier
from tickets.models.conditions import ClassifiedConditions


class RoutingRule(ClassifiedConditions):
    """Which team gets tickets that look like this, and what its people must know; the first that matches decides."""

    team = models.ForeignKey(
        Team,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("team"),
        help_text=_("Empty: the team that serves the category, and of several the one of the tier."),
    )
    skills = models.ManyToManyField(
        Skill,
        blank=True,
        related_name="+",
        verbose_name=_("needed skills"),
        help_text=_("Only people who have all of these get such tickets by themselves."),
    )
    tier = models.CharField(
        _("service tier"),
        max_length=20,
        choices=Tier.choices,
        blank=True,
        default="",
        help_text=_("Empty: premium for VIP customers and major events, professional for all others."),
    )

    class Meta(ClassifiedConditions.Meta):
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")

    @cached_property
    def skill_ids(self) -> frozenset[int]:
        """The ids of the needed skills; fetch `skills` with the rules."""
        return frozenset(skill.pk for skill in self.skills.all())

    def clean(self) -> None:
        """A rule needs something to look for; what it decides may be as little as a tier."""
        if not self.has_conditions:
            raise ValidationError(
                _("Give at least one condition: words, category, product, channel, language or segment.")
            )
