"""What an automation rule does to a ticket; the caller holds the row and the transaction."""

import zoneinfo

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from common.wording import listed
from tickets.choices import Delivery, EventKind, MessageKind
from tickets.models import AutomationRule, Message, ReplyTemplate, Ticket
from tickets.services.actions import Work, changes_of, do_all, step_of
from tickets.services.announcing import say_automatically
from tickets.services.door import lock
from tickets.services.refusal import StepRefused
from tickets.services.stage_actions import GATHERING, people_to_tell
from tickets.services.templates import fill, open_marks
from tickets.services.turn import Turn, email_of


def act(rule: AutomationRule, ticket: Ticket) -> None:
    """Do all that the rule says, with an event that names it before; raise StepRefused and nothing is done."""
    turn = Turn(ticket, actor=None, is_quiet=True)
    turn.record(EventKind.AUTOMATION, rule=rule.pk, name=rule.name)
    turn.close()
    works: list[Work] = []
    if rule.tells_somebody:
        # Before the ticket is given away: who has it now is told.
        works.append((_("Tell"), lambda: _tell(rule, ticket)))
    works += changes_of(rule, ticket, actor=None)
    if template_id := rule.template_id:
        works.append((_("Write to the customer"), lambda: _write(template_id, ticket)))
    do_all([*works, *step_of(rule, ticket, actor=None)])


def _write(template_id: int, ticket: Ticket) -> None:
    with translation.override(ticket.language):
        site_name = _(settings.SITE_NAME)
    # Read anew: the rule is kept in memory, its words are not.
    text = fill(ReplyTemplate.objects.prefetch_related("texts").get(pk=template_id), ticket, site_name)
    if marks := open_marks(text):
        raise StepRefused(
            [_("The text has %(marks)s where the ticket has nothing.") % {"marks": listed(marks)}]
        )
    if text:
        address = email_of(ticket.customer)
        say_automatically(ticket, text, purpose=Message.Purpose.PROGRESS, recipient=address)


def _tell(rule: AutomationRule, ticket: Ticket) -> None:
    """One note, which is mailed to each in his own language."""
    turn = Turn(lock(ticket), actor=None, is_quiet=True)
    for place, person in enumerate(people_to_tell(ticket, rule)):
        with translation.override(person.language), timezone.override(zoneinfo.ZoneInfo(person.time_zone)):
            subject = _("%(number)s: %(rule)s") % {"number": ticket.number, "rule": rule.label}
            body = _("The rule “%(rule)s” ran on %(number)s “%(subject)s”: %(url)s") % {
                "rule": rule.label, "number": ticket.number, "subject": ticket.subject,
                "url": settings.PUBLIC_URL + ticket.get_absolute_url(),
            }  # fmt: skip
        turn.say(
            MessageKind.NOTE, body, recipient=person.email, purpose=Message.Purpose.STAFF, subject=subject[:200],
            language=person.language, delivery=Delivery.QUEUED, next_attempt_at=turn.now + GATHERING,
            is_copy=place > 0,
        )  # fmt: skip
    turn.close()
