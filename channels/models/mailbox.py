"""An address that customers write to: where its mail comes from, and how answers leave it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from channels.secrets import seal, unseal
from staff.models import Team


class Security(models.TextChoices):
    """How the way to a server is protected."""

    TLS = "tls", _("TLS from the beginning")
    STARTTLS = "starttls", _("STARTTLS")
    NONE = "none", _("None: only inside your own network")


class SignIn(models.TextChoices):
    """How a mailbox signs in to its server."""

    PASSWORD = "password", _("User and password")
    OAUTH2 = "oauth2", _("OAuth 2: Microsoft 365, Google")


class SenderName(models.TextChoices):
    """Whose name customers read as the sender."""

    AGENT = "agent", _("The agent's name")
    TEAM = "team", _("The team's name")


_PORT = [MinValueValidator(1), MaxValueValidator(65535)]
# The columns that hold secrets; each is read and written in the open by the name without `sealed_`.
SECRETS = ("imap_password", "oauth_client_secret", "oauth_refresh_token", "smtp_password")


class Mailbox(models.Model):
    """One address of the help desk."""

    name = models.CharField(_("name"), max_length=80)
    address = models.EmailField(
        pgettext_lazy("of mail", "address"),
        unique=True,
        help_text=_("What customers write to, such as support@example.com."),
    )
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="mailboxes", verbose_name=_("team"),
        help_text=_("Its answers leave by this mailbox."),
    )  # fmt: skip
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans",
        help_text=_("Of customers who are new and whose language their mail does not show."),
    )  # fmt: skip
    is_active = models.BooleanField(
        _("in use"), default=True, help_text=_("When off, nothing is fetched, and nothing leaves by it.")
    )
    sender_name = models.CharField(
        _("sender's name"), max_length=10, choices=SenderName.choices, default=SenderName.AGENT
    )
    takes_plus = models.BooleanField(
        _("takes addresses with a plus"), default=False,
        help_text=_(
            "On when your provider delivers support+anything@example.com to this mailbox, as Gmail, Microsoft 365 and "
            "Postfix do, but QQ and 163 do not. Answers then find their ticket whatever the mail program does."
        ),
    )  # fmt: skip
    trusted_server = models.CharField(
        _("server that checks senders"), max_length=120, blank=True, default="",
        help_text=_(
            "The name at the beginning of the Authentication-Results that your own mail server writes, such as "
            "mx.example.com. Only that server is believed; when empty, no sender counts as checked."
        ),
    )  # fmt: skip

    imap_host = models.CharField(
        _("server"), max_length=253, blank=True, default="",
        help_text=_("Empty: mail is handed over by your mail server (receive_mail or LMTP)."),
    )  # fmt: skip
    imap_port = models.PositiveIntegerField(_("port"), default=993, validators=_PORT)
    imap_security = models.CharField(
        _("protection"), max_length=10, choices=Security.choices, default=Security.TLS
    )
    imap_user = models.CharField(_("user"), max_length=254, blank=True, default="")
    imap_sign_in = models.CharField(
        _("signs in with"), max_length=10, choices=SignIn.choices, default=SignIn.PASSWORD
    )
    sealed_imap_password = models.TextField(blank=True, default="", editable=False)
    imap_folder = models.CharField(_("folder"), max_length=120, default="INBOX")
    poll_seconds = models.PositiveSmallIntegerField(
        _("look every … seconds"), default=30, validators=[MinValueValidator(5), MaxValueValidator(3600)]
    )
    oauth_token_url = models.CharField(
        _("token address"), max_length=500, blank=True, default="",
        validators=[URLValidator(["https"], message=_("Write an address that begins with https://."))],
        help_text=_("Such as https://login.microsoftonline.com/…/oauth2/v2.0/token."),
    )  # fmt: skip
    oauth_client_id = models.CharField(_("client ID"), max_length=254, blank=True, default="")
    sealed_oauth_client_secret = models.TextField(blank=True, default="", editable=False)
    sealed_oauth_refresh_token = models.TextField(blank=True, default="", editable=False)
    oauth_scope = models.CharField(_("scope"), max_length=254, blank=True, default="")

    smtp_host = models.CharField(
        _("server"), max_length=253, blank=True, default="",
        help_text=_("Empty: answers leave by the server of the installation (EMAIL_URL)."),
    )  # fmt: skip
    smtp_port = models.PositiveIntegerField(_("port"), default=587, validators=_PORT)
    smtp_security = models.CharField(
        _("protection"), max_length=10, choices=Security.choices, default=Security.STARTTLS
    )
    smtp_user = models.CharField(_("user"), max_length=254, blank=True, default="")
    smtp_sign_in = models.CharField(
        _("signs in with"), max_length=10, choices=SignIn.choices, default=SignIn.PASSWORD
    )
    sealed_smtp_password = models.TextField(blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ("name", "id")
        constraints = [
            models.CheckConstraint(
                condition=~Q(imap_sign_in="oauth2") & ~Q(smtp_sign_in="oauth2") | ~Q(oauth_token_url=""),
                name="who_signs_in_by_oauth_says_where_to_get_a_token",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"

    def secret(self, name: str) -> str:
        """One of SECRETS in the open; raises SealedForeverError when its key is gone."""
        return unseal(getattr(self, f"sealed_{name}"))

    def keep_secret(self, name: str, text: str) -> None:
        """Seal one of SECRETS into its column; the caller saves."""
        setattr(self, f"sealed_{name}", seal(text))


class FetchState(models.Model):
    """How far a mailbox's folder was read."""

    mailbox = models.OneToOneField(
        Mailbox, models.CASCADE, primary_key=True, related_name="fetching", verbose_name=_("mailbox")
    )
    # UIDs count within one validity; with another one they begin anew.
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    # The mail that could not be fetched the last times, if any.
    stuck_uid = models.BigIntegerField(default=0)
    stuck_count = models.PositiveSmallIntegerField(default=0)
    # UIDs of mails that could not be fetched at all.
    passed_over = models.JSONField(default=list)
    next_fetch_at = models.DateTimeField(default=timezone.now)
    # The server has said that mail is there: it is not waited for the next turn.
    is_woken = models.BooleanField(default=False)
    # Until then one worker fetches, and one (perhaps another) waits to be told of new mail.
    claimed_until = models.DateTimeField(null=True)
    watched_until = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(_("last fetched"), null=True)
    error = models.CharField(_("error"), max_length=500, blank=True, default="")

    class Meta:
        verbose_name = _("fetching")
        verbose_name_plural = _("fetching")

    def __str__(self) -> str:
        return str(self.mailbox)
