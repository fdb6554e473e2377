"""What the desk keeps for one person."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RecentSearch(models.Model):
    """Something one person looked for, to be looked for again with one key."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="recent_searches", verbose_name=_("user")
    )
    text = models.CharField(_("text"), max_length=200)
    searched_at = models.DateTimeField(_("searched"), default=timezone.now)

    class Meta:
        verbose_name = _("recent search")
        verbose_name_plural = _("recent searches")
        ordering = ("-searched_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=("user", "text"), name="a_person_has_a_recent_search_once")
        ]

    def __str__(self) -> str:
        return self.text


__all__ = ["RecentSearch"]
