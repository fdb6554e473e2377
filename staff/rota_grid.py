"""A rota as a grid to type in: people, weekdays, and in each cell the codes of shifts."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staff.models import Rota, RotaSlot, ShiftPattern, User
from staff.services import fill_rota

# (week of the cycle, weekday, user)
Place = tuple[int, int, int]


def cell_name(place: Place) -> str:
    """What a cell's field is called."""
    return "cell_{}_{}_{}".format(*place)


@dataclass(frozen=True)
class GridWeek:
    """One week of the cycle as the template shows it."""

    number: int
    days: list[str]
    rows: list[tuple[User, list[forms.BoundField]]]


class RotaForm(forms.ModelForm[Rota]):
    """A rota; once it is saved, with a cell for each person and day of its cycle."""

    class Meta:
        model = Rota
        fields = ("team", "begins_on", "time_zone", "cycle_weeks", "at_shift_end")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people: list[User] = []
        self.places: dict[str, Place] = {}
        if not self.instance.pk:
            return
        self.patterns = {pattern.code.lower(): pattern for pattern in ShiftPattern.objects.all()}
        self.people = self._people()
        codes = self._codes()
        for week in range(1, self.instance.cycle_weeks + 1):
            for user in self.people:
                for weekday in range(7):
                    self._add_cell((week, weekday, user.pk), user, codes)

    @property
    def grid(self) -> list[GridWeek]:
        """The weeks of the cycle, each with a row for each person."""
        days = [str(WEEKDAYS_ABBR[weekday]) for weekday in range(7)]
        return [
            GridWeek(
                week,
                days,
                [
                    (user, [self[cell_name((week, weekday, user.pk))] for weekday in range(7)])
                    for user in self.people
                ],
            )
            for week in range(1, (self.instance.cycle_weeks if self.places else 0) + 1)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.wanted: dict[Place, set[int]] = {}
        for name, place in self.places.items():
            self.wanted[place] = set()
            for code in str(data.get(name) or "").replace("＋", "+").split("+"):
                pattern = self.patterns.get(code.strip().lower())
                if pattern is not None:
                    self.wanted[place].add(pattern.pk)
                elif code.strip():
                    known = ", ".join(pattern.code for pattern in self.patterns.values())
                    text = _("“%(code)s” is no shift. The codes are: %(known)s. Write two as A + B.")
                    self.add_error(name, text % {"code": code.strip(), "known": known})
        return data

    def save_grid(self, *, actor: User) -> None:
        """Let the rota have the shifts that the cells name; the rota itself is saved before."""
        if self.places:
            fill_rota(self.instance, self.wanted, actor=actor)

    def _people(self) -> list[User]:
        """The team's active members, and whoever else still stands in the rota."""
        members = User.objects.filter(memberships__team=self.instance.team_id, is_active=True)
        planned = User.objects.filter(rota_slots__rota=self.instance)
        return list((members | planned).distinct().order_by("display_name", "id"))

    def _codes(self) -> dict[Place, list[str]]:
        found: dict[Place, list[str]] = {}
        slots = (
            RotaSlot.objects.filter(rota=self.instance).select_related("pattern").order_by("pattern__begins")
        )
        for slot in slots:
            found.setdefault((slot.week, slot.weekday, slot.user_id), []).append(slot.pattern.code)
        return found

    def _add_cell(self, place: Place, user: User, codes: dict[Place, list[str]]) -> None:
        name, label = cell_name(place), f"{place[0]} · {WEEKDAYS[place[1]]} · {user}"
        self.places[name] = place
        self.fields[name] = forms.CharField(
            label=label,
            required=False,
            max_length=40,
            widget=forms.TextInput(
                attrs={
                    "class": "rota-cell",
                    "list": "shift-codes",
                    "autocomplete": "off",
                    "aria-label": label,
                }
            ),
        )
        self.initial[name] = " + ".join(codes.get(place, []))


FIRST_SAVE = gettext_lazy("The rota is made. Now type the codes of shifts into its weeks.")
