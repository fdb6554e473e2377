"""What a manager decides about tickets: who serves what, classifying rules, guards on steps, reply templates."""

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.choices import Priority
from catalog.models import Category, Tag
from staff.models import Team
from tickets.models.actions import TextInLanguage, Texts
from tickets.models.conditions import Conditions
from tickets.workflow import STEP_LABELS


class Route(models.Model):
    """That a team serves a category and everything below it; the nearest route up the tree counts."""

    category = models.ForeignKey(Category, models.CASCADE, related_name="routes", verbose_name=_("category"))
    team = models.ForeignKey(Team, models.CASCADE, related_name="routes", verbose_name=_("team"))
    position = models.PositiveSmallIntegerField(
        _("position"),
        default=0,
        help_text=_("With several teams, the lowest number gets new tickets; all may work on them."),
    )

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        ordering = ("category", "position", "id")
        constraints = [
            models.UniqueConstraint(fields=("category", "team"), name="a_team_serves_a_category_once")
        ]

    def __str__(self) -> str:
        return f"{self.category} → {self.team}"


class ClassifyingRule(Conditions):
    """When a new ticket looks like this, classify it so; the first rule that matches decides."""

    for_category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("chosen by the customer"),
        help_text=_("Only tickets for which the customer chose this category or one below it."),
    )
    category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("Empty: the category the customer chose stays."),
    )
    priority = models.CharField(
        _("priority"),
        max_length=10,
        choices=Priority.choices,
        blank=True,
        default="",
        help_text=_("Empty: the default priority of the category."),
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="+", verbose_name=_("tags"))
    team = models.ForeignKey(
        Team,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("team"),
        help_text=_(
            "Empty: the team that serves the category. A routing rule that names a team comes first."
        ),
    )

    class Meta(Conditions.Meta):
        verbose_name = _("classifying rule")
        verbose_name_plural = _("classifying rules")

    def clean(self) -> None:
        """A rule needs something to look for and something to decide."""
        if not self.has_conditions:
            raise ValidationError(
                _("Give at least one condition: words, category, channel, language or segment.")
            )
        if not (self.category_id or self.for_category_id):
            raise ValidationError(
                {
                    "category": _(
                        "Choose the category that matching tickets get. Only a rule for tickets of a "
                        "category that the customer chose may leave it empty."
                    )
                }
            )


class Guard(models.Model):
    """What a step requires for tickets of a category (and all below it), besides what the life cycle requires."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    is_active = models.BooleanField(_("in use"), default=True)
    step = models.CharField(_("step"), max_length=20, choices=STEP_LABELS)
    category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("With everything below it. Empty: all tickets."),
    )
    # Codes: product, order, or the key of an extra field.
    required_fields = models.JSONField(
        _("required fields"),
        default=list,
        blank=True,
    )
    required_role = models.ForeignKey(
        Group, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("required role")
    )
    note_required = models.BooleanField(
        _("note required"), default=False, help_text=_("The step can be taken only with a note or a reply.")
    )
    checklist_required = models.BooleanField(
        _("checklists done"),
        default=False,
        db_default=False,
        help_text=_("The step can be taken only when everything on the ticket’s checklists is ticked off."),
    )

    class Meta:
        verbose_name = _("guard")
        verbose_name_plural = _("guards")
        ordering = ("step", "id")

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A guard that guards nothing is a mistake."""
        if not (
            self.required_fields or self.required_role_id or self.note_required or self.checklist_required
        ):
            raise ValidationError(_("Say what the step requires: fields, a role, a note or the checklists."))


class ReplyTemplate(Texts):
    """A text that agents send often, with placeholders, per language."""

    category = models.ForeignKey(
        Category,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("Offered first for tickets of this category. Empty: for all."),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("reply template")
        verbose_name_plural = _("reply templates")
        ordering = ("position", "id")


class ReplyTemplateText(TextInLanguage):
    """A reply template in one language."""

    template = models.ForeignKey(
        ReplyTemplate, models.CASCADE, related_name="texts", verbose_name=_("template")
    )

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        constraints = [
            models.UniqueConstraint(
                fields=("template", "language"), name="a_template_has_one_text_per_language"
            ),
        ]


__all__ = ["ClassifyingRule", "Guard", "ReplyTemplate", "ReplyTemplateText", "Route"]
