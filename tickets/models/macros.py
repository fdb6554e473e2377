"""Macros: what agents do to tickets over and over, as one thing."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models import Category
from staff.models import Team
from tickets.models.actions import Actions, TextInLanguage, Texts
from tickets.workflow import STEPS

# What an agent does by hand with one press; the others are actions of their own, or a lead's.
MACRO_STEPS = [
    (name, STEPS[name].label) for name in ("wait", "resume", "hand_back", "resolve", "reopen", "cancel")
]


class Macro(Texts, Actions):
    """Several actions at once, done by an agent to a ticket: a reply per language, and changes."""

    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    for_category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("offered for"),
        help_text=_("Only on tickets of this category or one below it. Empty: on all."),
    )
    teams = models.ManyToManyField(
        Team,
        blank=True,
        related_name="+",
        verbose_name=_("only for the teams"),
        help_text=_("Only their members may use it. None: everybody may."),
    )
    takes_ticket = models.BooleanField(
        _("give it to whoever uses the macro"), default=False, help_text=_("As “Assign to me” does.")
    )

    step = models.CharField(_("step"), max_length=20, choices=MACRO_STEPS, blank=True, default="")

    class Meta:
        verbose_name = _("macro")
        verbose_name_plural = _("macros")
        ordering = ("position", "id")

    @property
    def changes_something(self) -> bool:
        """Whether it does anything besides its reply and its tags, which stand in rows of their own."""
        return super().changes_something or self.takes_ticket

    def clean(self) -> None:
        """Only one can get the ticket."""
        super().clean()
        if self.takes_ticket and (self.team_id or self.assignee_id):
            raise ValidationError(
                {
                    "takes_ticket": _(
                        "Give it to a team, to a person or to whoever uses the macro: only one can have it."
                    )
                }
            )


class MacroText(TextInLanguage):
    """The reply of a macro in one language."""

    macro = models.ForeignKey(Macro, models.CASCADE, related_name="texts", verbose_name=_("macro"))

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        constraints = [
            models.UniqueConstraint(fields=("macro", "language"), name="a_macro_has_one_text_per_language"),
        ]


class MacroUse(models.Model):
    """That a macro was used; by whom and on what, the ticket's history says."""

    macro = models.ForeignKey(
        Macro, models.CASCADE, related_name="uses", db_index=False, verbose_name=_("macro")
    )
    used_at = models.DateTimeField(_("used"), default=timezone.now)

    class Meta:
        verbose_name = _("use of a macro")
        verbose_name_plural = _("uses of macros")
        ordering = ("id",)
        indexes = [
            # How often each macro was used lately.
            models.Index(fields=["macro", "used_at"], name="macro_use"),
        ]

    def __str__(self) -> str:
        return f"{self.macro_id} {self.used_at}"
