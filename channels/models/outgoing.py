"""What goes out with replies: a team's signature, and links to files that are too large for a mail."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.links import link_path
from staff.models import Team
from tickets.mails import unknown_places
from tickets.models import Attachment

SIGNATURE_PLACES = ("agent", "team", "site")


class Signature(models.Model):
    """What stands below the replies of a team, in one language."""

    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="signatures", verbose_name=_("team"),
        help_text=_("Empty: all teams that have none of their own in this language."),
    )  # fmt: skip
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    text = models.TextField(_("text"), max_length=2000, help_text=_("Placeholders: {agent}, {team}, {site}."))
    html = models.TextField(
        _("HTML"), max_length=10_000, blank=True, default="",
        help_text=_("For mail programs that show it. Empty: made of the text."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ("team__name", "language", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("team", "language"), name="a_team_has_one_signature_per_language",
                violation_error_message=_("There is already a signature of this team in this language."),
            ),
            models.UniqueConstraint(
                fields=("language",), condition=Q(team__isnull=True), name="all_teams_share_one_signature_per_language",
                violation_error_message=_("There is already a signature of all teams in this language."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.team or _('All teams')} · {self.get_language_display()}"

    def clean(self) -> None:
        """Refuse a placeholder that nothing fills: the customer would read it."""
        wrong = {}
        for field in ("text", "html"):
            if unknown := unknown_places(getattr(self, field), SIGNATURE_PLACES):
                wrong[field] = _("There is no placeholder {%(unknown)s} here. Use: %(known)s.") % {
                    "unknown": unknown[0], "known": ", ".join(f"{{{name}}}" for name in SIGNATURE_PLACES),
                }  # fmt: skip
        if wrong:
            raise ValidationError(wrong)


class FileLink(models.Model):
    """A link in a mail to a file that was too large to go with it; it ends."""

    attachment = models.OneToOneField(
        Attachment, models.CASCADE, related_name="file_link", verbose_name=_("attachment")
    )
    link_nonce = models.CharField(max_length=32, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("expires"))

    class Meta:
        verbose_name = _("link to a file")
        verbose_name_plural = _("links to files")

    def __str__(self) -> str:
        return self.attachment.name

    def get_absolute_url(self) -> str:
        return link_path("file", self.link_nonce)

    @property
    def is_expired(self) -> bool:
        """Whether it leads nowhere any more."""
        return self.expires_at <= timezone.now()
