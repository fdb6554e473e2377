"""Who gets a message besides its recipient: copies, open or blind, each with how its delivery went.

They are kept on the message as plain dictionaries, so that pages show them without another query and one write says
how a mail went for everybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tickets.choices import Delivery

CC, BCC = "cc", "bcc"
# Further people than these are a mailing list.
MOST_COPIES = 20


@dataclass(frozen=True)
class Refusal:
    """What a server said about one recipient."""

    is_permanent: bool
    words: str


def new_copies(cc: Iterable[str], bcc: Iterable[str], *, besides: str = "") -> list[dict[str, str]]:
    """Copies to be sent, each address once; nobody gets one `besides` the mail itself."""
    seen, copies = {besides.lower()}, []
    for kind, addresses in ((CC, cc), (BCC, bcc)):
        for address in addresses:
            if address.lower() not in seen:
                seen.add(address.lower())
                copies.append({"as": kind, "address": address, "delivery": str(Delivery.QUEUED), "error": ""})
    return copies[:MOST_COPIES]


def addresses_as(copies: Iterable[Mapping[str, Any]], kind: str) -> list[str]:
    """The addresses of one kind of copies."""
    return [copy["address"] for copy in copies if copy["as"] == kind]


def waiting(copies: Iterable[Mapping[str, Any]]) -> list[str]:
    """The addresses whose copies have not gone out and were not given up."""
    return [copy["address"] for copy in copies if copy["delivery"] == Delivery.QUEUED]


def settled(copies: list[dict[str, str]], delivery: str, error: str = "") -> list[dict[str, str]]:
    """The copies with all that waited now in this state."""
    return [
        {**copy, "delivery": delivery, "error": error} if copy["delivery"] == Delivery.QUEUED else copy
        for copy in copies
    ]


def refused_among(copies: list[dict[str, str]], refused: Mapping[str, Refusal]) -> list[dict[str, str]]:
    """The copies of a mail that was taken for all but the refused: those are given up, or wait for another attempt."""
    found = []
    for copy in copies:
        refusal = refused.get(copy["address"])
        if copy["delivery"] != Delivery.QUEUED:
            found.append(copy)
        elif refusal is None:
            found.append({**copy, "delivery": str(Delivery.SENT), "error": ""})
        else:
            state = Delivery.FAILED if refusal.is_permanent else Delivery.QUEUED
            found.append({**copy, "delivery": str(state), "error": refusal.words[:300]})
    return found
