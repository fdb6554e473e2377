"""The form of a saved view: its name, its conditions one by one, its columns and its order."""

from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from staff.models import Team, User
from tickets.desk.forms import people_of
from tickets.models import SavedView
from tickets.rulebook import Rulebook
from tickets.viewing.conditions import (
    CHOICE_OPS,
    DATE_OPS,
    FIRST_YEAR,
    LAST,
    LAST_YEAR,
    LONGEST_TEXT,
    MOST_CONDITIONS,
    MOST_UNITS,
    RELATIVE,
    UNITS,
    Condition,
    read_conditions,
)
from tickets.viewing.fields import CHOICE, COLUMNS, DATE, FIELDS, ORDERS, Field


class ConditionForm(forms.Form):
    """One condition; which of the fields there are depends on what it looks at."""

    def __init__(self, *args: Any, about: Field, rulebook: Rulebook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.about = about
        if about.kind == CHOICE:
            self.fields["op"] = forms.ChoiceField(label=_("Is or is not"), choices=list(CHOICE_OPS.items()))
            self.fields["values"] = forms.MultipleChoiceField(
                label=about.label, choices=self._offers(rulebook), widget=forms.CheckboxSelectMultiple,
                error_messages={"required": _("Choose at least one.")},
            )  # fmt: skip
        elif about.kind == DATE:
            self._ask_when()
        else:
            self.fields["text"] = forms.CharField(label=about.label, max_length=LONGEST_TEXT)

    def _offers(self, rulebook: Rulebook) -> list[tuple[str, Any]]:
        offers: list[tuple[str, Any]] = list(self.about.offers(rulebook))
        if self.about.names_people:
            offers += [(str(user.pk), str(user)) for user in people_of(())]
        known = {value for value, _word in offers}
        # What is gone stays in sight until somebody takes it out.
        gone = [value for value in self.initial.get("values", ()) if value not in known]
        return [*((value, _("gone (%s)") % value) for value in gone), *offers]

    def _ask_when(self) -> None:
        self.fields["op"] = forms.ChoiceField(label=_("When"), choices=list(DATE_OPS.items()), initial=LAST)
        self.fields["number"] = forms.IntegerField(
            label=pgettext_lazy("how many", "How many"), min_value=1, max_value=MOST_UNITS, required=False, initial=7
        )  # fmt: skip
        self.fields["unit"] = forms.ChoiceField(
            label=_("Unit"), choices=list(UNITS.items()), required=False, initial="days"
        )
        self.fields["on"] = forms.DateField(
            label=_("Day"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.about.kind != DATE:
            return cleaned
        if cleaned.get("op") in RELATIVE:
            if not cleaned.get("number") and "number" not in self.errors:
                self.add_error("number", _("Write a number."))
        elif "on" not in self.errors:
            on = cleaned.get("on")
            if on is None or not FIRST_YEAR <= on.year <= LAST_YEAR:
                self.add_error("on", _("Choose a day."))
        return cleaned

    def condition(self) -> Condition:
        """What was chosen."""
        cleaned = self.cleaned_data
        if self.about.kind == CHOICE:
            return Condition(self.about.code, cleaned["op"], tuple(cleaned["values"]))
        if self.about.kind == DATE:
            if cleaned["op"] in RELATIVE:
                return Condition(
                    self.about.code, cleaned["op"], number=cleaned["number"], unit=cleaned["unit"] or "days"
                )
            return Condition(self.about.code, cleaned["op"], on=cleaned["on"].isoformat())
        return Condition(self.about.code, "with", text=cleaned["text"])


class ViewForm(forms.Form):
    """A saved view. A bound one that only adds or takes out a condition is shown again and not saved."""

    name = forms.CharField(label=_("Name"), max_length=120)
    name_zh_hans = forms.CharField(label=_("Name in Simplified Chinese"), max_length=120, required=False)
    name_zh_hant = forms.CharField(label=_("Name in Traditional Chinese"), max_length=120, required=False)
    team = forms.ModelChoiceField(
        label=_("For the team"), queryset=Team.objects.none(), required=False, empty_label=_("Everybody")
    )
    columns = forms.MultipleChoiceField(
        label=_("Columns"), choices=list(COLUMNS.items()), widget=forms.CheckboxSelectMultiple, required=False
    )
    order = forms.ChoiceField(
        label=pgettext_lazy("of a list", "Order"),
        choices=[(code, label) for code, (label, _order) in ORDERS.items()],
    )

    def __init__(
        self, data: QueryDict | None = None, *, view: SavedView, user: User, rulebook: Rulebook
    ) -> None:
        self.view, self.user, self.rulebook = view, user, rulebook
        names = ("name", "name_zh_hans", "name_zh_hant", "team", "columns", "order")
        super().__init__(data, initial={name: getattr(view, name) for name in names})
        if view.is_shared:
            self.fields["team"].queryset = Team.objects.filter(is_active=True)  # type: ignore[attr-defined]
        else:
            for name in ("name_zh_hans", "name_zh_hant", "team"):
                del self.fields[name]
        self.rows = self._kept_rows() if data is None else self._bound_rows(data)

    def _kept_rows(self) -> list[ConditionForm]:
        kept = [condition for condition in read_conditions(self.view.conditions) if condition is not None]
        return [
            ConditionForm(
                about=condition.about, rulebook=self.rulebook, prefix=f"c{place}",
                initial={**condition.as_data(), "values": list(condition.values)},
            )
            for place, condition in enumerate(kept)
        ]  # fmt: skip

    def _bound_rows(self, data: QueryDict) -> list[ConditionForm]:
        codes = data.getlist("fields")[:MOST_CONDITIONS]
        removed = data.get("remove", "")
        rows = [
            ConditionForm(data, about=FIELDS[code], rulebook=self.rulebook, prefix=prefix)
            for code, prefix in (pair.split(":", 1) for pair in codes if ":" in pair)
            if code in FIELDS and prefix != removed
        ]
        added = data.get("new_field", "") if "add" in data else ""
        if added in FIELDS and len(rows) < MOST_CONDITIONS:
            used = {row.prefix for row in rows}
            free = next(f"c{place}" for place in range(MOST_CONDITIONS + 1) if f"c{place}" not in used)
            rows.append(ConditionForm(about=FIELDS[added], rulebook=self.rulebook, prefix=free))
        return rows

    @property
    def is_reshaping(self) -> bool:
        """Whether a condition was added or taken out, and nothing is to be saved yet."""
        return self.is_bound and ("add" in self.data or "remove" in self.data)

    @property
    def offered_fields(self) -> list[tuple[str, Any]]:
        """What a further condition can look at."""
        return [(field.code, field.label) for field in FIELDS.values()]

    @property
    def errors(self) -> Any:
        """What is wrong; while the form is reshaped nothing is asked for yet."""
        return ErrorDict() if self.is_reshaping else super().errors

    def is_valid(self) -> bool:
        """Whether the view and every condition of it can be saved."""
        # All are asked, so that all complaints are shown.
        return all([super().is_valid(), *(row.is_valid() for row in self.rows)])

    def fill(self) -> SavedView:
        """The view as the form says, not saved yet."""
        for name, value in self.cleaned_data.items():
            setattr(self.view, name, value)
        self.view.conditions = [row.condition().as_data() for row in self.rows]
        return self.view
