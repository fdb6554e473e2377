"""One page of a saved view: its tickets with the columns it shows, and the views' counts in the side."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from staff.models import User
from tickets.desk.filters import Filters
from tickets.desk.listing import CountUpTo, Page, cut
from tickets.desk.listing import in_words as rows_in_words
from tickets.desk.words import Moments
from tickets.models import SavedView, Ticket
from tickets.querysets import TicketQuerySet
from tickets.rulebook import Rulebook
from tickets.viewing.asking import Asked, ask, in_words, names_of, narrow
from tickets.viewing.conditions import IS, Condition
from tickets.viewing.fields import COLUMNS, DEFAULT_ORDER, FIELDS, ORDERS, TEXT

COUNTS_TO = 500
# So many are in the side with their counts; the page of all views has the others.
IN_THE_SIDE = 20
# A count may be a little older than the list.
COUNTED_FOR_SECONDS = 30
_MORE = ("created_at", "updated_at", "language", "customer__segment_id")


@dataclass(frozen=True)
class Shown:
    """A view as one person sees it now."""

    view: SavedView
    asked: Asked
    tickets: TicketQuerySet


def show(view: SavedView, user: User, rulebook: Rulebook) -> Shown:
    """The view's tickets that the user may see, not read yet; a query where the view names people."""
    asked = ask(view, rulebook, names_of([view]))
    return Shown(view, asked, narrow(Ticket.objects.visible_to(user), asked, user, rulebook))


def order_of(view: SavedView) -> tuple[str, str]:
    """The order its pages are cut in; one that is not known any more is the usual one."""
    return ORDERS.get(view.order, ORDERS[DEFAULT_ORDER])[1]


def columns_of(view: SavedView) -> list[tuple[str, Any]]:
    """The columns it shows, as (code, label); what is not known any more is left out."""
    chosen = view.columns if isinstance(view.columns, list) else []
    return [(code, label) for code, label in COLUMNS.items() if code in chosen]


def page_of(shown: Shown, rulebook: Rulebook, *, after: str = "", before: str = "") -> Page:
    """One page of the view with each row in words; a query more where the tags are shown."""
    page = cut(shown.tickets, order_of(shown.view), after=after, before=before, more=_MORE)
    rows_in_words(page.rows, rulebook)
    columns = [code for code, _label in columns_of(shown.view)]
    tags = _tags_of([row["id"] for row in page.rows], rulebook) if "tags" in columns else {}
    moments = Moments()
    languages = {code: get_language_info(code)["name_local"] for code, _name in settings.LANGUAGES}
    for row in page.rows:
        segment = rulebook.segments.get(row["customer__segment_id"])
        row["tags"] = tags.get(row["id"], [])
        row["cells"] = [
            _cell(code, row, moments, segment.label if segment else "", languages) for code in columns
        ]
    return page


def _tags_of(keys: list[int], rulebook: Rulebook) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    pairs = Ticket.tags.through.objects.filter(ticket__in=keys).values_list("ticket", "tag").order_by("tag")
    for ticket, tag in pairs:
        if tag in rulebook.tags:
            found.setdefault(ticket, []).append(rulebook.tags[tag].label)
    return found


def _cell(
    code: str, row: dict[str, Any], moments: Moments, segment: str, languages: dict[str, str]
) -> dict[str, Any]:
    if code in ("created", "changed"):
        moment = row["created_at" if code == "created" else "updated_at"]
        return {"code": code, "words": moments.short(moment), "title": moments.full(moment)}
    words = {
        "status": row["status_label"], "category": row["category"] or _("Not classified"),
        "priority": row["priority_label"], "team": row["team"] or "", "assignee": row["assignee"] or _("Nobody"),
        "segment": segment, "channel": row["channel_label"], "language": languages.get(row["language"], ""),
        "tags": "", "last_message": row["age"], "due": row.get("due", ""),
    }  # fmt: skip
    titles = {"last_message": row["age_full"], "due": row.get("due_full", "")}
    return {"code": code, "words": words[code], "title": titles.get(code, "")}


def view_links(user: User, rulebook: Rulebook, current: str = "") -> list[dict[str, Any]]:
    """The views in the side with their counts: two queries and what the cache needs."""
    views = list(SavedView.objects.visible_to(user).in_order()[: IN_THE_SIDE + 1])
    counts = view_counts(views[:IN_THE_SIDE], user, rulebook)
    return [
        {
            "view": view,
            "url": (url := view.get_absolute_url()),
            "is_current": url == current,
            "count": counts.get(view.pk, ""),
        }
        for view in views
    ]


def view_counts(views: list[SavedView], user: User, rulebook: Rulebook) -> dict[int, str]:
    """How many tickets each view has for the user, up to “500+”; kept for a moment, one query for all others."""
    # In one piece: the cache is a table, and each entry of it some queries.
    kept: dict[int, str] = cache.get(_counts_key(user), {})
    missing = [view for view in views if view.pk not in kept]
    if not missing:
        return kept
    people, visible = names_of(missing), Ticket.objects.visible_to(user)
    counted: dict[int, CountUpTo] = {}
    for view in missing:
        asked = ask(view, rulebook, people)
        # A search is too much to do only for a number.
        if not asked.problems and not any(one.about.kind == TEXT for one in asked.conditions):
            rows = narrow(visible, asked, user, rulebook).order_by().values("pk")[: COUNTS_TO + 1]
            counted[view.pk] = CountUpTo(rows)
    numbers = (
        User.objects.filter(pk=user.pk).order_by().values_list(*counted.values()).first() if counted else ()
    )
    found = {
        pk: f"{COUNTS_TO}+" if number > COUNTS_TO else str(number)
        for pk, number in zip(counted, numbers or (), strict=False)
    }
    counts = kept | {view.pk: found.get(view.pk, "") for view in missing}
    cache.set(_counts_key(user), counts, COUNTED_FOR_SECONDS)
    return counts


def forget_counts(user: User) -> None:
    """Count anew for whoever has just changed a view."""
    cache.delete(_counts_key(user))


def _counts_key(user: User) -> str:
    return f"view-counts-{user.pk}"


def view_lines(views: list[SavedView], user: User, rulebook: Rulebook) -> list[dict[str, Any]]:
    """The views with what each asks for in words, for the page of all of them."""
    people, lines = names_of(views), []
    for view in views:
        asked = ask(view, rulebook, people)
        lines.append(
            {
                "view": view,
                "sentences": in_words(asked, rulebook),
                "problems": asked.problems,
                "can_edit": view.is_editable_by(user),
            }
        )
    return lines


def from_filters(asked: QueryDict, rulebook: Rulebook) -> list[dict[str, Any]]:
    """The conditions that a queue's filters are, so that what one has narrowed can be kept as a view."""
    filters, found = Filters.read(asked), []
    tags = {tag.code: str(pk) for pk, tag in rulebook.tags.items()}
    for name, value in filters.values.items():
        value = tags.get(value, "") if name == "tag" else value
        if name in FIELDS and value:
            found.append(Condition(name, IS, (value,)).as_data())
    if filters.search:
        found.append(Condition("text", "with", text=filters.search).as_data())
    return found


def new_view_url(filters: Filters) -> str:
    """Where a queue's filters can be kept as a view."""
    return reverse("tickets:new-view") + filters.query()
