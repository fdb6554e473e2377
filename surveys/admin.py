"""What managers shape of surveys, and what customers answered."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Field, QuerySet
from django.forms import Textarea
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from common.admin_parts import ReadOnlyAdmin
from common.wording import listed
from surveys.forms import SurveyForm
from surveys.models import Answer, Invitation, Question, Response, Survey, SurveyRule
from tickets.models import Ticket

LANGUAGES = ("zh-hans", "zh-hant", "en")


class QuestionFormSet(BaseInlineFormSet):
    """The questions of one survey, looked at together."""

    def clean(self) -> None:
        super().clean()
        kept = [form.cleaned_data for form in self.forms if self._is_kept(form)]
        mains = [data for data in kept if data.get("is_main")]
        if len(mains) > 1:
            raise ValidationError(
                _("Only one question can be the main one. Leave the mark on the one that counts.")
            )
        if kept and not mains:
            raise ValidationError(
                _("Mark one question with a score as the main one: its score counts as satisfaction.")
            )
        scale = Question(kind=mains[0]["kind"]).scale if mains else None
        if scale and self.instance.low_score is not None and self.instance.low_score >= scale[-1]:
            raise ValidationError(
                _("With a low score of %(low)s every answer would be low. Choose one below %(highest)s."),
                params={"low": self.instance.low_score, "highest": scale[-1]},
            )

    def _is_kept(self, form: Any) -> bool:
        data: dict[str, Any] = getattr(form, "cleaned_data", {})
        return bool(data) and not data.get("DELETE")


class QuestionInline(admin.StackedInline):
    model = Question
    formset = QuestionFormSet
    extra = 0
    fieldsets = (
        (None, {"fields": (("kind", "is_main", "is_required", "position"),
                           "text", "text_zh_hans", "text_zh_hant", "choices")}),
    )  # fmt: skip

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **manner: Any) -> Any:
        if db_field.name == "choices":
            manner["widget"] = Textarea(attrs={"rows": 4, "cols": 80})
        return super().formfield_for_dbfield(db_field, request, **manner)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # What was answered stays readable; a new survey replaces an old one.
        is_answered = obj is not None and Answer.objects.filter(question__survey=obj).exists()
        return super().has_delete_permission(request, obj) and not is_answered


@admin.register(Survey)
class SurveyAdmin(admin.ModelAdmin):
    """Surveys with their questions, and how they look to customers."""

    list_display = ("label", "is_active", "low_score", "reminder_days", "expires_days", "preview_links")
    list_filter = ("is_active",)
    search_fields = ("name", "name_zh_hans", "name_zh_hant")
    inlines = (QuestionInline,)
    readonly_fields = ("preview_links",)
    fieldsets = (
        (None, {"fields": ("name", "name_zh_hans", "name_zh_hant", "is_active", "preview_links")}),
        (_("Introduction"), {"fields": ("intro", "intro_zh_hans", "intro_zh_hant")}),
        (_("Manner"), {"fields": ("low_score", "reminder_days", "expires_days")}),
    )

    @admin.display(description=_("survey"), ordering="name")
    def label(self, survey: Survey) -> str:
        return survey.label

    @admin.display(description=_("preview"))
    def preview_links(self, survey: Survey) -> str:
        if survey.pk is None:
            return str(_("Save it first; then you can look at it."))
        url = reverse("admin:surveys_survey_preview", args=[survey.pk])
        links = [(url, code, translation.get_language_info(code)["name_local"]) for code in LANGUAGES]
        return format_html_join(" · ", '<a href="{}?language={}" target="_blank">{}</a>', links)

    def get_urls(self) -> list[Any]:
        preview = path(
            "<int:pk>/preview/", self.admin_site.admin_view(self.preview), name="surveys_survey_preview"
        )
        return [preview, *super().get_urls()]

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The survey page as a customer sees it, without anything to send."""
        survey = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, survey):
            return HttpResponse(status=403)
        wanted = request.GET.get("language", "")
        with translation.override(wanted if wanted in LANGUAGES else translation.get_language()):
            context = {"survey": survey, "form": SurveyForm(survey), "is_preview": True}
            return render(request, "surveys/answer.html", context)


@admin.register(SurveyRule)
class SurveyRuleAdmin(admin.ModelAdmin):
    """Who is asked what, and when."""

    list_display = (
        "name",
        "position",
        "is_active",
        "survey",
        "delay_minutes",
        "quiet_days",
        "category_names",
    )
    list_display_links = ("name",)
    list_editable = ("position", "is_active")
    list_filter = ("is_active", "survey")
    filter_horizontal = ("categories",)
    list_select_related = ("survey",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SurveyRule]:
        return super().get_queryset(request).prefetch_related("categories")

    @admin.display(description=_("categories"))
    def category_names(self, rule: SurveyRule) -> str:
        return listed(rule.categories.all()) or str(_("all"))


def ticket_link(ticket: Any) -> str:
    """The ticket's number, leading to it in the desk."""
    return format_html('<a href="{}">{}</a>', ticket.get_absolute_url(), ticket.number)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Whom we asked about which ticket."""

    list_display = ("ticket_number", "customer", "survey", "language", "created_at", "expires_at", "outcome")
    list_filter = ("survey", "language")
    list_display_links = ("created_at",)
    list_select_related = ("ticket", "customer", "survey", "response")
    date_hierarchy = "created_at"
    fields = ("ticket_number", "round", "customer", "survey", "language", "created_at", "expires_at",
              "remind_at", "reminded_at", "closed_at", "outcome")  # fmt: skip
    readonly_fields = ("ticket_number", "outcome")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        return _of_visible_tickets(super().get_queryset(request), "ticket", request)

    @admin.display(description=_("ticket"))
    def ticket_number(self, invitation: Invitation) -> str:
        return ticket_link(invitation.ticket)

    @admin.display(description=_("outcome"))
    def outcome(self, invitation: Invitation) -> str:
        if hasattr(invitation, "response"):
            url = reverse("admin:surveys_response_change", args=[invitation.response.pk])
            return format_html('<a href="{}">{}</a>', url, _("Answered"))
        return str(_("Closed") if invitation.closed_at else _("Open"))


@admin.register(Response)
class ResponseAdmin(ReadOnlyAdmin):
    """What customers answered."""

    list_display = ("ticket_number", "customer", "score", "is_low", "created_at")
    list_filter = ("is_low", "score", "invitation__survey")
    list_select_related = ("invitation__ticket", "invitation__customer")
    date_hierarchy = "created_at"
    fields = ("ticket_number", "customer", "score", "is_low", "created_at", "answers")
    readonly_fields = ("ticket_number", "customer", "answers")
    list_display_links = ("created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Response]:
        return _of_visible_tickets(super().get_queryset(request), "invitation__ticket", request)

    @admin.display(description=_("ticket"))
    def ticket_number(self, response: Response) -> str:
        return ticket_link(response.invitation.ticket)

    @admin.display(description=_("customer"))
    def customer(self, response: Response) -> str:
        return str(response.invitation.customer)

    @admin.display(description=_("answers"))
    def answers(self, response: Response) -> str:
        rows = response.answers.select_related("question")
        return format_html_join("", "<p><b>{}</b><br>{}</p>", ((row.question, row.shown) for row in rows))


def _of_visible_tickets(rows: QuerySet[Any], to_ticket: str, request: HttpRequest) -> QuerySet[Any]:
    """Leave out rows of tickets that the user may not see."""
    user: Any = request.user
    if user.has_perm("tickets.view_any_ticket"):
        return rows
    return rows.filter(**{f"{to_ticket}__in": Ticket.objects.visible_to(user)})
