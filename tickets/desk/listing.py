"""One page of a queue: cut by key, with its rows in words and the queues' counts beside it."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import IntegerField, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from catalog.choices import Channel, Priority
from staff.models import User
from tickets.choices import PromiseKind, Status
from tickets.desk.filters import Filters
from tickets.desk.queues import QUEUES, Queue
from tickets.desk.search import read_query
from tickets.desk.words import Moments
from tickets.models import NEVER, Ticket
from tickets.querysets import TicketQuerySet
from tickets.rulebook import Rulebook

PAGE = 50
COUNTS_TO = 99
# Beyond so many warnings it no longer matters who has how many.
SPLIT_TO = 1000
# A list older than this is written anew even if no ticket changed: its clocks and ages have.
STALE_AFTER = timedelta(seconds=55)
# A change may be committed a little after the moment it is stamped with.
COMMITS_WITHIN = timedelta(seconds=5)

_COLUMNS = (
    "id", "subject", "status", "priority", "category_id", "team_id", "team__name", "assignee__display_name",
    "assignee__email", "customer__name", "customer__segment__code", "last_message_at", "awaits_reply", "due_at",
    "queue_at", "is_major", "due_kind", "channel", "version",
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """The rows of one page, and the keys of the pages before and after it."""

    rows: list[dict[str, Any]]
    before: str = ""
    after: str = ""


def tickets_of(queue: Queue, filters: Filters, user: User, rulebook: Rulebook) -> TicketQuerySet:
    """The tickets of a queue that the user may see and the filters let through."""
    tickets = queue.of(Ticket.objects.visible_to(user), user)
    tickets = filters.narrow(tickets, user, rulebook)
    return read_query(filters.search, user, rulebook).narrow(tickets) if filters.search else tickets


def cut(
    tickets: TicketQuerySet, order: tuple[str, str], *, after: str = "", before: str = "",
    more: tuple[str, ...] = (),
) -> Page:  # fmt: skip
    """The page after or before a key, in the queue's order; one query (two at the start of a shrunk list).

    `more` are columns besides those that a queue shows.
    """
    tickets, columns = tickets.order_by(*order), (*_COLUMNS, *more)
    if after_key := _read_key(after):
        rows = list(_beyond(tickets, order, after_key).values(*columns)[: PAGE + 1])
        shown = rows[:PAGE]
        return Page(shown, _key(shown[0], order) if shown else "", _key_if(len(rows) > PAGE, shown, order))
    if before_key := _read_key(before):
        turned = (_turn(order[0]), _turn(order[1]))
        rows = list(_beyond(tickets.order_by(*turned), turned, before_key).values(*columns)[: PAGE + 1])
        if len(rows) >= PAGE:
            shown = rows[:PAGE][::-1]
            return Page(shown, _key(shown[0], order) if len(rows) > PAGE else "", _key(shown[-1], order))
    rows = list(tickets.values(*columns)[: PAGE + 1])
    return Page(rows[:PAGE], "", _key_if(len(rows) > PAGE, rows[:PAGE], order))


def first_rows(tickets: TicketQuerySet, most: int) -> list[dict[str, Any]]:
    """The first rows as `cut` reads them, for a list that has no pages; one query."""
    return list(tickets.values(*_COLUMNS)[:most])


def _beyond(tickets: TicketQuerySet, order: tuple[str, str], key: tuple[datetime, int]) -> TicketQuerySet:
    name, way = order[0].lstrip("-"), "lt" if order[0].startswith("-") else "gt"
    moment, pk = key
    # The first condition alone lets the index begin at the key; an OR of two would not.
    return tickets.filter(
        Q(**{f"{name}__{way}": moment}) | Q(**{f"id__{way}": pk}), **{f"{name}__{way}e": moment}
    )


def _turn(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _key(row: dict[str, Any], order: tuple[str, str]) -> str:
    moment = row[order[0].lstrip("-")] - datetime(1970, 1, 1, tzinfo=UTC)
    return f"{moment // timedelta(microseconds=1)}-{row['id']}"


def _key_if(has_more: bool, rows: list[dict[str, Any]], order: tuple[str, str]) -> str:
    return _key(rows[-1], order) if has_more else ""


def _read_key(key: str) -> tuple[datetime, int] | None:
    moment, _dash, pk = key.partition("-")
    if not (key.isascii() and moment.isdigit() and pk.isdigit() and len(key) < 40):
        return None
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(moment)), int(pk)
    except OverflowError:
        return None


def in_words(rows: list[dict[str, Any]], rulebook: Rulebook) -> list[dict[str, Any]]:
    """Add to each row the words its line shows; everything that is the same for many rows is worked out once."""
    moments = Moments()
    statuses, priorities, channels, promises = (
        {code: str(label) for code, label in choices.choices} for choices in (Status, Priority, Channel, PromiseKind)
    )  # fmt: skip
    used = {row["category_id"] for row in rows} & rulebook.categories.keys()
    categories = {pk: rulebook.categories[pk].label for pk in used}
    teams = {pk: team.label for pk, team in rulebook.teams.items()}
    front, back = reverse("tickets:ticket", args=[0]).split("0")
    for row in rows:
        last, due = row["last_message_at"], row["due_at"]
        row.update(
            url=f"{front}{row['id']}{back}", number=f"HD-{row['id']:06d}", status_label=statuses[row["status"]],
            priority_label=priorities.get(row["priority"], ""), category=categories.get(row["category_id"], ""),
            channel_label=channels.get(row["channel"], ""), team=teams.get(row["team_id"], row["team__name"]),
            customer=row["customer__name"], assignee=row["assignee__display_name"] or row["assignee__email"],
            is_vip=row["customer__segment__code"] == "vip", age=moments.age(last), age_full=moments.full(last),
        )  # fmt: skip
        if due < NEVER:
            row.update(
                due=moments.due(due), due_full=moments.full(due), due_class=moments.urgency(due),
                due_label=promises.get(row["due_kind"], ""),
            )  # fmt: skip
    return rows


def counts_by_team(tickets: TicketQuerySet, rulebook: Rulebook) -> list[tuple[str, str, str]]:
    """How many of the tickets each team has, as (key, name, count), the most first; one query of bounded work."""
    found = list(tickets.order_by().values_list("team", flat=True)[:SPLIT_TO])
    more = "+" if len(found) == SPLIT_TO else ""
    return [
        (
            str(pk or "none"),
            rulebook.teams[pk].label if pk in rulebook.teams else gettext("No team"),
            f"{count}{more}",
        )
        for pk, count in Counter(found).most_common()
    ]


class CountUpTo(Subquery):
    """How many rows a cut queryset has, counted inside another query."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    # Somebody without teams: Django knows that nothing can be found and leaves the query out.
    empty_result_set_value = 0


