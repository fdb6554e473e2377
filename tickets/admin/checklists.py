"""The admin's pages about checklists."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tickets.admin.parts import CategoryTreeAdmin
from tickets.models import Checklist, ChecklistItem


class ChecklistItemInline(admin.TabularInline):
    model = ChecklistItem
    extra = 3


@admin.register(Checklist)
class ChecklistAdmin(CategoryTreeAdmin):
    """What people tick off on tickets of a category."""

    list_display = ("label", "category", "item_count", "position", "is_active")
    list_editable = ("position", "is_active")
    list_select_related = ("category",)
    search_fields = ("name", "name_zh_hans", "name_zh_hant", "items__name", "items__name_zh_hans")
    inlines = (ChecklistItemInline,)
    fieldsets = (
        (
            None,
            {
                "description": _(
                    "It stands beside every ticket of the category. A guard can ask that it is done before a step."
                ),
                "fields": (("name", "name_zh_hans", "name_zh_hant"), "category", ("position", "is_active")),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Checklist]:
        return super().get_queryset(request).annotate(number=Count("items"))

    @admin.display(description=_("things to tick off"), ordering="number")
    def item_count(self, checklist: Checklist) -> int:
        """How many things it has."""
        return checklist.number  # type: ignore[attr-defined]
