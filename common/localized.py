"""Names that a manager writes once per language."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def localized(row: models.Model, field: str, language: str | None = None) -> str:
    """Return the row's text for the language (the active one by default), else the other Chinese, else the English."""
    language = (language or get_language() or "en").lower()
    order = {
        "zh-hans": ("_zh_hans", "_zh_hant", ""),
        "zh-hant": ("_zh_hant", "_zh_hans", ""),
    }.get(language, ("", "_zh_hans", "_zh_hant"))
    for suffix in order:
        if text := getattr(row, field + suffix):
            return str(text)
    return ""


class LocalizedName(models.Model):
    """A name in English, Simplified and Traditional Chinese; an empty one falls back to the others."""

    name = models.CharField(_("name in English"), max_length=120)
    name_zh_hans = models.CharField(_("name in Simplified Chinese"), max_length=120, blank=True)
    name_zh_hant = models.CharField(_("name in Traditional Chinese"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return localized(self, "name")
