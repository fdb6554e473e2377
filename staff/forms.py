"""What a member of staff tells about himself."""

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from common.zones import ZoneSelect
from staff.models import ApiToken, User
from staff.notices import OPTIONAL, NoticeKind


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


class NoticesForm(forms.Form):
    """What somebody wants to be told, in the page and by mail; whoever is mentioned is told in the page always."""

    page = forms.MultipleChoiceField(
        label=_("In the page"), choices=OPTIONAL, required=False, widget=forms.CheckboxSelectMultiple
    )
    mail = forms.MultipleChoiceField(
        label=_("By mail, gathered"), choices=NoticeKind.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    @classmethod
    def of(cls, user: User) -> "NoticesForm":
        """The form as the user has chosen."""
        wanted = [code for code, _label in OPTIONAL if code not in user.unwanted_notices]
        return cls(initial={"page": wanted, "mail": user.mailed_notices})

    def save(self, user: User) -> None:
        """Keep what was chosen."""
        page = self.cleaned_data["page"]
        user.unwanted_notices = [code for code, _label in OPTIONAL if code not in page]
        user.mailed_notices = self.cleaned_data["mail"]
        user.save(update_fields=["unwanted_notices", "mailed_notices"])


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
