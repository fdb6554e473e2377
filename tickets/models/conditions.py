"""What a manager's rule about new tickets looks at; the first rule that matches decides."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.choices import Channel
from catalog.models import Category, Product
from common.localized import LocalizedName
from customers.models import Segment


class Conditions(LocalizedName):
    """A rule's name, its place among the others, and what a ticket must look like."""

    class Where(models.TextChoices):
        BOTH = "both", _("Subject and text")
        SUBJECT = "subject", _("Subject")
        BODY = "body", _("Text")

    name = models.CharField(_("name in English"), max_length=120, unique=True)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(
        _("position"),
        default=100,
        help_text=_("Rules are tried from the lowest number; the first that matches decides."),
    )
    words = models.TextField(
        _("words"),
        blank=True,
        help_text=_(
            "One word or phrase per line; any of them is enough. * stands for anything within a line: refund*order."
        ),
    )
    where = models.CharField(_("look in"), max_length=10, choices=Where.choices, default=Where.BOTH)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices, blank=True, default="")
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, blank=True, default=""
    )
    segment = models.ForeignKey(
        Segment, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("customer segment")
    )
    # Each kind of rule says for itself whether the customer's or the ticket's category is meant.
    for_category_id: int | None

    class Meta:
        abstract = True
        ordering = ("position", "id")

    @property
    def has_conditions(self) -> bool:
        """Whether it looks at anything at all."""
        return bool(self.patterns or self.for_category_id or self.channel or self.language or self.segment_id)

    @property
    def patterns(self) -> list[str]:
        """The words it looks for, one by one."""
        return [line.strip() for line in self.words.splitlines() if line.strip()]


class ClassifiedConditions(Conditions):
    """Conditions on tickets that are classified: by their category, and by what they are about."""

    for_category = models.ForeignKey(
        Category,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("category"),
        help_text=_("With everything below it. Empty: any."),
    )
    product = models.ForeignKey(
        Product, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("product")
    )

    class Meta(Conditions.Meta):
        abstract = True

    @property
    def has_conditions(self) -> bool:
        """Whether it looks at anything at all."""
        return super().has_conditions or self.product_id is not None
