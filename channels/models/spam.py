"""What is spam: a manager's lists, and what was learnt from agents who cancelled tickets as spam."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

_SENDER = re.compile(r"[^@\s]{0,64}@[^@\s]+\.[^@\s.]+")


class SenderRule(models.Model):
    """A sender, or all of a domain, whose mail is always taken in or always spam."""

    class Kind(models.TextChoices):
        ALLOW = "allow", _("Never spam")
        DENY = "deny", _("Always spam")

    sender = models.CharField(
        _("sender"), max_length=254, unique=True,
        help_text=_("An address such as ads@example.com, or a domain as @example.com. The address counts first."),
    )  # fmt: skip
    kind = models.CharField(_("is"), max_length=10, choices=Kind.choices, default=Kind.DENY)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("sender rule")
        verbose_name_plural = _("sender rules")
        ordering = ("sender",)

    def __str__(self) -> str:
        return self.sender

    def clean(self) -> None:
        self.sender = self.sender.strip().lower()
        if not _SENDER.fullmatch(self.sender):
            raise ValidationError({"sender": _("Write an address, or a domain as @example.com.")})


class SpamToken(models.Model):
    """A word, a pair of characters or a sender's domain: in how much spam it stood, and in how much else."""

    token = models.CharField(max_length=80, unique=True)
    spam = models.IntegerField(default=0)
    ham = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("word of the spam filter")
        verbose_name_plural = _("words of the spam filter")

    def __str__(self) -> str:
        return self.token


class SpamLearning(models.Model):
    """How far the tickets' events were learnt from, and from how many mails; one row."""

    last_event = models.BigIntegerField(default=0)
    spam = models.IntegerField(default=0)
    ham = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("learning of the spam filter")
        verbose_name_plural = _("learning of the spam filter")

    def __str__(self) -> str:
        return f"{self.spam} / {self.ham}"
