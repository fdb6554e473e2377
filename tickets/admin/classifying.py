"""The admin's pages about classifying rules, with their dry run."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.wording import clauses, quoted
from tickets.admin.parts import CategoryTreeAdmin
from tickets.admin.trying import TryItAdmin
from tickets.dry_run import RuleTry, try_rule
from tickets.models import ClassifyingRule


@admin.register(ClassifyingRule)
class ClassifyingRuleAdmin(CategoryTreeAdmin, TryItAdmin):
    """What a new ticket must look like, and what it then becomes."""

    tries_template = "admin/tickets/partials/_rule_tries.html"
    list_display = ("label", "position", "conditions", "decision", "is_active", "try_link")
    list_editable = ("position", "is_active")
    list_filter = ("is_active", "category", "language", "channel")
    search_fields = ("name", "name_zh_hans", "name_zh_hant", "words")
    ordering = ("position", "id")
    fieldsets = (
        (None, {"fields": (("name", "name_zh_hans", "name_zh_hant"), "position", "is_active")}),
        (
            _("When a new ticket looks like this"),
            {
                "description": _(
                    "All that you fill in must hold; of the words any one is enough. Chinese is found in either "
                    "script, and capitals do not matter."
                ),
                "fields": ("words", "where", "for_category", ("channel", "language", "segment")),
            },
        ),
        (
            _("then it becomes this"),
            {
                "description": _(
                    "The first rule that matches decides; what no rule decides waits for a person to classify it."
                ),
                "fields": ("category", "priority", "team", "tags"),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClassifyingRule]:
        related = ("category", "for_category", "segment", "team")
        return super().get_queryset(request).select_related(*related).prefetch_related("tags")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in ("channel", "language", "segment"):
            field.help_text = _("Empty: any.")
        return field

    @admin.display(description=_("looks for"))
    def conditions(self, rule: ClassifyingRule) -> str:
        """What the rule looks for, in one line."""
        words = [line.strip() for line in rule.words.splitlines() if line.strip()]
        said = [quoted(word) for word in words[:4]] + (["…"] if len(words) > 4 else [])
        parts: list[Any] = [
            gettext(" or ").join(said),
            rule.for_category and gettext("chosen: %(category)s") % {"category": rule.for_category},
            rule.channel and rule.get_channel_display(),
            rule.language and rule.get_language_display(),
            rule.segment,
        ]
        return clauses(parts)

    @admin.display(description=_("decides"))
    def decision(self, rule: ClassifyingRule) -> str:
        """What the rule decides, in one line."""
        parts: list[Any] = [
            rule.category,
            rule.priority and rule.get_priority_display(),
            rule.team,
            *rule.tags.all(),
        ]
        return clauses(parts)

    def tries(self, row: ClassifyingRule, tickets: Any, chosen: dict[str, Any]) -> list[RuleTry]:
        """The latest tickets that it matches."""
        return try_rule(row, tickets)
