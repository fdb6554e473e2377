"""A manager's own words for the mails that the desk writes by itself."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from tickets.mails import (
    NEEDED,
    ONE_LINE_WITHOUT,
    PLACEHOLDERS,
    SENDER_LENGTH,
    SUBJECT_LENGTH,
    Mail,
    Words,
    unknown_places,
)


class MailTemplate(models.Model):
    """One kind of automatic mail; without texts of a manager it says what the product brings along."""

    mail = models.CharField(_("mail"), max_length=20, choices=Mail.choices, unique=True, editable=False)

    class Meta:
        verbose_name = _("automatic mail")
        verbose_name_plural = _("automatic mails")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.get_mail_display()


class MailText(models.Model):
    """An automatic mail in one language, in a manager's words."""

    template = models.ForeignKey(
        MailTemplate, models.CASCADE, related_name="texts", verbose_name=_("automatic mail")
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    sender = models.CharField(
        _("sender’s name"),
        max_length=SENDER_LENGTH,
        blank=True,
        default="",
        help_text=_("Such as “{team} · {site}”. Empty: the name that the mailbox has."),
    )
    subject = models.CharField(
        _("subject"),
        max_length=SUBJECT_LENGTH,
        blank=True,
        default="",
        help_text=_("Empty: the ticket’s subject. The ticket’s number is added where it is missing."),
    )
    body = models.TextField(_("text"), max_length=10_000)

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("template", "language"), name="an_automatic_mail_has_one_text_per_language"
            ),
        ]

    def __str__(self) -> str:
        return self.get_language_display()

    @property
    def words(self) -> Words:
        """Subject, text and sender, with their placeholders."""
        return Words(self.subject, self.body, self.sender)

    def clean(self) -> None:
        """Refuse placeholders that nothing fills, and a text that lacks what it is there for."""
        allowed = PLACEHOLDERS[self.template.mail]
        in_a_line = tuple(name for name in allowed if name not in ONE_LINE_WITHOUT)
        wrong = {}
        for field, known in (("sender", in_a_line), ("subject", in_a_line), ("body", allowed)):
            if unknown := unknown_places(getattr(self, field), known):
                wrong[field] = _("There is no placeholder {%(unknown)s} here. Use: %(known)s.") % {
                    "unknown": unknown[0],
                    "known": places(known),
                }
        missing = [name for name in NEEDED.get(self.template.mail, ()) if f"{{{name}}}" not in self.body]
        if missing and "body" not in wrong:
            wrong["body"] = _(
                "The text needs {%(name)s}: without it the customer cannot do what it asks."
            ) % {"name": missing[0]}
        if wrong:
            raise ValidationError(wrong)


def places(names: tuple[str, ...]) -> str:
    """Placeholders as one writes them."""
    return ", ".join(f"{{{name}}}" for name in names)
