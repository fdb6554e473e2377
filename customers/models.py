"""Who asks: customers, how to reach them, what they bought."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from common.localized import LocalizedName
from common.search import index_text
from common.wording import zone_name
from customers.normalize import normalize_identity
from customers.querysets import CustomerQuerySet
from staff.models import validate_time_zone

# In place of a server's words: he has called our mail spam.
COMPLAINT = "complaint"


class Segment(LocalizedName):
    """A kind of customer: regular, VIP, at risk."""

    code = models.SlugField(_("code"), unique=True)
    is_default = models.BooleanField(_("for new customers"), default=False)

    class Meta:
        verbose_name = _("customer segment")
        verbose_name_plural = _("customer segments")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("is_default",), condition=models.Q(is_default=True), name="one_segment_is_the_default"
            ),
        ]


class Organisation(models.Model):
    """A company that customers belong to."""

    name = models.CharField(_("name"), max_length=160, unique=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """One person who asks, whatever the channel."""

    name = models.CharField(_("name"), max_length=120)
    organisation = models.ForeignKey(
        Organisation,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("organisation"),
    )
    segment = models.ForeignKey(
        Segment, models.PROTECT, null=True, blank=True, related_name="customers", verbose_name=_("segment")
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans")
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="Asia/Shanghai", validators=[validate_time_zone]
    )
    # Set when this profile was merged into another; the row stays so that old links still lead somewhere.
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged_from",
        verbose_name=_("merged into"),
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # The name as common.search looks for it.
    search_text = models.TextField(editable=False, default="", db_default="")

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(merged_into=models.F("id")), name="a_customer_is_not_merged_into_himself"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the name findable, whoever changes it."""
        self.search_text = index_text(self.name)
        super().save(*args, **kwargs)

    @property
    def time_zone_name(self) -> str:
        """What people call the customer's time zone."""
        return zone_name(self.time_zone)


class Identity(models.Model):
    """One address by which a customer is known on a channel."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")
        WECHAT = "wechat", _("WeChat")
        WECOM = "wecom", _("WeCom")
        DINGTALK = "dingtalk", _("DingTalk")
        FEISHU = "feishu", _("Feishu")

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="identities", verbose_name=_("customer")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    value = models.CharField(_("address or number"), max_length=254)
    # A message to it came back; empty again when the customer writes from it.
    unreachable_at = models.DateTimeField(_("not reached"), null=True, blank=True, editable=False)
    unreachable_reason = models.CharField(
        _("why it is not reached"), max_length=500, blank=True, default="", db_default="", editable=False
    )

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("kind", "value"),
                name="an_identity_belongs_to_one_customer",
                violation_error_message=_("Another customer has this address. Merge the two instead."),
            ),
        ]
        indexes = [
            # The search for people asks how addresses begin, which the index above cannot tell in every collation.
            models.Index(
                fields=("value",), name="identities_by_their_start", opclasses=["varchar_pattern_ops"]
            ),
        ]

    @property
    def unreachable_words(self) -> str:
        """Why it is not reached, in the reader's language where it is not a server that says so."""
        if self.unreachable_reason == COMPLAINT:
            return gettext(
                "Called a mail of ours spam: his provider passed the complaint on. Call him instead."
            )
        return self.unreachable_reason

    def __str__(self) -> str:
        return self.value

    def clean(self) -> None:
        try:
            self.value = normalize_identity(self.kind, self.value)
        except ValueError as error:
            raise ValidationError({"value": _("This is not a valid address or number.")}) from error


class Order(models.Model):
    """One thing a customer bought."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="orders", verbose_name=_("customer"))
    number = models.CharField(_("order number"), max_length=60, unique=True)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("product")
    )
    bought_on = models.DateField(_("bought on"))
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ("-bought_on", "-id")
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="an_order_amount_is_not_negative")
        ]
        indexes = [
            # The search for people finds an order however its letters are written.
            models.Index(Upper("number"), name="orders_by_any_spelling"),
        ]

    def __str__(self) -> str:
        return self.number


class CustomerNote(models.Model):
    """Something a colleague should know about a customer; customers never see it."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="notes", verbose_name=_("customer"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("author"),
    )
    text = models.TextField(_("text"), max_length=4000)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("customer note")
        verbose_name_plural = _("customer notes")
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.text[:60]
