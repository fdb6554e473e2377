"""What one plans on one day for one person."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from common.wall_clock import moment_of
from staff import services
from staff.models import Absence, ShiftPattern, Team, User
from staff.services.planning import Place
from staff.shifts import DAY
from tickets.desk.duty.week import TeamWeek


def reason_field() -> forms.CharField:
    """Why it is changed; it may stay empty."""
    return forms.CharField(
        label=_("Reason"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PlanForm(forms.Form):
    """A form about one person's day; `shift` is the planned one that it is about, by the key of its pattern."""

    action = ""
    team: Team
    user: User
    day: date

    def __init__(self, *args: Any, week: TeamWeek, user: User, day: date, actor: User, **kwargs: Any) -> None:
        # Several such forms are on one page.
        super().__init__(*args, **{"auto_id": f"id_{self.action}_%s", **kwargs})
        self.week, self.team, self.user, self.day, self.actor = week, week.team, user, day, actor
        if "pattern" in self.fields:
            in_use: Any = self.fields["pattern"]
            in_use.queryset = ShiftPattern.objects.filter(is_active=True)
            in_use.label_from_instance = lambda pattern: f"{pattern.label} {pattern.hours}"
        if "shift" in self.fields:
            own = {shift.pattern for shift in week.shifts if (shift.user, shift.on) == (user.pk, day)}
            planned: Any = self.fields["shift"]
            planned.queryset = ShiftPattern.objects.filter(pk__in=own)
            planned.label_from_instance = lambda pattern: f"{pattern.label} {pattern.hours}"
            planned.empty_label = None

    def place(self, pattern: ShiftPattern) -> Place:
        """This person's shift of a pattern on this day."""
        return Place(self.day, pattern, self.user)

    def save(self) -> None:
        """Do it, or raise PlanRefused."""
        raise NotImplementedError


class AddForm(PlanForm):
    action = "add"
    pattern = forms.ModelChoiceField(ShiftPattern.objects.none(), label=_("Shift"), empty_label=None)
    reason = reason_field()

    def save(self) -> None:
        data = self.cleaned_data
        services.add_shift(self.team, self.place(data["pattern"]), actor=self.actor, reason=data["reason"])


class RemoveForm(PlanForm):
    action = "remove"
    shift = forms.ModelChoiceField(ShiftPattern.objects.none(), label=_("Shift"))
    reason = reason_field()

    def save(self) -> None:
        data = self.cleaned_data
        services.remove_shift(self.team, self.place(data["shift"]), actor=self.actor, reason=data["reason"])


class ChangeForm(PlanForm):
    action = "change"
    shift = forms.ModelChoiceField(ShiftPattern.objects.none(), label=_("Shift"))
    pattern = forms.ModelChoiceField(ShiftPattern.objects.none(), label=_("New shift"), empty_label=None)
    reason = reason_field()

    def save(self) -> None:
        data = self.cleaned_data
        services.change_shift(
            self.team, self.place(data["shift"]), data["pattern"], actor=self.actor, reason=data["reason"]
        )


class SwapForm(PlanForm):
    action = "swap"
    shift = forms.ModelChoiceField(ShiftPattern.objects.none(), label=_("Shift"))
    other = forms.ChoiceField(label=_("With"))
    reason = reason_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = {membership.user_id: membership.user for membership in self.week.memberships}
        self.places = {
            f"{shift.on}/{shift.pattern}/{shift.user}": Place(
                shift.on, self.week.patterns[shift.pattern], people[shift.user]
            )
            for shift in self.week.shifts
            if shift.user != self.user.pk and shift.on in self.week.week.days
        }
        choices: Any = self.fields["other"]
        # Those of the same day first.
        in_order = sorted(self.places.items(), key=lambda pair: (pair[1].on != self.day, pair[1].on))
        choices.choices = [
            (
                key,
                f"{place.user} · {date_format(place.on, 'D')} · {place.pattern.label} {place.pattern.hours}",
            )
            for key, place in in_order
        ]

    def save(self) -> None:
        data = self.cleaned_data
        services.swap_shifts(
            self.team, self.place(data["shift"]), self.places[data["other"]], actor=self.actor,
            reason=data["reason"],
        )  # fmt: skip


def _picker(kind: str) -> dict[str, Any]:
    return {
        "widget": (forms.DateInput if kind == "date" else forms.TimeInput)({"type": kind}, _FORMATS[kind])
    }


_FORMATS = {"date": "%Y-%m-%d", "time": "%H:%M"}


class AwayForm(PlanForm):
    action = "absence"
    kind = forms.ChoiceField(label=_("Kind"), choices=Absence.Kind.choices)
    first_on = forms.DateField(label=_("First day"), **_picker("date"))
    last_on = forms.DateField(label=_("Last day"), **_picker("date"))
    starts = forms.TimeField(label=_("From"), required=False, **_picker("time"))
    ends = forms.TimeField(label=_("Until"), required=False, **_picker("time"))
    note = forms.CharField(
        label=_("Note"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        day = kwargs["day"]
        super().__init__(*args, **{"initial": {"first_on": day, "last_on": day}, **kwargs})
        self.fields["starts"].help_text = _("Empty: the whole day.")

    def save(self) -> None:
        data = self.cleaned_data
        zone = self.week.zone
        starts_at = moment_of(data["first_on"], data["starts"] or time(0), zone)
        ends_at: datetime = (
            moment_of(data["last_on"], data["ends"], zone)
            if data["ends"]
            else moment_of(data["last_on"] + DAY, time(0), zone)
        )
        services.note_absence(
            self.user, starts_at.astimezone(zone), ends_at.astimezone(zone), kind=data["kind"],
            note=data["note"], actor=self.actor,
        )  # fmt: skip


class BackForm(PlanForm):
    """The person is not absent after all."""

    action = "remove-absence"
    absence = forms.ModelChoiceField(Absence.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known: Any = self.fields["absence"]
        known.queryset = Absence.objects.filter(user=self.user)

    def save(self) -> None:
        services.remove_absence(self.cleaned_data["absence"], actor=self.actor)


FORMS: dict[str, type[PlanForm]] = {
    form.action: form for form in (AddForm, RemoveForm, ChangeForm, SwapForm, AwayForm, BackForm)
}
