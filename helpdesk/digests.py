"""Mails that gather what somebody was told about tickets and has not read."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext

from common.sweeping import one_by_one
from staff.models import User
from tickets.desk.notices import notice_in_words
from tickets.desk.words import Moments
from tickets.services import notices_to_mail, take_for_digest


def mail_digests() -> int:
    """Send everybody whose notices have waited long enough one mail with all that he has not read; return how many."""
    people = notices_to_mail().order_by().values_list("user", flat=True).distinct()
    return one_by_one(list(people), _mail).done


def _mail(user_id: int) -> int:
    user = User.objects.get(pk=user_id)
    notices = take_for_digest(user)
    if not notices or not user.is_active:
        return 0
    zone = ZoneInfo(user.time_zone)
    with translation.override(user.language), timezone.override(zone):
        moments = Moments(zone=zone)
        context = {
            "notices": [notice_in_words(notice, moments) for notice in notices],
            "base": settings.PUBLIC_URL,
            "name": user.display_name,
            "site": gettext(settings.SITE_NAME),
        }
        subject = ngettext("%(count)s notice", "%(count)s notices", len(notices)) % {"count": len(notices)}
        body = render_to_string("helpdesk/digest.txt", context)
    # In the transaction that took them: when it cannot be sent, they are taken again.
    EmailMessage(f"{context['site']}: {subject}", body, to=[user.email]).send()
    return 1
