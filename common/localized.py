"""Names that a manager writes once per language."""

from django.contrib import admin
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def localized(row: object, field: str, language: str | None = None) -> str:
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


def choice_pairs(lines: str, language: str | None = None) -> list[tuple[str, str]]:
    """The choices a manager wrote, one per line as code = English = 简体 = 繁體, as (code, label in the language)."""
    pairs = []
    for line in lines.splitlines():
        parts = [part.strip() for part in line.split("=")]
        if not parts[0]:
            continue
        code, english, hans, hant = [*parts, *[""] * 3][:4]
        row = _ChoiceLabels(name=english or code, name_zh_hans=hans, name_zh_hant=hant)
        pairs.append((code, localized(row, "name", language)))
    return pairs


class _ChoiceLabels:
    def __init__(self, **labels: str) -> None:
        self.__dict__.update(labels)


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
    @admin.display(description=_("name"), ordering="name")
    def label(self) -> str:
        """The name in the reader's language."""
        return localized(self, "name")
