"""When people work: hours of the week, holidays, make-up working days."""

import zoneinfo
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.localized import LocalizedName
from sla.validation import validate_hours_text
from staff.models import Weekday, validate_time_zone


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
        help_text=_("The hours below are in this zone."),
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


class SpecialDay(LocalizedName):
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
    name = models.CharField(_("name in English"), max_length=120, blank=True)
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
