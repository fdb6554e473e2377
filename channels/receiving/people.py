"""Who sent a mail: a customer by his exact address, and never a colleague."""

import re
from collections.abc import Set
from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings

from channels.email.authentication import FAILED
from channels.models import Mailbox, Reason
from channels.receiving.reading import ReadMail
from common.folding import CJK, fold_characters
from customers.models import Customer
from customers.normalize import normalize_identity
from customers.services import find_or_create_customer

_HAN = re.compile(f"[{CJK}]")


@dataclass(frozen=True)
class Sender:
    """The address a mail came from, and whether it may stand for the customer who has it."""

    address: str
    name: str
    # The mailbox's own server has found that the mail does not come from there.
    is_doubtful: bool

    @property
    def is_usable(self) -> bool:
        """Whether the address names a customer: one that is confirmed or at least not refuted, and well-formed."""
        if self.is_doubtful:
            return False
        try:
            normalize_identity("email", self.address)
        except ValueError:
            return False
        return len(self.address) <= 254


def sender_of(read: ReadMail, own_addresses: Set[str]) -> tuple[Sender | None, str]:
    """The one sender of a mail; or None and the reason why nobody can be taken for it."""
    if read.doubts:
        return None, read.doubts[0]
    if not read.from_address:
        return None, Reason.NO_SENDER
    address, name = read.from_address.lower(), read.from_name
    if address in own_addresses:
        # A form on one's own site writes in one's own name, and says whom to answer.
        others = {one.lower() for one in read.reply_to} - own_addresses
        if len(others) != 1:
            return None, Reason.FROM_OURSELVES
        address = others.pop()
    return Sender(address, name, read.check == FAILED), ""


def own_addresses() -> frozenset[str]:
    """The addresses by which mail of ours leaves."""
    installation = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()
    return frozenset([installation, *Mailbox.objects.values_list("address", flat=True)])


def customer_of(sender: Sender, mailbox: Mailbox, text: str) -> Customer:
    """The customer with the sender's address, made if nobody has it.

    Of a sender who cannot be believed each mail makes a stranger without an address: he sees and gets nothing.
    """
    language = language_of(text, mailbox.language)
    if sender.is_usable:
        return find_or_create_customer(
            name=sender.name, kind="email", value=sender.address, language=language, has_written=True
        )
    name = (sender.name or sender.address)[: Customer._meta.get_field("name").max_length]
    return Customer.objects.create(name=name, language=language)


def language_of(text: str, usual: str) -> str:
    """The language that a text is written in, as far as its characters show it; else the usual one."""
    text = text[:2_000]
    han = "".join(_HAN.findall(text))
    if len(han) < 2:
        return "en" if len(re.findall(r"[A-Za-z]{2,}", text)) >= 3 else usual
    changed = sum(1 for one, other in zip(han, fold_characters(han), strict=False) if one != other)
    if changed:
        return "zh-hant" if changed > len(han) / 40 else "zh-hans"
    # Without a character that differs it may be either.
    return usual if usual.startswith("zh") else "zh-hans"
