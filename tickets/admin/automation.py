"""The admin's pages about automation rules, with their dry run, and the log of what they did."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.wording import clauses, listed, quoted
from tickets.action_words import action_lines
from tickets.admin.history import OfTicketAdmin
from tickets.admin.macros import ActionsAdmin
from tickets.admin.trying import TryItAdmin
from tickets.automation.dry_run import AutomationTry, try_automation
from tickets.desk.words import Moments
from tickets.models import AutomationRule, AutomationRun

LATELY = timedelta(days=7)
# Why a rule was kept from running once more.
CIRCLES = {
    "too_deep": _("rules set each other off, one after the other"),
    "too_often": _("it ran on this ticket too often within an hour"),
}


@admin.register(AutomationRule)
class AutomationRuleAdmin(ActionsAdmin, TryItAdmin):
    """When something happens or time passes, if a ticket looks like this, then do that."""

    tries_template = "admin/tickets/partials/_automation_tries.html"
    autocomplete_fields = ("article", "assignee", "tells_person")
    list_display = (
        "label",
        "position",
        "moment",
        "conditions",
        "does",
        "runs_lately",
        "is_active",
        "try_link",
    )
    list_editable = ("position", "is_active")
    search_fields = ("name", "name_zh_hans", "name_zh_hant", "words", "pattern", "note")
    ordering = ("position", "id")
    fieldsets = (
        (None, {"fields": (("name", "name_zh_hans", "name_zh_hant"), "position", "is_active")}),
        (
            _("When this happens"),
            {
                "description": _(
                    "The rule looks at what happens from the moment it is put into use, a few seconds later; a rule "
                    "of time also at tickets that are open already. It runs once for each occasion."
                ),
                "fields": ("when", ("on_step", "on_tag", "minutes")),
            },
        ),
        (
            _("if the ticket looks like this"),
            {
                "description": _(
                    "All that you fill in must hold; of the words any one is enough. They are looked for in what was "
                    "just written, else in what the customer wrote first."
                ),
                "fields": (
                    ("if_status", "if_priority", "if_team"),
                    ("if_tag", "unless_tag"),
                    ("for_category", "product"),
                    ("channel", "language", "segment"),
                    "words",
                    "pattern",
                    "where",
                ),
            },
        ),
        (
            _("then do this"),
            {
                "description": _(
                    "All of it or nothing, in the name of the system; the log says what was not possible, and why. "
                    "Rules that set each other off are stopped."
                ),
                "fields": (
                    ("tells_assignee", "tells_leads", "tells_team", "tells_person"),
                    *ActionsAdmin.what_it_does,
                    ("team", "assignee"),
                    "template",
                    ("step", "cancel_reason"),
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AutomationRule]:
        related = (
            "for_category", "product", "segment", "if_team", "if_tag", "unless_tag", "on_tag", "category", "article",
            "team", "assignee", "template", "tells_person",
        )  # fmt: skip
        lately = Count("runs", filter=Q(runs__ran_at__gte=timezone.now() - LATELY))
        rows = super().get_queryset(request).annotate(run_count=lately).select_related(*related)
        return rows.prefetch_related("add_tags", "remove_tags")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in ("product", "channel", "language", "segment"):
            field.help_text = _("Empty: any.")
        return field

    @admin.display(description=_("when"))
    def moment(self, rule: AutomationRule) -> str:
        """When it looks at a ticket, in one line."""
        more = [
            rule.on_step and rule.get_on_step_display() if rule.when == rule.When.STEP else "",
            rule.on_tag if rule.when == rule.When.TAG_ADDED else "",
            Moments().exact_span(timedelta(minutes=rule.minutes)) if rule.is_timed and rule.minutes else "",
        ]
        return clauses([rule.get_when_display(), *more])

    @admin.display(description=_("if"))
    def conditions(self, rule: AutomationRule) -> str:
        """What the ticket must look like, in one line."""
        words = rule.patterns
        said = [quoted(word) for word in words[:4]] + (["…"] if len(words) > 4 else [])
        parts: list[Any] = [
            rule.if_status and rule.get_if_status_display(),
            rule.if_priority and rule.get_if_priority_display(),
            rule.if_team,
            rule.if_tag,
            rule.unless_tag and gettext("without %(tag)s") % {"tag": rule.unless_tag},
            rule.for_category,
            rule.product,
            rule.segment,
            rule.channel and rule.get_channel_display(),
            rule.language and rule.get_language_display(),
            gettext(" or ").join(said),
            rule.pattern,
        ]
        return clauses(parts)

    @admin.display(description=_("then"))
    def does(self, rule: AutomationRule) -> str:
        """What it does, in one line."""
        return clauses(self._does(rule))

    def _does(self, rule: AutomationRule, **tags: Any) -> list[str]:
        told = [
            rule.tells_assignee and gettext("the assignee"),
            rule.tells_leads and gettext("the team’s leads"),
            rule.tells_team and gettext("the team"),
            rule.tells_person,
        ]
        tells = listed(one for one in told if one)
        return [
            *([gettext("tell %(people)s") % {"people": tells}] if tells else []),
            *action_lines(rule, **tags),
            *([gettext("write “%(template)s”") % {"template": rule.template}] if rule.template else []),
        ]

    @admin.display(description=_("runs in 7 days"))
    def runs_lately(self, rule: AutomationRule) -> str:
        """How often it ran lately, leading to the log."""
        url = f"{reverse('admin:tickets_automationrun_changelist')}?rule__id__exact={rule.pk}"
        return format_html('<a href="{}">{}</a>', url, rule.run_count)  # type: ignore[attr-defined]

    def tries(self, row: AutomationRule, tickets: Any, chosen: dict[str, Any]) -> list[AutomationTry]:
        """The latest tickets on which it would have run."""
        return try_automation(row, tickets)

    def tries_context(self, request: HttpRequest, row: Any, chosen: Any = None) -> dict[str, Any]:
        """The tickets, and what would be done to each."""
        context = super().tries_context(request, row, chosen)
        tags = chosen or {name: getattr(row, name).all() for name in ("add_tags", "remove_tags")}
        lines = self._does(row, add_tags=tags["add_tags"], remove_tags=tags["remove_tags"])
        return context | {"lines": lines}


@admin.register(AutomationRun)
class AutomationRunAdmin(OfTicketAdmin):
    """What the rules did, and what they were kept from."""

    list_display = ("ran_at", "name", "ticket_link", "outcome", "why")
    list_select_related = ("rule",)
    list_filter = ("outcome", "rule")
    list_display_links = ("ran_at",)
    fields = ("ran_at", "name", "ticket_link", "outcome", "why", "since_at", "depth")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    @admin.display(description=_("rule"))
    def name(self, run: AutomationRun) -> str:
        """The rule's name in the reader's language; of one that is gone the name it had."""
        return run.rule.label if run.rule else run.rule_name

    @admin.display(description=_("why"))
    def why(self, run: AutomationRun) -> str:
        """What was not possible, or why it was stopped."""
        return " ".join(str(CIRCLES.get(reason, reason)) for reason in run.reasons) or "–"