def queue_counts(user: User) -> dict[str, str]:
    """How many tickets are in each counted queue, up to “99+”; one query whose work is bounded."""
    visible = Ticket.objects.visible_to(user)
    counted = [queue for queue in QUEUES.values() if queue.is_counted]
    counts = [
        CountUpTo(queue.of(visible, user).order_by().values("pk")[: COUNTS_TO + 1]) for queue in counted
    ]
    numbers = User.objects.filter(pk=user.pk).order_by().values_list(*counts).first() or ()
    return {
        queue.name: f"{COUNTS_TO}+" if number > COUNTS_TO else str(number)
        for queue, number in zip(counted, numbers, strict=False)
    }


def new_mark() -> str:
    """What a list carries to say how new it is."""
    return str(int(timezone.now().timestamp() * 1_000_000))


def unchanged_since(mark: str) -> datetime | None:
    """Since when no ticket may have changed if a list with this mark should look the same; None if it does not."""
    if not (mark.isascii() and mark.isdigit() and len(mark) < 18):
        return None
    shown_at = datetime.fromtimestamp(int(mark) / 1_000_000, tz=UTC)
    return shown_at - COMMITS_WITHIN if timezone.now() - shown_at <= STALE_AFTER else None


def is_unchanged(mark: str) -> bool:
    """Whether a list with this mark would still look the same; one query."""
    since = unchanged_since(mark)
    # A ticket that left the list changed too, wherever it is now: so all tickets are asked, not only one's own.
    return since is not None and not Ticket.objects.filter(updated_at__gt=since).exists()
