"""Asking customers how it was: surveys, who is asked when, invitations and responses."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Category
from common.localized import LocalizedName, choice_pairs, localized
from customers.models import Customer
from tickets.choices import DONE_STATUSES
from tickets.models import Ticket


class Survey(LocalizedName):
    """A set of questions."""

    is_active = models.BooleanField(_("in use"), default=True)
    intro = models.CharField(_("introduction in English"), max_length=300, blank=True)
    intro_zh_hans = models.CharField(_("introduction in Simplified Chinese"), max_length=300, blank=True)
    intro_zh_hant = models.CharField(_("introduction in Traditional Chinese"), max_length=300, blank=True)
    low_score = models.PositiveSmallIntegerField(
        _("low score"),
        default=2,
        help_text=_(
            "An answer to the main question of this score or lower informs the lead and offers to reopen."
        ),
    )
    expires_days = models.PositiveSmallIntegerField(_("expires after days"), default=14)
    reminder_days = models.PositiveSmallIntegerField(
        _("reminder after days"), default=3, help_text=_("0: no reminder.")
    )

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ("id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(reminder_days__lt=models.F("expires_days")),
                name="a_reminder_comes_before_the_end",
                violation_error_message=_("The reminder must come before the survey expires."),
            ),
        ]

    @property
    def intro_label(self) -> str:
        """The introduction in the reader's language."""
        return localized(self, "intro")


class Question(models.Model):
    """One question of a survey."""

    class Kind(models.TextChoices):
        SCORE_5 = "score_5", _("Score from 1 to 5 (CSAT)")
        SCORE_10 = "score_10", _("Score from 0 to 10 (NPS)")
        CHOICE = "choice", _("Choice")
        TEXT = "text", pgettext_lazy("kind of field", "Text")

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="questions", verbose_name=_("survey"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.SCORE_5)
    text = models.CharField(_("question in English"), max_length=200)
    text_zh_hans = models.CharField(_("question in Simplified Chinese"), max_length=200, blank=True)
    text_zh_hant = models.CharField(_("question in Traditional Chinese"), max_length=200, blank=True)
    choices = models.TextField(
        _("choices"),
        blank=True,
        help_text=_(
            "For a choice: one per line, as code = English = 简体 = 繁體; the last two may be left out."
        ),
    )
    is_required = models.BooleanField(_("required"), default=False)
    # The one whose score counts as the ticket's satisfaction.
    is_main = models.BooleanField(_("main question"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("survey",), condition=Q(is_main=True), name="a_survey_has_one_main_question"
            ),
            models.CheckConstraint(
                condition=Q(is_main=False) | Q(kind__in=["score_5", "score_10"]),
                name="the_main_question_is_a_score",
                violation_error_message=_("The main question must be a score."),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The question in the reader's language."""
        return localized(self, "text")

    @property
    def scale(self) -> range:
        """The scores one can give; empty when it asks for none."""
        return {self.Kind.SCORE_5: range(1, 6), self.Kind.SCORE_10: range(11)}.get(self.kind, range(0))  # type: ignore[call-overload]

    def choice_pairs(self, language: str | None = None) -> list[tuple[str, str]]:
        """The choices as (code, label in the language)."""
        return choice_pairs(self.choices, language)

    def clean(self) -> None:
        """A choice needs something to choose from, and a main question a score."""
        if self.kind == self.Kind.CHOICE:
            codes = [code for code, _label in self.choice_pairs()]
            if len(codes) < 2:
                raise ValidationError({"choices": _("Write at least two choices, one per line.")})
            if len(codes) != len(set(codes)):
                raise ValidationError({"choices": _("Each choice needs a code of its own.")})
            if any(len(code) > 50 for code in codes):
                raise ValidationError({"choices": _("The code of a choice has at most 50 characters.")})
        if self.is_main and not self.scale:
            raise ValidationError({"is_main": _("The main question must be a score.")})


class SurveyRule(models.Model):
    """Which resolved tickets are asked, when, and how often; the first rule that fits decides."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    survey = models.ForeignKey(Survey, models.CASCADE, related_name="rules", verbose_name=_("survey"))
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    delay_minutes = models.PositiveIntegerField(
        _("delay after resolution, minutes"),
        default=60,
        help_text=_("A ticket reopened meanwhile is not asked."),
    )
    categories = models.ManyToManyField(
        Category,
        blank=True,
        related_name="+",
        verbose_name=_("categories"),
        help_text=_("Each with everything below it. None: all."),
    )
    quiet_days = models.PositiveSmallIntegerField(
        _("not twice within days"),
        default=7,
        help_text=_("A customer asked within so many days is not asked again."),
    )

    class Meta:
        verbose_name = _("survey rule")
        verbose_name_plural = _("survey rules")
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """One customer asked about one ticket; the link's token is kept only as a hash."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="invitations", verbose_name=_("ticket"))
    # How often the ticket had been reopened when it was asked: each resolution is asked at most once.
    round = models.PositiveSmallIntegerField(_("resolution"), default=0)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="invitations", verbose_name=_("customer")
    )
    survey = models.ForeignKey(Survey, models.PROTECT, related_name="invitations", verbose_name=_("survey"))
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    link_nonce = models.CharField(max_length=32, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("sent"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    remind_at = models.DateTimeField(_("reminder"), null=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True)
    # When it ended: answered, expired, or the ticket was reopened.
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=("ticket", "round"), name="a_resolution_is_asked_once"),
        ]
        indexes = [
            # The sweep for reminders and expired invitations.
            models.Index(fields=["expires_at"], name="invitation_open", condition=Q(closed_at__isnull=True)),
            # “Not twice within N days”.
            models.Index(fields=["customer", "-created_at"], name="invitation_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.survey} – {self.ticket_id}"

    @property
    def is_of_present_resolution(self) -> bool:
        """Whether the ticket is still done, and was not reopened since this was sent."""
        return self.ticket.status in DONE_STATUSES and self.ticket.reopened_count == self.round

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at <= timezone.now()


class Response(models.Model):
    """A customer's answers to one invitation."""

    invitation = models.OneToOneField(
        Invitation, models.PROTECT, related_name="response", verbose_name=_("invitation")
    )
    # The answer to the main question, on that question's own scale.
    score = models.PositiveSmallIntegerField(_("score"), null=True)
    is_low = models.BooleanField(_("low score"), default=False)
    created_at = models.DateTimeField(_("answered"), default=timezone.now)

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__lte=10), name="a_score_is_at_most_ten"
            ),
        ]
        indexes = [
            # The overview's weeks.
            models.Index(fields=["created_at"], name="response_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.invitation_id}: {self.score}"


class Answer(models.Model):
    """The answer to one question."""

    response = models.ForeignKey(Response, models.CASCADE, related_name="answers", verbose_name=_("response"))
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers", verbose_name=_("question"))
    number = models.PositiveSmallIntegerField(_("score"), null=True)
    choice = models.CharField(_("choice"), max_length=50, blank=True, default="")
    text = models.TextField(_("text"), blank=True, default="")

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ("question__position", "id")
        constraints = [
            models.UniqueConstraint(fields=("response", "question"), name="a_question_is_answered_once"),
        ]

    def __str__(self) -> str:
        return str(self.number if self.number is not None else self.choice or self.text[:60])

    @property
    def shown(self) -> str:
        """The answer in words, a choice by its label in the reader's language."""
        if self.number is not None:
            return str(self.number)
        return dict(self.question.choice_pairs()).get(self.choice, self.choice) or self.text
