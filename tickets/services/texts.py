"""What the desk says by itself, in the reader's language and time zone, in a manager's words where he wrote some."""

import zoneinfo
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from common.links import link_place
from common.wording import listed
from tickets.choices import PromiseKind
from tickets.mails import Mail, Words, delivered_words, filled
from tickets.models import Promise, Ticket
from tickets.rulebook import Rulebook, current_rulebook


def acknowledgement_words(ticket: Ticket, answer_due_at: datetime | None, rulebook: Rulebook) -> Words:
    """That the ticket was received, its number, its link, and when to expect an answer."""
    zone = zoneinfo.ZoneInfo(ticket.customer.time_zone)
    with translation.override(ticket.language), timezone.override(zone):
        due = {"due": _moment(answer_due_at), "time_zone": ticket.customer.time_zone_name}
    return words_to_customer(Mail.ACKNOWLEDGEMENT, ticket, rulebook=rulebook, **due)


def resolution_words(ticket: Ticket, rulebook: Rulebook) -> Words:
    """That the ticket is resolved, and how to confirm it or open it again."""
    return words_to_customer(Mail.RESOLVED, ticket, rulebook=rulebook)


def words_to_customer(
    mail: Mail, ticket: Ticket, *, language: str = "", link: str = "", rulebook: Rulebook | None = None,
    **values: Any,
) -> Words:  # fmt: skip
    """A mail about the ticket to its customer; `link` is the place of another link than the ticket's own."""
    language = language or ticket.language
    link = link or link_place("ticket", ticket.link_nonce)
    return written(
        mail, ticket, language, rulebook=rulebook, customer=ticket.customer.name, link=link, **values
    )


def warning_words(
    promise: Promise, ticket: Ticket, language: str, *, is_late: bool, told: list[Any], rulebook: Rulebook
) -> Words:
    """That a promise is or will soon be overdue, for a colleague; his time zone is the active one."""
    with translation.override(language):
        kind = promise.get_kind_display()
        about = {"number": ticket.number, "kind": kind}
        late, soon = (
            gettext("%(number)s: %(kind)s is overdue"),
            gettext("%(number)s: %(kind)s falls due soon"),
        )
        holder = (
            gettext("%(name)s has it.") % {"name": ticket.assignee}
            if ticket.assignee
            else gettext("Nobody has it.")
        )
        due = date_format(timezone.localtime(promise.due_at), "SHORT_DATETIME_FORMAT")
        people = listed(str(person) for person in told) if len(told) > 1 else ""
    return written(
        Mail.ESCALATION, ticket, language, rulebook=rulebook, warning=(late if is_late else soon) % about,
        promise=kind, due=due, holder=holder, told=people,
    )  # fmt: skip


def written(
    mail: Mail, ticket: Ticket, language: str, *, rulebook: Rulebook | None = None, **values: Any
) -> Words:
    """A mail about the ticket in a language, with the values that all mails have besides its own."""
    rulebook = rulebook or current_rulebook()
    words = rulebook.mail_words.get((mail, language)) or delivered_words(mail, language)
    with translation.override(language):
        site = gettext(settings.SITE_NAME)
    known = {"number": ticket.number, "subject": ticket.subject, "site": site, "team": ticket.team or site}
    return filled(words, known | values)


def example_words(mail: Mail, ticket: Ticket, language: str, reader: Any) -> Words:
    """The mail as it would be about this ticket; what the ticket does not have (a score, a day) is made up."""
    zone, now = zoneinfo.ZoneInfo(ticket.customer.time_zone), timezone.now()
    promise = ticket.promises.order_by("-id").first() or Promise(kind=PromiseKind.RESOLUTION, due_at=now)
    if mail == Mail.ESCALATION:
        return warning_words(
            promise,
            ticket,
            language,
            is_late=now > promise.due_at,
            told=[reader],
            rulebook=current_rulebook(),
        )
    with translation.override(language), timezone.override(zone):
        values: dict[str, Any] = {
            "due": _moment(promise.due_at),
            "time_zone": ticket.customer.time_zone_name,
            "expires": date_format(timezone.localtime(now + timedelta(days=14)), "SHORT_DATE_FORMAT"),
            "score": 2,
            "comment": gettext("In the customer's words:") + "\n" + gettext("Nobody called me back."),
        }
    return words_to_customer(mail, ticket, language=language, **values)


def _moment(moment: datetime | None) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else ""
