"""The admin's pages about reply templates, with a preview on a real ticket."""

import re
from copy import copy
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tickets.admin.parts import CategoryTreeAdmin, preview_page
from tickets.models import ReplyTemplate, ReplyTemplateText
from tickets.services.templates import fill

LANGUAGES = 3
PLACEHOLDERS = ("customer", "number", "subject", "agent", "product", "order")
_PLACE = re.compile(r"\{(\w+)\}")


def check_placeholders(body: str) -> str:
    """Give the text back, or raise ValidationError for a placeholder that nothing fills."""
    unknown = [place for place in _PLACE.findall(body) if place not in PLACEHOLDERS]
    if unknown:
        raise ValidationError(
            _("There is no placeholder {%(unknown)s}. Use: %(known)s."),
            params={"unknown": unknown[0], "known": ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)},
        )
    return body


class ReplyTextForm(forms.ModelForm):
    class Meta:
        model = ReplyTemplateText
        fields = ("language", "body")

    def clean_body(self) -> str:
        """Refuse a placeholder that nothing fills: the customer would read it."""
        return check_placeholders(self.cleaned_data["body"])


class ReplyTextInline(admin.StackedInline):
    model = ReplyTemplateText
    form = ReplyTextForm
    max_num = LANGUAGES

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """A new template offers one text to begin with."""
        return 0 if obj else 1


@admin.register(ReplyTemplate)
class ReplyTemplateAdmin(CategoryTreeAdmin):
    """Texts that agents send often."""

    change_form_template = "admin/tickets/replytemplate/change_form.html"
    list_display = ("label", "category", "languages", "position", "is_active")
    list_editable = ("position", "is_active")
    list_filter = ("is_active", "category")
    list_select_related = ("category",)
    search_fields = ("name", "name_zh_hans", "name_zh_hant", "texts__body")
    inlines = (ReplyTextInline,)
    fieldsets = (
        (
            None,
            {
                "description": _("Agents find it by its name; the customer reads the text in his language."),
                "fields": (
                    ("name", "name_zh_hans", "name_zh_hant"),
                    "category",
                    ("position", "is_active"),
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReplyTemplate]:
        return super().get_queryset(request).annotate(text_count=Count("texts", distinct=True))

    @admin.display(description=_("name"), ordering="name")
    def label(self, template: ReplyTemplate) -> str:
        """The name in the reader's language."""
        return template.label

    @admin.display(description=_("languages"), ordering="text_count")
    def languages(self, template: ReplyTemplate) -> str:
        """In how many languages it is written."""
        count: int = template.text_count  # type: ignore[attr-defined]
        return gettext("%(count)d of %(all)d") % {"count": count, "all": LANGUAGES}

    def get_urls(self) -> list[Any]:
        """The preview, besides Django's."""
        view = self.admin_site.admin_view(self.preview)
        return [path("<int:pk>/preview/", view, name="tickets_replytemplate_preview"), *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The saved texts as the customer of a ticket would read them."""
        page = preview_page(self, request, pk)
        template, ticket, page["texts"] = page["original"], page["ticket"], []
        for text in template.texts.order_by("language"):
            if ticket is None:
                break
            reader = copy(ticket)
            reader.language = text.language
            page["texts"].append((text, fill(template, reader, request.user)))
        return render(request, "admin/tickets/replytemplate/preview.html", page)
