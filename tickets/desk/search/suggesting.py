"""What is offered while somebody types into the search box."""

from typing import Any

from django.db.models import F, Max
from django.urls import reverse
from django.utils.http import urlencode

from common.search import IsAmong, matching, snippet
from customers.models import Customer
from knowledgebase.reading import search as search_articles
from staff.models import User
from tickets.choices import Status
from tickets.desk.search.operators import OPERATORS, Asker, fitting, operator_called, spoken
from tickets.desk.search.query import Asked, Part, parts_of, read_query
from tickets.desk.search.words import other_ways
from tickets.desk.words import Moments
from tickets.models import Message, Ticket
from tickets.rulebook import Rulebook

TICKETS, CUSTOMERS, ARTICLES, COMPLETIONS = 8, 4, 4, 20
# So many of the newest messages with the words are looked at: more tickets than are shown need no ranking.
NEWEST_MESSAGES = 60
LATELY = 6000


def offers(text: str, user: User, rulebook: Rulebook) -> dict[str, Any]:
    """Tickets, customers and articles that the text finds, with what may complete it and what is wrong with it."""
    asked, moments = read_query(text, user, rulebook), Moments()
    completions = _completions(text, Asker(user, rulebook, moments.now))
    return {
        "completions": completions,
        # What can still be completed is not wrong yet.
        "problems": () if completions else asked.problems,
        "tickets": _tickets(asked, user, moments),
        "customers": _customers(asked, user),
        "articles": _articles(asked, user),
    }


def _tickets(asked: Asked, user: User, moments: Moments) -> list[dict[str, Any]]:
    if asked.problems:
        return []
    visible = Ticket.objects.visible_to(user)
    tickets = asked.fulfilling(visible)
    if asked.words or asked.exact:
        found = _newest_with(asked, tickets, is_all=user.has_perm("tickets.view_any_ticket"))
        tickets = visible.filter(pk__in=found)
    elif not asked.conditions and not asked.without:
        return []
    columns = ("id", "subject", "status", "last_message_at", "customer__name")
    rows = list(tickets.order_by("-last_message_at", "-id").values(*columns)[:TICKETS])
    labels = {code: str(label) for code, label in Status.choices}
    # A number that was typed out is meant before all words that hold it.
    rows.sort(key=lambda row: f"HD-{row['id']:06d}" != asked.words.upper() and str(row["id"]) != asked.words)
    return [
        {
            "url": reverse("tickets:ticket", args=[row["id"]]),
            "number": f"HD-{row['id']:06d}",
            "subject": snippet(row["subject"], asked.words, length=200),
            "customer": row["customer__name"],
            "status": row["status"],
            "status_label": labels[row["status"]],
            "age": moments.age(row["last_message_at"]),
        }
        for row in rows
    ]


def _newest_with(asked: Asked, tickets: Any, *, is_all: bool) -> set[int]:
    """The keys of the tickets that the words find, of many hits only the newest."""
    found: set[int] = set()
    newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
    # A word that many tickets hold is found among the newest; for one that few hold the index is quick.
    for messages, are_few in (
        (Message.objects.filter(pk__gt=newest - LATELY), True),
        (Message.objects.all(), False),
    ):
        messages = matching(messages.order_by("-id"), asked.words, exact=asked.exact, are_few=are_few)
        if asked.conditions or asked.without or not is_all:
            messages = messages.filter(ticket__in=tickets.order_by())
        found = set(messages.values_list("ticket_id", flat=True)[:NEWEST_MESSAGES])
        if len(found) >= TICKETS:
            break
    if asked.is_plain:
        first, *rest = other_ways(asked.words)
        named = tickets.filter(IsAmong(F("pk"), first.union(*rest, all=True).query))
        found.update(named.order_by("-id").values_list("pk", flat=True)[:TICKETS])
    return found


def _customers(asked: Asked, user: User) -> list[dict[str, str]]:
    if (
        asked.problems
        or not asked.words
        or not asked.is_plain
        or not user.has_perm("customers.view_customer")
    ):
        return []
    found = Customer.objects.current().found_by(asked.words).select_related("segment")
    customers = list(found.order_by("-id").prefetch_related("identities")[:CUSTOMERS])
    shown = []
    for customer in customers:
        address = next((row.value for row in customer.identities.all()), "")
        query = urlencode({"q": f'from:"{address or customer.name}"'})
        shown.append(
            {
                "name": customer.name,
                "address": address,
                "segment": str(customer.segment or ""),
                "url": f"{reverse('tickets:queue', args=['all'])}?{query}",
            }
        )
    return shown


def _articles(asked: Asked, user: User) -> list[dict[str, Any]]:
    if asked.problems or not asked.words or not asked.is_plain:
        return []
    hits = search_articles(asked.words, user)[0][:ARTICLES]
    return [{"title": hit.title, "url": hit.shown.article.get_absolute_url()} for hit in hits]


def _completions(text: str, asker: Asker) -> list[dict[str, str]]:
    """How the last part of the text may go on: with an operator's name, or with one of its values."""
    last = next(iter(list(parts_of(text))[-1:]), None)
    if last is None or last.is_quoted or text[-1:].isspace():
        return []
    begun, no = text[: last.place], "-" if last.is_not else ""
    if last.name:
        return _values(last, f"{begun}{no}", asker)
    # A letter alone begins too many words to mean an operator.
    if len(last.value) < 2 and last.value.isascii():
        return []
    typed = tuple(spoken(last.value))
    started = [one for one in OPERATORS if any(name.startswith(typed) for name in spoken(*one.names))]
    return [{"label": f"{one.label}:", "fill": f"{begun}{no}{one.label}:"} for one in started]


def _values(last: Part, begun: str, asker: Asker) -> list[dict[str, str]]:
    operator = operator_called(last.name)
    known = operator.values(asker) if operator else []
    shown = fitting(last.value, known) if last.value else known
    if [one.label for one in shown] == [last.value]:
        return []
    return [
        {"label": f"{last.name}:{one.label}", "fill": f"{begun}{last.name}:{_written(one.label)} "}
        for one in shown[:COMPLETIONS]
    ]


def _written(label: str) -> str:
    return f'"{label}"' if " " in label else label
