"""Writing saved views: who may, and in which order they stand."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from tickets.models import SavedView

MOST_OWN, MOST_SHARED = 50, 100


class TooManyViews(Exception):
    """There are as many views already as the side of the desk can hold."""


def save_view(view: SavedView, *, actor: Any) -> SavedView:
    """Save a view, a new one as the last of its kind; raise PermissionDenied or TooManyViews."""
    _check(view, actor)
    if view.pk is None:
        siblings = _siblings(view)
        most = MOST_SHARED if view.is_shared else MOST_OWN
        if siblings.count() >= most:
            raise TooManyViews(
                _("There are %(count)s views already. Delete one that nobody needs.") % {"count": most}
            )
        view.position = (siblings.aggregate(last=Max("position"))["last"] or 0) + 1
    view.save()
    return view


def delete_view(view: SavedView, *, actor: Any) -> None:
    """Delete a view; raise PermissionDenied."""
    _check(view, actor)
    view.delete()


@transaction.atomic
def move_view(view: SavedView, place: int, *, actor: Any) -> None:
    """Put a view at this place among those of its kind, the first being 0; raise PermissionDenied."""
    _check(view, actor)
    rows = list(_siblings(view).select_for_update().order_by("position", "id"))
    moved = next(row for row in rows if row.pk == view.pk)
    rows.remove(moved)
    rows.insert(min(max(place, 0), len(rows)), moved)
    for position, row in enumerate(rows, start=1):
        row.position = position
    SavedView.objects.bulk_update(rows, ["position"])


def place_of(view: SavedView) -> int:
    """Where it stands among those of its kind, the first being 0."""
    keys = list(_siblings(view).order_by("position", "id").values_list("pk", flat=True))
    return keys.index(view.pk)


def _siblings(view: SavedView) -> QuerySet[SavedView]:
    return SavedView.objects.filter(owner=view.owner_id)


def _check(view: SavedView, actor: Any) -> None:
    if not view.is_editable_by(actor):
        raise PermissionDenied(_("A shared view is shaped by managers. Make one of your own from it."))
