"""The board: a list's tickets by status, and which step leads a card from one column to another."""

from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from staff.models import User
from tickets.choices import Status
from tickets.desk.listing import first_rows, in_words
from tickets.desk.page import ICONS
from tickets.desk.queues import BY_ACTIVITY, BY_DUE, QUEUES
from tickets.desk.saved_views import show
from tickets.models import SavedView, Ticket
from tickets.querysets import TicketQuerySet
from tickets.rulebook import Rulebook
from tickets.workflow import STEPS, actor_kinds

CARDS = 25
# Stands for a card's key in what is written once for all cards of a column: each on its own took most of the time.
ANY_CARD = 999_999_999_999
COLUMNS = (Status.RECEIVED, Status.CLASSIFIED, Status.ASSIGNED, Status.WAITING, Status.RESOLVED)
SCOPES = ("mine", "team", "all")


@dataclass(frozen=True)
class Scope:
    """Whose tickets the board shows."""

    key: str
    name: str
    tickets: TicketQuerySet


def read_scope(of: str, user: User, rulebook: Rulebook, view: SavedView | None) -> Scope:
    """The scope that an address names; one's teams where it makes no sense."""
    if view is not None:
        return Scope(f"view-{view.pk}", view.label, show(view, user, rulebook).tickets)
    key, chosen = of if of in SCOPES else "team", Ticket.objects.visible_to(user)
    # Resolved tickets are on the board too, so not the queues of open ones.
    if key == "mine":
        chosen = chosen.filter(assignee=user)
    elif key == "team":
        chosen = chosen.filter(team__in=list(user.team_ids))
    return Scope(key, str(QUEUES[key].label), chosen)


def board_of(address: str) -> str:
    """The address, if it is one of the board to go back to; else empty."""
    board = reverse("tickets:board")
    return address if address == board or address.startswith(f"{board}?") else ""


def steps_between(source: str, target: str, user: User) -> list[str]:
    """The steps by which somebody of the user's kind takes a ticket from one status to another."""
    kinds = actor_kinds(user)
    return [
        step.name
        for step in STEPS.values()
        if source in step.sources and target in step.targets and source != target and kinds & step.kinds
    ]


def columns_of(scope: Scope, user: User, rulebook: Rulebook, *, back: str) -> list[dict[str, Any]]:
    """The columns with their first cards in words; one query each. `back` is the board's own address."""
    found, move = [], reverse("tickets:board-move", args=[ANY_CARD, "TARGET"])
    for status in COLUMNS:
        order = BY_DUE if status in (Status.RECEIVED, Status.CLASSIFIED, Status.ASSIGNED) else BY_ACTIVITY
        rows = first_rows(scope.tickets.filter(status=status.value).order_by(*order), CARDS + 1)
        cards, menu = in_words(rows[:CARDS], rulebook), _menu(status.value, user, back)
        for card in cards:
            key = str(card["id"])
            card.update(
                key=key, version=str(card["version"]), move=move.replace(str(ANY_CARD), key),
                menu=mark_safe(menu.replace(str(ANY_CARD), key)),
            )  # fmt: skip
        count = f"{CARDS}+" if len(rows) > CARDS else str(len(rows))
        found.append({"status": status.value, "label": status.label, "cards": cards, "count": count})
    return found


def _menu(source: str, user: User, back: str) -> str:
    """The menu of any card of this status; empty if it can go nowhere."""
    moves = _moves(source, user, urlencode({"back": back}))
    return render_to_string("tickets/partials/_board_menu.html", {"moves": moves}) if moves else ""


def _moves(source: str, user: User, query: str) -> list[dict[str, Any]]:
    """Where a card of this status may go, in the order of the columns; what leads nowhere on the board comes last."""
    targets = [status for status in (*COLUMNS, Status.CANCELLED) if status.value != source]
    return [
        {
            "target": target.value,
            "url": f"{reverse('tickets:board-move', args=[ANY_CARD, target.value])}?{query}",
            "label": STEPS[name].label,
            "to": _("to “%(status)s”") % {"status": target.label},
            "icon": ICONS.get(name, "arrow-right"),
        }
        for target in targets
        for name in steps_between(source, target.value, user)[:1]
    ]
