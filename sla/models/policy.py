"""Which tickets are promised what."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.choices import Channel, Priority
from catalog.models import Category
from common.localized import LocalizedName
from customers.models import Segment
from sla.models.calendar import BusinessCalendar

RESOLUTION_BEFORE_RESPONSE = _(
    "The resolution would be due before the first response. Give it at least as many minutes as the first response, "
    "or promise the first response sooner."
)


class SlaPolicy(LocalizedName):
    """Which tickets are promised what; the first active policy in order that fits a ticket serves it."""

    class Counts(models.TextChoices):
        BUSINESS = "business", _("working time")
        CLOCK = "clock", _("clock time")

    class OnReopen(models.TextChoices):
        ANEW = "anew", _("starts anew")
        CONTINUE = "continue", _("goes on with what was spent")

    name = models.CharField(_("name in English"), max_length=120, unique=True)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(
        _("position"),
        default=100,
        help_text=_("Policies are tried from the lowest number; the first that fits serves."),
    )
    calendar = models.ForeignKey(
        BusinessCalendar,
        models.PROTECT,
        related_name="policies",
        verbose_name=_("calendar"),
    )
    categories = models.ManyToManyField(
        Category,
        blank=True,
        related_name="+",
        verbose_name=_("categories"),
        help_text=_("Each with everything below it. None: all."),
    )
    segments = models.ManyToManyField(
        Segment, blank=True, related_name="+", verbose_name=_("customer segments"), help_text=_("None: all.")
    )
    # Lists of codes of Priority and Channel; an empty list means all.
    priorities = models.JSONField(_("priorities"), default=list, blank=True)
    channels = models.JSONField(_("channels"), default=list, blank=True)
    first_response_minutes = models.PositiveIntegerField(_("first response, minutes"), null=True, blank=True)
    first_response_counts = models.CharField(
        _("first response counts"), max_length=10, choices=Counts.choices, default=Counts.BUSINESS
    )
    next_response_minutes = models.PositiveIntegerField(_("next response, minutes"), null=True, blank=True)
    next_response_counts = models.CharField(
        _("next response counts"), max_length=10, choices=Counts.choices, default=Counts.BUSINESS
    )
    resolution_minutes = models.PositiveIntegerField(_("resolution, minutes"), null=True, blank=True)
    resolution_counts = models.CharField(
        _("resolution counts"), max_length=10, choices=Counts.choices, default=Counts.BUSINESS
    )
    progress_minutes = models.PositiveIntegerField(
        _("progress every, minutes"),
        null=True,
        blank=True,
        help_text=_("While a ticket is open, the customer hears from a person at least so often."),
    )
    progress_counts = models.CharField(
        _("progress counts"), max_length=10, choices=Counts.choices, default=Counts.BUSINESS
    )
    pauses_for_children = models.BooleanField(
        _("pauses for child tickets"),
        default=False,
        help_text=_("The clocks stand still while a child ticket is open."),
    )
    pauses_off_duty = models.BooleanField(
        _("pauses off duty"),
        default=False,
        help_text=_("The clocks stand still while nobody of the serving team is on duty."),
    )
    pauses_for_side = models.BooleanField(
        _("pauses for side conversations"),
        default=False,
        help_text=_("The clocks stand still while somebody else was asked and has not answered."),
    )
    on_reopen = models.CharField(
        _("resolution after reopening"), max_length=10, choices=OnReopen.choices, default=OnReopen.ANEW
    )

    class Meta:
        verbose_name = _("SLA policy")
        verbose_name_plural = _("SLA policies")
        ordering = ("position", "id")
        constraints = [
            # An empty target compares as unknown, which a check would let pass: so ask whether there is one.
            models.CheckConstraint(
                condition=models.Q(first_response_minutes__isnull=False, first_response_minutes__gt=0)
                | models.Q(next_response_minutes__isnull=False, next_response_minutes__gt=0)
                | models.Q(resolution_minutes__isnull=False, resolution_minutes__gt=0),
                name="a_policy_promises_something",
                violation_error_message=_(
                    "Give at least one target: first response, next response or resolution."
                ),
            ),
            # Working time never runs faster than the clock; so only where the response alone is promised by the clock
            # can a smaller number for the resolution still fall later.
            models.CheckConstraint(
                condition=models.Q(first_response_minutes__isnull=True)
                | models.Q(resolution_minutes__isnull=True)
                | models.Q(resolution_minutes__gte=models.F("first_response_minutes"))
                | models.Q(first_response_counts="clock", resolution_counts="business"),
                name="a_policy_promises_no_resolution_before_a_response",
                violation_error_message=RESOLUTION_BEFORE_RESPONSE,
            ),
        ]

    def clean(self) -> None:
        """Refuse a resolution that is promised before the first response, beside the number to change."""
        super().clean()
        if self._resolves_before_responding():
            raise ValidationError({"resolution_minutes": RESOLUTION_BEFORE_RESPONSE})

    def _resolves_before_responding(self) -> bool:
        first, solved = self.first_response_minutes, self.resolution_minutes
        if first is None or solved is None or solved >= first:
            return False
        return (self.first_response_counts, self.resolution_counts) != ("clock", "business")

    @staticmethod
    def priority_choices() -> list[tuple[str, str]]:
        """What may stand in `priorities`."""
        return [(code, str(label)) for code, label in Priority.choices]

    @staticmethod
    def channel_choices() -> list[tuple[str, str]]:
        """What may stand in `channels`."""
        return [(code, str(label)) for code, label in Channel.choices]
