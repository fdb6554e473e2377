"""By which mailbox a message leaves, under which name, and with which signature below it."""

from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.db.models import Q
from django.utils.html import escape, linebreaks
from django.utils.translation import gettext

from channels.models import Mailbox, SenderName, Signature
from tickets.choices import MessageKind
from tickets.mails import PLACE
from tickets.models import Message


@dataclass(frozen=True)
class Stationery:
    """The mailboxes in use and the signatures, read once for many messages."""

    mailboxes: dict[int, Mailbox]
    default: Mailbox | None
    signatures: dict[tuple[int | None, str], Signature]

    @classmethod
    def read(cls) -> "Stationery":
        """As they are now; two queries."""
        active = list(Mailbox.objects.filter(is_active=True).order_by("id"))
        # Of several that belong to no team, or to the same one, the first.
        by_team = {box.team_id: box for box in reversed(active) if box.team_id}
        default = next((box for box in active if box.team_id is None), None)
        return cls(by_team, default, {(row.team_id, row.language): row for row in Signature.objects.all()})

    def mailbox_of(self, message: Message) -> Mailbox | None:
        """The mailbox by which it leaves; None is the installation's own address and server."""
        return self.mailboxes.get(message.ticket.team_id or 0, self.default)

    def sent_by(self, mailbox: Mailbox | None) -> Q:
        """Which messages leave by this mailbox."""
        if mailbox is not None and mailbox.team_id:
            return Q(ticket__team=mailbox.team_id)
        return Q(ticket__team__isnull=True) | ~Q(ticket__team__in=list(self.mailboxes))

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
