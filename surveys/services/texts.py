"""What is written about surveys, in the reader's language."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from common.links import link_place
from surveys.models import Invitation, Response


def invitation_text(invitation: Invitation) -> tuple[str, str]:
    """Subject and text of the invitation."""
    return _to_customer("invitation", invitation)


def reminder_text(invitation: Invitation) -> tuple[str, str]:
    """Subject and text of the reminder."""
    return _to_customer("reminder", invitation)


def low_score_text(response: Response, comment: str, language: str) -> tuple[str, str]:
    """Subject and text that tell a lead of a low score."""
    ticket = response.invitation.ticket
    context = {
        "ticket": ticket,
        "customer": ticket.customer,
        "score": response.score,
        # What looks like the place of a link in a customer's words is not one.
        "comment": comment.replace("{{", "{ {"),
        "link": settings.PUBLIC_URL + ticket.get_absolute_url(),
    }
    with translation.override(language):
        return _render("low_score", context)


def _to_customer(name: str, invitation: Invitation) -> tuple[str, str]:
    context = {
        "ticket": invitation.ticket,
        "customer": invitation.ticket.customer,
        "expires_at": invitation.expires_at,
        "link": link_place("survey", invitation.link_nonce),
    }
    with translation.override(invitation.language):
        return _render(name, context)


def _render(name: str, context: dict[str, Any]) -> tuple[str, str]:
    """The first line of the template is the subject."""
    text = render_to_string(
        f"surveys/mail/{name}.txt", {"site_name": gettext(settings.SITE_NAME), **context}
    ).strip()
    subject, _newline, body = text.partition("\n")
    return subject.strip()[:200], body.strip()
