"""The rules by which tickets are promised an answer: business calendars and SLA policies."""

import zoneinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.choices import Channel, Priority
from catalog.models import Category
from common.localized import LocalizedName
from customers.models import Segment
from sla.validation import validate_hours_text
from staff.models import validate_time_zone

RESOLUTION_BEFORE_RESPONSE = _(
    "The resolution would be due before the first response. Give it at least as many minutes as the first response, "
    "or promise the first response sooner."
)


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class BusinessCalendar(LocalizedName):
    """When a team works: hours of the week, holidays, make-up working days."""

    class Region(models.TextChoices):
        CN = "CN", _("Mainland China")
        TW = "TW", _("Taiwan")
        HK = "HK", _("Hong Kong")
        SG = "SG", _("Singapore")

    name = models.CharField(_("name in English"), max_length=120, unique=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=50,
        default="Asia/Shanghai",
        validators=[validate_time_zone],
        help_text=_("The hours below are in this zone. Write it like Asia/Shanghai."),
    )
    region = models.CharField(
        _("public holidays of"),
        max_length=2,
        choices=Region.choices,
        blank=True,
        help_text=_("Holidays are loaded for this region; leave empty to enter days off by hand."),
    )
    is_default = models.BooleanField(_("default calendar"), default=False)

    class Meta:
        verbose_name = _("business calendar")
        verbose_name_plural = _("business calendars")
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                fields=("is_default",),
                condition=models.Q(is_default=True),
                name="one_calendar_is_the_default",
            ),
        ]

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The calendar's time zone."""
        return zoneinfo.ZoneInfo(self.time_zone)


class ServiceHours(models.Model):
    """One range of working hours on one day of the week."""

    calendar = models.ForeignKey(
        BusinessCalendar, models.CASCADE, related_name="hours", verbose_name=_("calendar")
    )
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(
        _("closes"),
        help_text=_("00:00 is the end of the day; earlier than the opening means after midnight."),
    )

    class Meta:
        verbose_name = _("working hours")
        verbose_name_plural = _("working hours")
        ordering = ("weekday", "opens")
        constraints = [
            models.UniqueConstraint(fields=("calendar", "weekday", "opens"), name="a_range_opens_once_a_day"),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="a_weekday_is_zero_to_six"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class SpecialDay(models.Model):
    """One day that differs from its weekday: off, or working (調休, 補班), or with hours of its own."""

    class Kind(models.TextChoices):
        OFF = "off", _("Day off")
        WORKING = "working", _("Working day")

    class Source(models.TextChoices):
        LOADED = "loaded", _("Loaded")
        MANUAL = "manual", _("By hand")

    calendar = models.ForeignKey(
        BusinessCalendar, models.CASCADE, related_name="special_days", verbose_name=_("calendar")
    )
    on = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.OFF)
    hours = models.CharField(
        _("hours"),
        max_length=120,
        blank=True,
        validators=[validate_hours_text],
        help_text=_(
            "For a working day: 09:00-12:00, 13:00-18:00. Empty: the hours of an ordinary working day."
        ),
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    source = models.CharField(
        _("source"), max_length=10, choices=Source.choices, default=Source.MANUAL, editable=False
    )

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ("on",)
        constraints = [
            models.UniqueConstraint(fields=("calendar", "on"), name="a_calendar_has_a_day_once"),
            models.CheckConstraint(
                condition=models.Q(kind="working") | models.Q(hours=""),
                name="a_day_off_has_no_hours",
                violation_error_message=_(
                    "A day off has no hours: leave them empty, or make it a working day with these hours."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.get_kind_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save as entered by hand: loading writes in bulk, and must not undo what somebody decided."""
        self.source = self.Source.MANUAL
        super().save(*args, **kwargs)


class HolidayYear(models.Model):
    """That a year's public holidays have been loaded into a calendar."""

    calendar = models.ForeignKey(
        BusinessCalendar, models.CASCADE, related_name="holiday_years", verbose_name=_("calendar")
    )
    year = models.PositiveSmallIntegerField(_("year"))
    has_make_up_days = models.BooleanField(_("make-up working days published"), default=True)
    loaded_at = models.DateTimeField(_("loaded"), default=timezone.now)

    class Meta:
        verbose_name = _("loaded year")
        verbose_name_plural = _("loaded years")
        ordering = ("-year",)
        constraints = [models.UniqueConstraint(fields=("calendar", "year"), name="a_year_is_loaded_once")]

    def __str__(self) -> str:
        return str(self.year)


class SlaPolicy(LocalizedName):
    """Which tickets are promised what; the first active policy in order that fits a ticket serves it."""

    class Counts(models.TextChoices):
        BUSINESS = "business", _("working time")
        CLOCK = "clock", _("clock time")

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
