"""What a member of staff tells about himself."""

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from common.zones import ZoneSelect
from staff.models import ApiToken, User


def language_choices() -> list[tuple[str, str]]:
    """Every language, each by its own name."""
    return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


class ProfileForm(forms.ModelForm[User]):
    """Name, language and time zone."""

    language = forms.ChoiceField(label=_("Language"), choices=language_choices)

    class Meta:
        model = User
        fields = ("display_name", "language", "time_zone")
        labels = {"display_name": _("Display name"), "time_zone": _("Time zone")}
        widgets = {"time_zone": ZoneSelect}


class TokenForm(forms.Form):
    """A new API token."""

    LIFETIMES = [(30, _("30 days")), (90, _("90 days")), (365, _("One year"))]

    name = forms.CharField(
        label=_("What will use it?"),
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": _("order import"), "autocomplete": "off"}),
    )
    scope = forms.ChoiceField(label=_("It may"), choices=ApiToken.Scope.choices)
    days = forms.TypedChoiceField(label=_("Valid for"), choices=LIFETIMES, coerce=int, initial=90)
