"""What a member of staff tells about himself."""

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from common.wording import zone_name
from common.zones import known_zones
from staff.models import ApiToken, User

# Asked first: where this desk's people mostly are.
USUAL_ZONES = ["Asia/Shanghai", "Asia/Taipei", "Asia/Hong_Kong", "Asia/Singapore"]


def time_zone_choices() -> list[tuple[str, str]]:
    """Every time zone by name, the usual ones first."""
    known = {name for name in known_zones() if "/" in name and not name.startswith("Etc/")}
    names = [*USUAL_ZONES, "UTC", *sorted(known - set(USUAL_ZONES))]
    return [(name, _zone_label(name)) for name in names]


def _zone_label(name: str) -> str:
    plain, words = name.replace("_", " "), zone_name(name)
    return plain if words == plain else f"{plain} · {words}"


def language_choices() -> list[tuple[str, str]]:
    """Every language, each by its own name."""
    return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


class ProfileForm(forms.ModelForm[User]):
    """Name, language and time zone."""

    language = forms.ChoiceField(label=_("Language"), choices=language_choices)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices)

    class Meta:
        model = User
        fields = ("display_name", "language", "time_zone")
        labels = {"display_name": _("Display name")}


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
