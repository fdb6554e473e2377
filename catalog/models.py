"""What tickets are about: categories with their extra fields, products and tags."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.choices import Priority
from common.localized import LocalizedName, choice_pairs, localized


class ConfigurationStamp(models.Model):
    """Values that change with what a manager changes, so that processes know when to read anew, and what.

    One row for all of it and one for each table. Triggers write them (common.database.configuration_stamp_trigger);
    nothing else does.
    """

    stamp = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("configuration stamp")
        verbose_name_plural = _("configuration stamps")

    def __str__(self) -> str:
        return self.stamp


class Category(LocalizedName):
    """One branch of the tree of what customers write about."""

    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent"),
        help_text=_("Leave empty for a category at the top of the tree."),
    )
    # The ids from the root to this category, "/1/5/": a subtree is a prefix.
    path = models.CharField(max_length=255, editable=False, default="", db_index=True)
    code = models.SlugField(
        _("code"), unique=True, help_text=_("A short name for imports and the API, such as product-fault.")
    )
    default_priority = models.CharField(
        _("default priority"), max_length=10, choices=Priority.choices, default=Priority.NORMAL
    )
    hint = models.CharField(
        _("hint for customers in English"),
        max_length=200,
        blank=True,
        help_text=_("One line under the name on the customer's form."),
    )
    hint_zh_hans = models.CharField(_("hint for customers in Simplified Chinese"), max_length=200, blank=True)
    hint_zh_hant = models.CharField(
        _("hint for customers in Traditional Chinese"), max_length=200, blank=True
    )
    icon = models.CharField(
        _("icon"), max_length=40, blank=True, help_text=_("The name of a Bootstrap icon, such as tools.")
    )
    is_public = models.BooleanField(
        _("customers may choose it"),
        default=True,
    )
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    reopen_days = models.PositiveSmallIntegerField(
        _("reopen window in days"),
        default=14,
        help_text=_(
            "So long after it was resolved a ticket can be reopened; later a new, linked ticket is made."
        ),
    )

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("position", "id")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(parent=models.F("id")), name="a_category_is_not_its_own_parent"
            ),
        ]

    def clean(self) -> None:
        """Refuse a tree that bites its own tail."""
        if self.pk and self.parent and (self.parent_id == self.pk or f"/{self.pk}/" in self.parent.path):
            raise ValidationError(
                {
                    "parent": _(
                        "A category cannot be placed below itself. Choose a parent outside this branch."
                    )
                }
            )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and keep the path of this category and of all below it."""
        super().save(*args, **kwargs)
        path = f"{self.parent.path if self.parent else '/'}{self.pk}/"
        if path != self.path:
            self.path = path
            type(self).objects.filter(pk=self.pk).update(path=path)
            for child in self.children.all():
                child.save()

    @property
    def hint_label(self) -> str:
        """The hint in the reader's language."""
        return localized(self, "hint")

    @property
    def ancestor_ids(self) -> list[int]:
        """The ids from this category up to the root, nearest first."""
        return [int(part) for part in reversed(self.path.strip("/").split("/")) if part]

    def is_within(self, ancestors: Iterable[int]) -> bool:
        """Whether this category is one of the given ones or lies below one."""
        return not set(self.ancestor_ids).isdisjoint(ancestors)


class CategoryField(LocalizedName):
    """One more thing to ask for tickets of a category and all below it."""

    class Kind(models.TextChoices):
        TEXT = "text", pgettext_lazy("kind of field", "Text")
        NUMBER = "number", _("Number")
        DATE = "date", _("Date")
        CHOICE = "choice", _("Choice")
        FILE = "file", _("File")

    class Audience(models.TextChoices):
        CUSTOMER = "customer", _("Customer and agent")
        AGENT = "agent", _("Agent only")

    category = models.ForeignKey(Category, models.CASCADE, related_name="fields", verbose_name=_("category"))
    key = models.SlugField(_("key"), help_text=_("Letters, digits and hyphens, such as serial-number."))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.TEXT)
    choices = models.TextField(
        _("choices"),
        blank=True,
        help_text=_(
            "For a choice: one per line, as code = English = 简体 = 繁體; the last two may be left out."
        ),
    )
    is_required = models.BooleanField(_("required"), default=False)
    audience = models.CharField(
        _("shown to"), max_length=10, choices=Audience.choices, default=Audience.CUSTOMER
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("extra field")
        verbose_name_plural = _("extra fields")
        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(fields=("category", "key"), name="a_field_key_is_unique_in_its_category"),
        ]

    def clean(self) -> None:
        """A choice needs something to choose from."""
        if self.kind == self.Kind.CHOICE and not self.choices.strip():
            raise ValidationError({"choices": _("Write at least one choice, one per line.")})
        codes = [code for code, _label in self.choice_pairs()]
        if len(codes) != len(set(codes)):
            raise ValidationError({"choices": _("Two choices have the same code. Give each its own.")})

    def choice_pairs(self, language: str | None = None) -> list[tuple[str, str]]:
        """The choices as (code, label in the language)."""
        return choice_pairs(self.choices, language)


class Product(LocalizedName):
    """Something the company sells and serves."""

    code = models.CharField(_("model or item number"), max_length=60, unique=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("code",)


class Tag(LocalizedName):
    """A word to find tickets by."""

    code = models.SlugField(_("code"), unique=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("code",)


class PriorityWeight(models.Model):
    """How much an open ticket of a priority counts in its assignee's load."""

    priority = models.CharField(
        _("priority"), max_length=10, choices=Priority.choices, unique=True, editable=False
    )
    weight = models.PositiveSmallIntegerField(
        _("weight"),
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("An urgent ticket may count like three ordinary ones: its weight is 3."),
    )

    class Meta:
        verbose_name = _("weight of a priority")
        verbose_name_plural = _("weights of priorities")
        ordering = ("-weight", "priority")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weight__gte=1, weight__lte=20), name="a_weight_is_one_to_twenty"
            )
        ]

    def __str__(self) -> str:
        return self.get_priority_display()

    @classmethod
    def as_dict(cls) -> dict[str, int]:
        """The weight of each priority; one without a row counts 1."""
        return dict.fromkeys(Priority.values, 1) | dict(cls.objects.values_list("priority", "weight"))
