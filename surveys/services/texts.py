"""What is written about surveys, in the reader's language."""

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from common.links import link_place
from surveys.models import Invitation, Response
from tickets.mails import Mail, Words
from tickets.services.texts import words_to_customer


def invitation_words(invitation: Invitation) -> Words:
    """The invitation."""
    return _to_customer(Mail.SURVEY, invitation)


def reminder_words(invitation: Invitation) -> Words:
    """The reminder."""
    return _to_customer(Mail.SURVEY_REMINDER, invitation)


def low_score_words(response: Response, comment: str, language: str) -> Words:
    """What tells a lead of a low score."""
    ticket = response.invitation.ticket
    with translation.override(language):
        heading = gettext("In the customer's words:")
    return words_to_customer(
        Mail.LOW_SCORE, ticket, language=language, link=settings.PUBLIC_URL + ticket.get_absolute_url(),
        score=response.score, comment=f"{heading}\n{comment}" if comment else "",
    )  # fmt: skip


def _to_customer(mail: Mail, invitation: Invitation) -> Words:
    with translation.override(invitation.language):
        expires = date_format(timezone.localtime(invitation.expires_at), "SHORT_DATE_FORMAT")
    return words_to_customer(
        mail, invitation.ticket, language=invitation.language, expires=expires,
        link=link_place("survey", invitation.link_nonce),
    )  # fmt: skip
