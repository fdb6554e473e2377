"""The admin's page about routes: every category, and who serves it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from catalog.models import Category
from tickets.admin.parts import CategoryTreeAdmin
from tickets.models import Route


@dataclass(frozen=True)
class Served:
    """A category, how deep it lies, its own routes, and those it inherits when it has none."""

    category: Category
    depth: int
    routes: list[Route]
    inherited: list[Route]
    inherited_from: Category | None

    @property
    def is_unserved(self) -> bool:
        """Whether nobody serves it although it is in use."""
        return self.category.is_active and not (self.routes or self.inherited)


def served_categories() -> list[Served]:
    """All categories in the order of the tree with who serves them; two queries."""
    children: dict[int | None, list[Category]] = {}
    for category in Category.objects.order_by("position", "id"):
        children.setdefault(category.parent_id, []).append(category)
    routes: dict[int, list[Route]] = {}
    for route in Route.objects.filter(team__is_active=True).select_related("team").order_by("position", "id"):
        routes.setdefault(route.category_id, []).append(route)
    rows: list[Served] = []

    def walk(parent: int | None, depth: int, inherited: list[Route], source: Category | None) -> None:
        for category in children.get(parent, ()):
            own = routes.get(category.pk, [])
            rows.append(Served(category, depth, own, [] if own else inherited, None if own else source))
            walk(category.pk, depth + 1, own or inherited, category if own else source)

    walk(None, 0, [], None)
    return rows


@admin.register(Route)
class RouteAdmin(CategoryTreeAdmin):
    """Which team serves which category."""

    change_list_template = "admin/tickets/route/change_list.html"
    list_display = ("category", "team", "position")
    list_select_related = ("category", "team")
    fields = ("category", "team", "position")
    actions = None

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The tree instead of a flat list."""
        return super().changelist_view(request, {"served": served_categories(), **(extra_context or {})})
