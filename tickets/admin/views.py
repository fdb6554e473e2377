"""The admin's page about shared views; their conditions are chosen in the desk, where they can be looked at."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.wording import clauses
from tickets.models import SavedView
from tickets.rulebook import current_rulebook
from tickets.viewing.asking import ask, in_words, names_of


@admin.register(SavedView)
class SavedViewAdmin(admin.ModelAdmin):
    """What everybody or a team finds in the side of the desk."""

    list_display = ("label", "sentence", "team", "position")
    list_editable = ("position",)
    list_filter = ("team",)
    list_select_related = ("team",)
    search_fields = ("name", "name_zh_hans", "name_zh_hant")
    ordering = ("position", "id")
    readonly_fields = ("sentence", "shaping")
    fieldsets = (
        (None, {"fields": ("name", "name_zh_hans", "name_zh_hant", "team", "position")}),
        (_("Which tickets"), {"fields": ("sentence", "shaping")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SavedView]:
        """Personal views are their owners' own business."""
        return super().get_queryset(request).filter(owner__isnull=True)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """The desk has the page where conditions are chosen."""
        return redirect("tickets:edit-view", obj.pk)

    @admin.display(description=_("what it asks for"))
    def sentence(self, view: SavedView) -> str:
        """The conditions in words, and what is wrong with them."""
        if not view.pk:
            return gettext("Save it to choose its conditions.")
        rulebook = current_rulebook()
        asked = ask(view, rulebook, names_of([view]))
        return clauses([*in_words(asked, rulebook), *asked.problems]) or gettext("All tickets")

    @admin.display(description=_("conditions and columns"))
    def shaping(self, view: SavedView) -> str:
        """The way to the page where they are chosen."""
        if not view.pk:
            return self.get_empty_value_display()
        url = reverse("tickets:edit-view", args=[view.pk])
        return format_html('<a href="{}">{}</a>', url, gettext("Choose them in the desk"))
