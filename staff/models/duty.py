"""Duty: kinds of shift, a team's rota and what differs from it on one day, absences, and who planned what when."""

import zoneinfo
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.hours_text import parse_hours_text
from common.localized import LocalizedName
from staff.models.people import Team, User, validate_time_zone
from staff.shifts import Pattern

LONGEST_CYCLE = 8


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class ShiftPattern(LocalizedName):
    """A kind of shift, such as the early one."""

    class Colour(models.TextChoices):
        TEAL = "teal", _("Teal")
        BLUE = "blue", _("Blue")
        VIOLET = "violet", _("Violet")
        AMBER = "amber", _("Amber")
        GREEN = "green", _("Green")
        GREY = "grey", _("Grey")

    code = models.CharField(
        _("code"),
        max_length=8,
        validators=[
            RegexValidator(r"^[^\s+,，、/;；]+$", _("Write the code without spaces, commas or “+”."))
        ],
        help_text=_("Short, as it stands in the cells of a spreadsheet: E, L, N or 早, 晚, 夜."),
    )
    begins = models.TimeField(_("begins"))
    ends = models.TimeField(_("ends"), help_text=_("A time before the beginning is on the next day."))
    breaks = models.CharField(
        _("breaks"),
        max_length=120,
        blank=True,
        help_text=_("Nobody gets new tickets on a break. Write 12:00-13:00, 15:00-15:15, or nothing."),
    )
    colour = models.CharField(
        _("colour"),
        max_length=10,
        choices=Colour.choices,
        default=Colour.TEAL,
        help_text=_("On the week page."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("shift pattern")
        verbose_name_plural = _("shift patterns")
        ordering = ("begins", "id")
        constraints = [models.UniqueConstraint(Lower("code"), name="a_shift_pattern_has_a_code_of_its_own")]

    def clean(self) -> None:
        super().clean()
        if self.begins is None or self.ends is None:
            return
        try:
            pattern = self.as_pattern()
        except ValueError as error:
            raise ValidationError({"breaks": _("Write breaks like 12:00-13:00, 15:00-15:15.")}) from error
        if not pattern.has_fitting_breaks:
            raise ValidationError(
                {"breaks": _("Let every break lie inside the shift, each after the one before has ended.")}
            )

    @property
    def hours(self) -> str:
        """From when to when, as people write it."""
        return f"{self.begins:%H:%M}–{self.ends:%H:%M}"

    def as_pattern(self) -> Pattern:
        """The plain values that shifts are counted with; raise ValueError for breaks that cannot be read."""
        return Pattern(self.pk or 0, self.begins, self.ends, parse_hours_text(self.breaks))


class Rota(models.Model):
    """How a team's weeks repeat, from one day until the team's next rota begins."""

    class AtShiftEnd(models.TextChoices):
        KEEP = "keep", _("Keep: they stay with the person")
        HAND_BACK = "hand_back", _("Hand back: they go to the team’s queue")
        HAND_OVER = "hand_over", _("Hand over: they go to the next shift")

    team = models.ForeignKey(Team, models.CASCADE, related_name="rotas", verbose_name=_("team"))
    begins_on = models.DateField(
        _("begins on"), help_text=_("The rota counts from this day until a later rota of the team begins.")
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=50,
        default="Asia/Shanghai",
        validators=[validate_time_zone],
        help_text=_("The shifts are in this zone."),
    )
    cycle_weeks = models.PositiveSmallIntegerField(
        _("weeks of the cycle"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_CYCLE)],
        help_text=_("1: every week is alike. 2: early and late alternate, for example. At most 8."),
    )
    at_shift_end = models.CharField(
        _("open tickets at a shift’s end"),
        max_length=10,
        choices=AtShiftEnd.choices,
        default=AtShiftEnd.KEEP,
        help_text=_("What becomes of a person’s open tickets when his shift is over."),
    )

    class Meta:
        verbose_name = _("rota")
        verbose_name_plural = _("rotas")
        ordering = ("team", "-begins_on")
        constraints = [
            models.UniqueConstraint(fields=("team", "begins_on"), name="one_rota_of_a_team_begins_on_a_day"),
            models.CheckConstraint(
                condition=Q(cycle_weeks__gte=1, cycle_weeks__lte=LONGEST_CYCLE),
                name="a_cycle_has_one_to_eight_weeks",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team} · {self.begins_on}"

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The zone in which its shifts are written."""
        return zoneinfo.ZoneInfo(self.time_zone)


class RotaSlot(models.Model):
    """One person's shift on one weekday of one week of the cycle."""

    rota = models.ForeignKey(Rota, models.CASCADE, related_name="slots", verbose_name=_("rota"))
    week = models.PositiveSmallIntegerField(_("week of the cycle"), default=1)
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday.choices)
    pattern = models.ForeignKey(
        ShiftPattern, models.PROTECT, related_name="slots", verbose_name=_("shift pattern")
    )
    user = models.ForeignKey(User, models.PROTECT, related_name="rota_slots", verbose_name=_("person"))

    class Meta:
        verbose_name = _("shift of the rota")
        verbose_name_plural = _("shifts of the rota")
        ordering = ("week", "weekday", "pattern", "user")
        constraints = [
            models.UniqueConstraint(
                fields=("rota", "week", "weekday", "pattern", "user"),
                name="a_person_has_a_shift_of_a_day_once",
            ),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="a_shift_is_on_one_of_seven_weekdays"),
            models.CheckConstraint(
                condition=Q(week__gte=1, week__lte=LONGEST_CYCLE), name="a_shift_is_in_a_week_of_the_cycle"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.week} · {self.get_weekday_display()} · {self.pattern} · {self.user}"


class ShiftChange(models.Model):
    """What differs from the rota on one day: somebody less, somebody more, or one in another's place."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="shift_changes", verbose_name=_("team"))
    on = models.DateField(_("day"))
    pattern = models.ForeignKey(
        ShiftPattern, models.PROTECT, related_name="+", verbose_name=_("shift pattern")
    )
    user_out = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("does not work")
    )
    user_in = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("works")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    made_at = models.DateTimeField(_("at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("shift change")
        verbose_name_plural = _("shift changes")
        ordering = ("on", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(user_out__isnull=False) | Q(user_in__isnull=False),
                name="a_shift_change_names_somebody",
            ),
            models.CheckConstraint(
                condition=Q(user_out__isnull=True) | Q(user_in__isnull=True) | ~Q(user_out=F("user_in")),
                name="nobody_stands_in_for_himself",
            ),
            models.UniqueConstraint(
                fields=("team", "on", "pattern", "user_out"), name="somebody_is_taken_off_a_shift_once"
            ),
            models.UniqueConstraint(
                fields=("team", "on", "pattern", "user_in"), name="somebody_is_put_on_a_shift_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on} · {self.pattern}"


class Absence(models.Model):
    """Somebody is away for a while, whatever the rota says."""

    class Kind(models.TextChoices):
        LEAVE = "leave", _("Leave")
        SICK = "sick", _("Sick")
        TRAINING = "training", _("Training")
        OTHER = "other", _("Other")

    user = models.ForeignKey(User, models.PROTECT, related_name="absences", verbose_name=_("person"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.LEAVE)
    note = models.CharField(_("note"), max_length=200, blank=True, help_text=_("Seen by those who plan."))
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("by")
    )
    made_at = models.DateTimeField(_("at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ("-starts_at", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="an_absence_ends_after_it_starts"
            )
        ]
        indexes = [
            # Who is away now, asked with every assignment.
            models.Index(fields=["user", "ends_at"], name="absence_now"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_kind_display()}"

    def clean(self) -> None:
        super().clean()
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValidationError({"ends_at": _("Let the absence end after it starts.")})


class DutyEvent(models.Model):
    """One thing that was planned, when and by whom. The database refuses changes."""

    class Kind(models.TextChoices):
        SHIFT_ADDED = "shift_added", _("Shift added")
        SHIFT_REMOVED = "shift_removed", _("Shift removed")
        SHIFTS_SWAPPED = "shifts_swapped", _("Shifts swapped")
        ABSENCE_NOTED = "absence_noted", _("Absence noted")
        ABSENCE_CHANGED = "absence_changed", _("Absence changed")
        ABSENCE_REMOVED = "absence_removed", _("Absence removed")
        WEEKS_IMPORTED = "weeks_imported", _("Weeks imported")
        SHIFT_ENDED = "shift_ended", _("Shift ended")
        PRESENCE_SWITCHED = "presence_switched", _("Presence switched")
        ROTA_MADE = "rota_made", _("Rota made")
        ROTA_CHANGED = "rota_changed", _("Rota changed")
        ROTA_REMOVED = "rota_removed", _("Rota removed")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", verbose_name=_("team"))
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("person"))
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    # Codes, ids and days, never sentences.
    data: Any = models.JSONField(_("details"), default=dict)
    at = models.DateTimeField(_("at"), default=timezone.now)
    # A shift's end is worked off once, whoever finds it first.
    key = models.CharField(max_length=80, null=True, unique=True, editable=False)

    class Meta:
        verbose_name = _("duty event")
        verbose_name_plural = _("duty events")
        ordering = ("-id",)
        indexes = [
            # Who was present when, asked by the sweep that lets clocks follow duty.
            models.Index(
                fields=["user", "at"], name="presence_of_user", condition=Q(kind="presence_switched")
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class TeamDuty(models.Model):
    """Whether anybody of a team was on duty when the sweep last looked; until then the clocks have followed."""

    team = models.OneToOneField(
        Team, models.CASCADE, primary_key=True, related_name="duty", verbose_name=_("team")
    )
    is_covered = models.BooleanField(_("somebody is on duty"))
    looked_at = models.DateTimeField(_("looked at"))

    class Meta:
        verbose_name = _("duty of a team")
        verbose_name_plural = _("duty of teams")

    def __str__(self) -> str:
        return str(self.team)
