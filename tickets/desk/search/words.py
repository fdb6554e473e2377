"""Finding tickets by what is written on them, by their number, and by who wrote."""

import re
from collections.abc import Iterable

from django.db.models import F, QuerySet

from common.search import IsAmong, matching
from customers.models import Customer, Identity, Order
from customers.normalize import normalize_identity
from tickets.models import Message, Ticket
from tickets.querysets import TicketQuerySet

# More customers of one name than this are not told apart by their name anyway.
MOST_CUSTOMERS = 200
NUMBER = re.compile(r"(?:hd)?-?0*(\d{1,12})", re.IGNORECASE)
_ADDRESS = re.compile(r"\+?[\d\s\-().（）]{5,}|\S+@\S+")


def find(tickets: TicketQuerySet, text: str) -> TicketQuerySet:
    """Those of the tickets that the text finds: by words of subject and messages, number, customer or order."""
    text = text.strip()
    found = matching(Message.objects.order_by(), text).values("ticket_id")
    # A ticket that is found twice need not be told from one found once.
    return tickets.filter(IsAmong(F("pk"), found.union(*other_ways(text), all=True).query))


def holding(tickets: TicketQuerySet, words: str, exact: Iterable[str]) -> TicketQuerySet:
    """Those of the tickets on which one message holds all the words, and the exact texts as they are."""
    found = matching(Message.objects.order_by(), words, exact=exact).values("ticket_id")
    return tickets.filter(IsAmong(F("pk"), found.query))


def other_ways(text: str) -> list[QuerySet]:
    """Keys of tickets that a text names otherwise than by words: by number, by customer, by order."""
    others: list[QuerySet] = []
    rows = Ticket.objects.order_by()
    if number := NUMBER.fullmatch(text):
        others.append(rows.filter(pk=int(number[1])).values("pk"))
    if _ADDRESS.fullmatch(text):
        customers = Identity.objects.filter(value__in=_addresses(text)).order_by().values("customer")
        others.append(rows.filter(customer__in=customers).values("pk"))
    else:
        named = matching(Customer.objects.order_by(), text).values("pk")[:MOST_CUSTOMERS]
        others.append(rows.filter(customer__in=named).values("pk"))
    orders = Order.objects.filter(number__in={text, text.upper()}).order_by().values("pk")
    others.append(rows.filter(order__in=orders).values("pk"))
    return others


def _addresses(text: str) -> set[str]:
    found = {text}
    for kind in ("email", "phone"):
        try:
            found.add(normalize_identity(kind, text))
        except ValueError:
            continue
    return found
