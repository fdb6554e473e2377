"""What members of staff can be told about tickets, and what each of them wants."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class NoticeKind(models.TextChoices):
    """Something that somebody wants to know."""

    ASSIGNED = "assigned", _("A ticket is assigned to me")
    ANSWERED = "answered", _("A customer has written on my ticket, or on one that I watch")
    MENTIONED = "mentioned", _("Somebody mentions me in a note")
    PROMISE = "promise", _("A promise is about to be broken, or was")
    FOLLOW_UP = "follow_up", _("A follow-up date has come")


# Whoever is mentioned is always told.
OPTIONAL = [(kind.value, kind.label) for kind in NoticeKind if kind != NoticeKind.MENTIONED]
