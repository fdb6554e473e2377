"""The admin's pages about macros, with a preview on a real ticket."""

from copy import copy
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.wording import clauses
from staff.models import User
from tickets.action_words import action_lines
from tickets.admin.parts import CategoryTreeAdmin, preview_page
from tickets.admin.replies import LANGUAGES, ReplyTextForm, check_placeholders
from tickets.admin.routing import MANY
from tickets.desk.history import timeline
from tickets.desk.words import Moments
from tickets.models import Macro, MacroText, Ticket
from tickets.rulebook import current_rulebook
from tickets.services import StepRefused, run_macro
from tickets.services.macros import LATELY
from tickets.services.templates import fill


class MacroTextForm(ReplyTextForm):
    class Meta:
        model: Any = MacroText
        fields = ("language", "body")


class MacroTexts(forms.BaseInlineFormSet):
    """The replies; here it is known whether the macro does anything at all."""

    def clean(self) -> None:
        super().clean()
        macro = self.instance
        has_text = any(
            form.cleaned_data.get("body") and not form.cleaned_data.get("DELETE") for form in self.forms
        )
        if not (has_text or macro.changes_something or getattr(macro, "has_tags", False)):
            raise ValidationError(_("Say what the macro does: a reply, or something that it changes."))


class MacroTextInline(admin.StackedInline):
    model = MacroText
    form = MacroTextForm
    formset = MacroTexts
    max_num = LANGUAGES

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """A new macro offers one text to begin with."""
        return 0 if obj else 1


class ActionsForm(forms.ModelForm):
    """The form of whatever has actions."""

    def clean_note(self) -> str:
        """Refuse a placeholder that nothing fills."""
        return check_placeholders(self.cleaned_data["note"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        add, remove = (set(cleaned.get(name) or ()) for name in ("add_tags", "remove_tags"))
        if both := add & remove:
            self.add_error(
                "remove_tags", _("“%(tag)s” cannot be both added and removed.") % {"tag": both.pop()}
            )
        # Tags are saved after the row: who checks the row cannot see them there yet.
        self.instance.has_tags = bool(add | remove)
        return cleaned


class ActionsAdmin(CategoryTreeAdmin):
    """The pages of whatever has actions."""

    form = ActionsForm
    what_it_does: Any = (
        ("category", "priority"),
        ("add_tags", "remove_tags"),
        "note",
        "article",
    )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Macro)
class MacroAdmin(ActionsAdmin):
    """What agents do to tickets over and over, as one thing."""

    change_form_template = "admin/tickets/replytemplate/change_form.html"
    autocomplete_fields = ("article", "assignee")
    list_display = ("label", "does", "for_category", "languages", "uses_lately", "position", "is_active")
    list_editable = ("position", "is_active")
    list_filter = ("is_active", "teams")
    search_fields = ("name", "name_zh_hans", "name_zh_hant", "texts__body", "note")
    inlines = (MacroTextInline,)
    fieldsets = (
        (
            None,
            {
                "description": _(
                    "Agents find it by its name, with the key m; all of it happens, or nothing."
                ),
                "fields": (("name", "name_zh_hans", "name_zh_hant"), ("position", "is_active")),
            },
        ),
        (_("Who may use it, and where"), {"fields": ("for_category", "teams")}),
        (
            _("What it changes"),
            {
                "description": _(
                    "It happens in this order; then the reply below is sent, and the step is taken."
                ),
                "fields": (
                    *ActionsAdmin.what_it_does,
                    "takes_ticket",
                    ("team", "assignee"),
                    ("step", "cancel_reason"),
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Macro]:
        lately = Q(uses__used_at__gte=timezone.now() - LATELY)
        rows = super().get_queryset(request).annotate(
            text_count=Count("texts", distinct=True), use_count=Count("uses", filter=lately, distinct=True)
        )  # fmt: skip
        related = ("for_category", "category", "article", "team", "assignee")
        return rows.select_related(*related).prefetch_related("add_tags", "remove_tags")

    def get_list_filter(self, request: HttpRequest) -> Any:
        """None for few macros: it would take the room in which one reads what they do."""
        return self.list_filter if Macro.objects.count() > MANY else ()

    @admin.display(description=_("does"))
    def does(self, macro: Macro) -> str:
        """What it does, in one line."""
        takes = gettext("Give to whoever uses it") if macro.takes_ticket else ""
        return clauses([*action_lines(macro), takes])

    @admin.display(description=_("replies"), ordering="text_count")
    def languages(self, macro: Macro) -> str:
        """In how many languages its reply is written."""
        count: int = macro.text_count  # type: ignore[attr-defined]
        return gettext("%(count)d of %(all)d") % {"count": count, "all": LANGUAGES} if count else ""

    @admin.display(description=_("used in 30 days"), ordering="use_count")
    def uses_lately(self, macro: Macro) -> int:
        """How often it was used lately."""
        return macro.use_count  # type: ignore[attr-defined]

    def get_urls(self) -> list[Any]:
        """The preview, besides Django's."""
        view = self.admin_site.admin_view(self.preview)
        return [path("<int:pk>/preview/", view, name="tickets_macro_preview"), *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The saved texts as the customer of a ticket would read them, and what would happen; nothing is written."""
        page = preview_page(self, request, pk)
        macro, ticket, page["texts"] = page["original"], page["ticket"], []
        if ticket is not None:
            for text in macro.texts.order_by("language"):
                reader = copy(ticket)
                reader.language = text.language
                page["texts"].append((text, fill(macro, reader, request.user)))
            page |= what_would_happen(ticket, macro, request.user)
        return render(request, "admin/tickets/macro/preview.html", page)


def what_would_happen(ticket: Ticket, macro: Macro, user: Any) -> dict[str, Any]:
    """What the macro would write into the history, or why it would be refused: done for real, and undone.

    A manager is seldom in a team: whoever has the ticket, or could have it, uses the macro then.
    """
    member = (
        User.objects.filter(memberships__team=ticket.team_id, is_active=True)
        if ticket.team_id
        else User.objects.none()
    )
    user = ticket.assignee or member.order_by("pk").first() or user
    newest = ticket.events.order_by("-id").values_list("pk", flat=True).first() or 0
    with transaction.atomic():
        try:
            run_macro(ticket, macro, actor=user)
            return {"lines": timeline(ticket, current_rulebook(), Moments(), after=newest)}
        except StepRefused as refusal:
            return {"refused": refusal.reasons}
        finally:
            transaction.set_rollback(True)
