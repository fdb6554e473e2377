"""What a macro or an automation rule does to a ticket; services.actions does it."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.choices import Priority
from catalog.models import Category, Tag
from common.localized import LocalizedName
from knowledgebase.models import Article
from staff.models import Team
from tickets.choices import CancelReason

# Merging needs the other ticket, which no list of actions knows.
CANCEL_REASONS = [choice for choice in CancelReason.choices if choice[0] != CancelReason.MERGED]
# These want to be told why: the note is the reason.
NEEDS_NOTE = ("hand_back", "reopen")


class Actions(models.Model):
    """Several things to do to one ticket, all of them or none."""

    category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("The ticket is classified so. Empty: its category stays."),
    )
    priority = models.CharField(
        _("priority"),
        max_length=10,
        choices=Priority.choices,
        blank=True,
        default="",
        help_text=_(
            "Empty: it stays; a ticket that gets its first category gets that one’s default priority."
        ),
    )
    add_tags = models.ManyToManyField(Tag, blank=True, related_name="+", verbose_name=_("add tags"))
    remove_tags = models.ManyToManyField(Tag, blank=True, related_name="+", verbose_name=_("remove tags"))
    note = models.TextField(
        _("internal note"),
        blank=True,
        max_length=4000,
        help_text=_(
            "Only colleagues read it. Placeholders as in replies. With a step that wants a reason it is the reason."
        ),
    )
    article = models.ForeignKey(
        Article,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("link this article"),
    )
    team = models.ForeignKey(
        Team,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("give it to the team"),
        help_text=_("Its strategy chooses who gets it; else it waits in the team’s queue."),
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("give it to this person"),
    )
    # Who does it decides which steps there are: each kind of actions has a field with its own choices.
    step: Any
    cancel_reason = models.CharField(
        _("reason for cancelling"), max_length=10, choices=CANCEL_REASONS, blank=True, default=""
    )

    class Meta:
        abstract = True

    @property
    def changes_something(self) -> bool:
        """Whether it does anything besides what its tags do, which only saved rows and forms know."""
        return bool(
            self.category_id or self.priority or self.note.strip() or self.article_id or self.team_id
            or self.assignee_id or self.step
        )  # fmt: skip

    def clean(self) -> None:
        """What cannot work on any ticket is refused here."""
        super().clean()
        if self.team_id and self.assignee_id:
            raise ValidationError({"assignee": _("Give it to a team or to a person, not to both.")})
        if (self.step == "cancel") != bool(self.cancel_reason):
            raise ValidationError(
                {"cancel_reason": _("Choose a reason together with the step “Cancel”, and only with it.")}
            )
        if self.step in NEEDS_NOTE and not self.note.strip():
            raise ValidationError({"note": _("This step needs a reason: write it here.")})


class Telling(models.Model):
    """Which colleagues are told; services.stage_actions finds them."""

    tells_assignee = models.BooleanField(_("tell the assignee"), default=False)
    tells_leads = models.BooleanField(_("tell the team’s leads"), default=False)
    tells_team = models.BooleanField(_("tell the whole team"), default=False)
    tells_person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tell this person"),
    )

    class Meta:
        abstract = True

    @property
    def tells_somebody(self) -> bool:
        """Whether it tells a colleague."""
        return bool(self.tells_assignee or self.tells_leads or self.tells_team or self.tells_person_id)


class Texts(LocalizedName):
    """Something with a text per language."""

    # The reverse relation of the texts; fetch it with the rows.
    texts: Any

    class Meta:
        abstract = True

    def text_for(self, language: str) -> Any:
        """The text in the language, else in the other Chinese, else in English."""
        order = {"zh-hans": ["zh-hans", "zh-hant", "en"], "zh-hant": ["zh-hant", "zh-hans", "en"]}.get(
            language.lower(), ["en", "zh-hans", "zh-hant"]
        )
        texts = {text.language: text for text in self.texts.all()}
        return next((texts[code] for code in order if code in texts), None)


class TextInLanguage(models.Model):
    """One of these texts."""

    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    body = models.TextField(
        _("text"),
        max_length=10_000,
        help_text=_("Placeholders: {customer}, {number}, {subject}, {agent}, {product}, {order}."),
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.get_language_display()
