"""Forms of the administration about mailboxes."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from channels.models import Mailbox, SignIn
from channels.models.mailbox import SECRETS

# Where a secret is sent to: whoever changes the place must know the secret.
_PLACES = {
    "imap_password": ("imap_host",),
    "oauth_client_secret": ("oauth_token_url",),
    "oauth_refresh_token": ("oauth_token_url",),
    "smtp_password": ("smtp_host",),
}
_LABELS = {
    "imap_password": _("password"),
    "oauth_client_secret": _("client secret"),
    "oauth_refresh_token": _("refresh token"),
    "smtp_password": _("password"),
}


class MailboxForm(forms.ModelForm):
    """A mailbox; its secrets are typed in and never shown."""

    class Meta:
        model = Mailbox
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **manner: Any) -> None:
        super().__init__(*args, **manner)
        for name in SECRETS:
            is_kept = bool(getattr(self.instance, f"sealed_{name}"))
            self.fields[name] = forms.CharField(
                label=capfirst(_LABELS[name]), required=False, strip=False,
                widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"}),
                help_text=_("One is kept. Leave it empty to keep it.") if is_kept else _("None is kept yet."),
            )  # fmt: skip

    def clean_address(self) -> str:
        """Addresses are compared in lower case."""
        address: str = self.cleaned_data["address"].lower()
        if Mailbox.objects.filter(address=address).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is already a mailbox with this address."))
        return address

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name, places in _PLACES.items():
            is_moved = any(place in self.changed_data for place in places)
            is_going = not any(data.get(place) for place in places)
            if getattr(self.instance, f"sealed_{name}") and is_moved and not is_going and not data.get(name):
                self.add_error(name, _("The kept one was for another server. Type the one for this server."))
        if data.get("imap_host") and not data.get("imap_user"):
            self.add_error("imap_user", _("Say as whom to sign in, often the address itself."))
        if SignIn.OAUTH2 in (data.get("imap_sign_in"), data.get("smtp_sign_in")):
            self._check_oauth(data)
        if data.get("smtp_sign_in") == SignIn.OAUTH2 and data.get("smtp_host") and not data.get("smtp_user"):
            self.add_error("smtp_user", _("Say as whom to sign in, often the address itself."))
        return data

    def _check_oauth(self, data: dict[str, Any]) -> None:
        for name in ("oauth_token_url", "oauth_client_id"):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("OAuth 2 needs this."))

    def save(self, commit: bool = True) -> Any:
        """Seal what was typed; forget what belonged to a server that is no more."""
        for name, places in _PLACES.items():
            if typed := self.cleaned_data.get(name):
                self.instance.keep_secret(name, typed)
            elif not any(self.cleaned_data.get(place) for place in places):
                self.instance.keep_secret(name, "")
        return super().save(commit)
