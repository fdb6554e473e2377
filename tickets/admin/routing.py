"""The admin's pages about routing rules, with their dry run."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from common.wording import clauses, quoted
from tickets.admin.parts import CategoryTreeAdmin, staff_user
from tickets.admin.trying import TryItAdmin
from tickets.models import RoutingRule, Ticket
from tickets.routing.dry_run import RoutingTry, summary, try_routing

# More rules than fit on a screen.
MANY = 25


@admin.register(RoutingRule)
class RoutingRuleAdmin(CategoryTreeAdmin, TryItAdmin):
    """Which tickets go to which team, and what its people must know."""

    tries_template = "admin/tickets/partials/_routing_tries.html"
    change_list_template = "admin/tickets/routingrule/change_list.html"
    list_display = ("label", "position", "conditions", "decision", "is_active", "try_link")
    list_editable = ("position", "is_active")
    list_filter = ("is_active", "team", "tier", "language")
    search_fields = ("name", "name_zh_hans", "name_zh_hant", "words")
    ordering = ("position", "id")
    fieldsets = (
        (None, {"fields": (("name", "name_zh_hans", "name_zh_hant"), "position", "is_active")}),
        (
            _("When a ticket looks like this"),
            {
                "description": _(
                    "All that you fill in must hold; of the words any one is enough. Chinese is found in either "
                    "script, and capitals do not matter."
                ),
                "fields": ("for_category", "product", ("channel", "language", "segment"), "words", "where"),
            },
        ),
        (
            _("then it goes there"),
            {
                "description": _(
                    "The first rule that matches decides. What it leaves empty, and tickets that no rule matches, "
                    "are decided by the routes of the category."
                ),
                "fields": ("team", "skills", "tier"),
            },
        ),
    )

    def get_list_filter(self, request: HttpRequest) -> Any:
        """None for few rules: it would take the room in which they are tried and switched off."""
        return self.list_filter if RoutingRule.objects.count() > MANY else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoutingRule]:
        related = ("for_category", "product", "segment", "team")
        return super().get_queryset(request).select_related(*related).prefetch_related("skills")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in ("product", "channel", "language", "segment"):
            field.help_text = _("Empty: any.")
        return field

    @admin.display(description=_("looks for"))
    def conditions(self, rule: RoutingRule) -> str:
        """What the rule looks for, in one line."""
        words = rule.patterns
        said = [quoted(word) for word in words[:4]] + (["…"] if len(words) > 4 else [])
        parts: list[Any] = [
            rule.for_category,
            rule.product,
            rule.segment,
            rule.channel and rule.get_channel_display(),
            rule.language and rule.get_language_display(),
            _(" or ").join(said),
        ]
        return clauses(parts)

    @admin.display(description=_("decides"))
    def decision(self, rule: RoutingRule) -> str:
        """What the rule decides, in one line."""
        return clauses([rule.team, rule.tier and rule.get_tier_display(), *rule.skills.all()])

    def tries(self, row: RoutingRule, tickets: Any, chosen: dict[str, Any]) -> list[RoutingTry]:
        """The latest tickets that it matches."""
        return try_routing(row, tickets)

    def tries_context(self, request: HttpRequest, row: Any, chosen: Any = None) -> dict[str, Any]:
        """The tickets that it matches, and what the teams and the other rules would get with it."""
        context = super().tries_context(request, row, chosen)
        return context | {"summary": summary(Ticket.objects.visible_to(staff_user(request)), drafted=row)}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The rules, and below them what they do to the latest tickets."""
        shown = (
            {}
            if request.method == "POST"
            else {"summary": summary(Ticket.objects.visible_to(staff_user(request)))}
        )
        return super().changelist_view(request, {**shown, **(extra_context or {})})
