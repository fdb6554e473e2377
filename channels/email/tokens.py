"""What ties an answer to its ticket: a token in the address that answers go to, and one in each Message-ID of ours.

Both are derived from a key outside the database, so that neither can be guessed, nor made by who reads the database.
"""

import base64
import hashlib
import hmac
import re
import uuid
from collections.abc import Iterable

from django.conf import settings

from tickets.models import SideConversation, Ticket

# Servers change the case of addresses at will: lower-case letters and digits only.
_IN_ADDRESS = re.compile(r"\+t(\d{1,18})-([a-z2-7]{24})@", re.IGNORECASE)
_IN_SIDE_ADDRESS = re.compile(r"\+s(\d{1,18})-([a-z2-7]{24})@", re.IGNORECASE)
# Short, so that the header fits on one line: not every server puts a folded one together again.
_IN_MESSAGE_ID = re.compile(r"<([a-z2-7]{26})\.([a-z2-7]{16})@[^<>\s]{1,255}>", re.IGNORECASE)


def reply_address(address: str, ticket: Ticket) -> str:
    """The address with the ticket's token: mail to it belongs to the ticket, whoever sends it."""
    local, _at, domain = address.rpartition("@")
    return f"{local}+t{ticket.pk}-{_ticket_mac(ticket)}@{domain}"


def ticket_named_by(addresses: Iterable[str]) -> Ticket | None:
    """The ticket whose token stands in one of the addresses; a token that is not ours names none."""
    for address in addresses:
        if (found := _IN_ADDRESS.search(address)) is None:
            continue
        ticket = Ticket.objects.select_related("customer").filter(pk=int(found[1])).first()
        if ticket is not None and hmac.compare_digest(found[2].lower(), _ticket_mac(ticket)):
            return ticket
    return None


def side_address(address: str, side: SideConversation) -> str:
    """The address with the token of a side conversation: mail to it is a third party's answer."""
    local, _at, domain = address.rpartition("@")
    return f"{local}+s{side.pk}-{_side_mac(side)}@{domain}"


def side_named_by(addresses: Iterable[str]) -> SideConversation | None:
    """The side conversation whose token stands in one of the addresses."""
    for address in addresses:
        if (found := _IN_SIDE_ADDRESS.search(address)) is None:
            continue
        side = SideConversation.objects.select_related("ticket__customer").filter(pk=int(found[1])).first()
        if side is not None and hmac.compare_digest(found[2].lower(), _side_mac(side)):
            return side
    return None


def own_message_id(delivery_key: uuid.UUID, host: str) -> str:
    """The Message-ID of a mail of ours."""
    key = _letters(delivery_key.bytes)
    return f"<{key}.{_message_mac(key)}@{host}>"


def delivery_keys_in(identifiers: Iterable[str]) -> list[uuid.UUID]:
    """The keys of our own mails among Message-IDs, in their order; others' and forged ones are left out."""
    keys = []
    for identifier in identifiers:
        found = _IN_MESSAGE_ID.fullmatch(identifier.strip())
        if found and hmac.compare_digest(found[2].lower(), _message_mac(found[1].lower())):
            keys.append(uuid.UUID(bytes=base64.b32decode(found[1].upper() + "======")))
    return keys


def _ticket_mac(ticket: Ticket) -> str:
    return _mac("reply", f"{ticket.pk}:{ticket.link_nonce}")


def _side_mac(side: SideConversation) -> str:
    return _mac("side", f"{side.pk}:{side.link_nonce}")


def _message_mac(key: str) -> str:
    return _mac("message", key)[:16]


def _mac(purpose: str, text: str) -> str:
    digest = hmac.new(settings.LINK_KEY.encode(), f"mail-{purpose}:{text}".encode(), hashlib.sha256).digest()
    return _letters(digest[:15])


def _letters(data: bytes) -> str:
    return base64.b32encode(data).decode().lower().rstrip("=")
