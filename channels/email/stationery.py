"""By which mailbox a message leaves, under which name, and with which signature below it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import formataddr, parseaddr
from functools import cached_property

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import Exact, IsNull
from django.utils.html import escape, linebreaks
from django.utils.translation import gettext

from channels.models import Mailbox, ReceivedMail, SenderName, Signature
from tickets.choices import MessageKind
from tickets.mails import PLACE
from tickets.models import Message

_TO_OTHERS = (Message.Purpose.STAFF, Message.Purpose.SIDE)


@dataclass
class Stationery:
    """The mailboxes in use and the signatures, read once for many messages."""

    in_use: dict[int, Mailbox]
    signatures: dict[tuple[int | None, str], Signature]
    # The mailbox that a ticket's customer wrote to last, by the ticket; None where he wrote no mail.
    _written_to: dict[int, Mailbox | None] = field(default_factory=dict)

    @classmethod
    def read(cls) -> "Stationery":
        """As they are now; two queries."""
        active = {box.pk: box for box in Mailbox.objects.filter(is_active=True).order_by("id")}
        return cls(active, {(row.team_id, row.language): row for row in Signature.objects.all()})

    @cached_property
    def by_team(self) -> dict[int, Mailbox]:
        """The mailbox of each team: of several the first."""
        return {box.team_id: box for box in reversed(self.in_use.values()) if box.team_id}

    @cached_property
    def default(self) -> Mailbox | None:
        """The first mailbox that belongs to no team."""
        return next((box for box in self.in_use.values() if box.team_id is None), None)

    def look_up(self, messages: Iterable[Message]) -> None:
        """Learn at once which mailboxes the customers of these messages wrote to; one query."""
        tickets = {
            message.ticket_id for message in messages if _is_to_customer(message)
        } - self._written_to.keys()
        found = self._mails().filter(message__ticket__in=tickets).order_by("id")
        newest = dict(found.values_list("message__ticket", "mailbox"))
        self._written_to.update({ticket: self.in_use.get(newest.get(ticket, 0)) for ticket in tickets})

    def mailbox_of(self, message: Message) -> Mailbox | None:
        """The mailbox by which it leaves; None is the installation's own address and server.

        The customer gets his answers from where he wrote to; others, and who wrote no mail, from the team's mailbox.
        """
        if _is_to_customer(message):
            self.look_up([message])
            if box := self._written_to[message.ticket_id]:
                return box
        return self.by_team.get(message.ticket.team_id or 0, self.default)

    def sent_by(self, mailbox: Mailbox | None) -> Q:
        """Which messages leave by this mailbox."""
        if not self.in_use:
            return Q()
        newest = (
            self._mails().filter(message__ticket=OuterRef("ticket")).order_by("-id").values("mailbox")[:1]
        )
        to_others = Q(purpose__in=_TO_OTHERS)
        if mailbox is not None and self.by_team.get(mailbox.team_id or 0) == mailbox:
            by_team = Q(ticket__team=mailbox.team_id)
        elif mailbox == self.default:
            by_team = Q(ticket__team__isnull=True) | ~Q(ticket__team__in=list(self.by_team))
        else:
            by_team = Q(pk=0)
        by_rule = by_team & (to_others | Q(IsNull(Subquery(newest), True)))
        return by_rule if mailbox is None else by_rule | ~to_others & Q(Exact(Subquery(newest), mailbox.pk))

    def _mails(self) -> QuerySet[ReceivedMail]:
        return ReceivedMail.objects.filter(message__kind=MessageKind.CUSTOMER, mailbox__in=list(self.in_use))

    def signature_of(self, message: Message) -> tuple[str, str]:
        """What stands below a reply, as text and as HTML; empty for what no person wrote."""
        if not is_by_person(message) or message.author is None:
            return "", ""
        keys = ((team, message.language) for team in (message.ticket.team_id, None))
        found = next((self.signatures[key] for key in keys if key in self.signatures), None)
        if found is None:
            return "", ""
        site = gettext(settings.SITE_NAME)
        values = {
            "agent": message.author.display_name, "team": str(message.ticket.team or site), "site": site,
        }  # fmt: skip
        text = _fill(found.text, values)
        own = _fill(found.html, {name: escape(value) for name, value in values.items()})
        return text, own or linebreaks(escape(text), autoescape=False)


def _is_to_customer(message: Message) -> bool:
    return message.purpose not in _TO_OTHERS


def is_by_person(message: Message) -> bool:
    """Whether a colleague wrote it: a reply, or to a third party."""
    return message.kind == MessageKind.REPLY or message.purpose == Message.Purpose.SIDE


def sender_address(mailbox: Mailbox | None) -> str:
    """The bare address that mail comes from."""
    return mailbox.address if mailbox else parseaddr(settings.DEFAULT_FROM_EMAIL)[1]


def sender(message: Message, mailbox: Mailbox | None = None) -> str:
    """The mailbox's address, under the name that a manager chose, the agent's, or the team's."""
    return formataddr((" ".join(_name(message, mailbox).split()), sender_address(mailbox)), charset="utf-8")


def _name(message: Message, mailbox: Mailbox | None) -> str:
    site = gettext(settings.SITE_NAME)
    if message.sender_name:
        return message.sender_name
    if is_by_person(message) and message.author:
        if mailbox is None or mailbox.sender_name == SenderName.AGENT:
            return _joined([message.author.display_name, site])
        return _joined([str(message.ticket.team or ""), site])
    if mailbox is not None:
        return mailbox.name
    name = parseaddr(settings.DEFAULT_FROM_EMAIL)[0]
    # The name a desk has before it is given one is a word, and translated.
    return gettext(name) if name else ""


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)


def _fill(text: str, values: dict[str, str]) -> str:
    return PLACE.sub(lambda found: values.get(found[1], found[0]), text)
