"""The admin's pages about sections and articles."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext_lazy as _

from common.search import matching
from knowledgebase import services
from knowledgebase.markdown import render
from knowledgebase.models import Article, ArticleText, Section
from staff.http import AgentRequest

# Addresses of other pages of the help centre.
TAKEN = {"suggest", "article"}


class SectionForm(forms.ModelForm[Section]):
    """A section whose address leads to it."""

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"]
        if slug in TAKEN:
            raise forms.ValidationError(_("The help centre needs this address itself. Choose another."))
        return slug


@admin.register(Section)
class SectionAdmin(admin.ModelAdmin[Section]):
    """The shelves of the help centre."""

    form = SectionForm
    list_display = ("label", "slug", "article_count", "position")
    list_editable = ("position",)
    search_fields = ("name", "name_zh_hans", "name_zh_hant", "slug")
    prepopulated_fields = {"slug": ("name",)}
    fields = (("name", "name_zh_hans", "name_zh_hant"), "slug", "icon", "position")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Section]:
        return super().get_queryset(request).annotate(article_count=Count("articles"))

    @admin.display(description=_("name"))
    def label(self, section: Section) -> str:
        """The name in the reader's language."""
        return section.label

    @admin.display(description=_("articles"), ordering="article_count")
    def article_count(self, section: Any) -> int:
        """How many articles stand in it."""
        return section.article_count


class ArticleTextForm(forms.ModelForm[ArticleText]):
    """An article in one language, in an editor of comfortable width."""

    class Meta:
        model = ArticleText
        fields = ("language", "title", "body", "state")
        widgets = {
            "title": forms.TextInput(attrs={"class": "article-title"}),
            "body": forms.Textarea(attrs={"rows": 22, "class": "article-body"}),
            "state": forms.RadioSelect,
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # Another language is another text.
            self.fields["language"].disabled = True


class ArticleTextInline(admin.StackedInline[ArticleText, Article]):
    model = ArticleText
    form = ArticleTextForm
    max_num = len(settings.LANGUAGES)
    readonly_fields = ("preview", "times")
    fields = ("language", "state", "title", "body", "preview", "times")
    verbose_name = _("text in one language")
    verbose_name_plural = _("texts")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 1

    @admin.display(description=_("preview"))
    def preview(self, text: ArticleText) -> SafeString | str:
        """The text as readers get it, as it was last saved."""
        if not text.body:
            return "–"
        return format_html(
            '<div class="article-preview" lang="{}">{}</div>', text.language, render(text.body)
        )

    @admin.display(description=_("dates"))
    def times(self, text: ArticleText) -> str:
        """When it was published and changed."""
        moments = [(_("published"), text.published_at), (_("updated"), text.updated_at if text.pk else None)]
        shown = [
            (word, date_format(localtime(moment), "DATETIME_FORMAT")) for word, moment in moments if moment
        ]
        return format_html_join(" · ", "{} {}", shown) or "–"


class MissingLanguageFilter(admin.SimpleListFilter):
    """Articles that are not there in a language."""

    title = _("missing in")
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.exclude(texts__language=self.value()) if self.value() else queryset


class StateFilter(admin.SimpleListFilter):
    """Articles with a text in a state, or with none at all."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*ArticleText.State.choices, ("none", _("Nothing written"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "none":
            return queryset.filter(texts__isnull=True)
        if self.value():
            return queryset.filter(pk__in=ArticleText.objects.filter(state=self.value()).values("article"))
        return queryset


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin[Article]):
    """Answers that are known already."""

    list_display = ("title", "section", "audience", "languages", "votes_seen", "owner")
    list_select_related = ("section", "owner")
    list_filter = (MissingLanguageFilter, StateFilter, "audience", "section")
    search_fields = ("slug",)
    search_help_text = _("Words of the title or the text, in any language, or the address.")
    show_full_result_count = False
    autocomplete_fields = ("owner",)
    filter_horizontal = ("categories",)
    readonly_fields = ("votes_seen",)
    save_on_top = True
    inlines = (ArticleTextInline,)
    actions = ("publish", "unpublish")
    fields = (("section", "audience", "owner"), "slug", "categories", "votes_seen")

    class Media:
        css = {"all": ("css/article_admin.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        return Article.objects.with_titles().order_by("section__position", "section", "pk")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Article], bool]:
        if not search_term:
            return queryset, False
        hits = matching(ArticleText.objects.all(), search_term).values("article")
        return queryset.filter(Q(pk__in=hits) | Q(slug__icontains=search_term)), False

    def view_on_site(self, obj: Article) -> str:
        """The page in the help centre."""
        return obj.get_absolute_url()

    @admin.display(description=_("title"))
    def title(self, article: Article) -> str:
        """The title in the reader's language or the nearest to it."""
        return str(article)

    @admin.display(description=_("languages"))
    def languages(self, article: Article) -> SafeString | str:
        """In which languages it is published, and in which only a draft."""
        texts = sorted(article.texts.all(), key=lambda text: text.language)
        marks = (
            (
                text.state,
                text.language,
                get_language_info(text.language)["name_local"],
                "" if text.is_published else f" ({text.get_state_display()})",
            )
            for text in texts
        )
        return format_html_join(" ", '<span class="text-{}" lang="{}">{}{}</span>', marks) or "–"

    @admin.display(description=_("helpful yes / no"), ordering="helpful_count")
    def votes_seen(self, article: Article) -> str:
        """What readers said."""
        return f"{article.helpful_count} / {article.unhelpful_count}"

    def save_formset(self, request: AgentRequest, form: Any, formset: Any, change: bool) -> None:  # type: ignore[override]
        """Texts go through the one door, so that search and publishing dates are right."""
        if formset.model is not ArticleText:
            super().save_formset(request, form, formset, change)
            return
        formset.save(commit=False)
        for text in formset.deleted_objects:
            text.delete()
        for text in [*formset.new_objects, *(changed for changed, _fields in formset.changed_objects)]:
            services.save_text(
                form.instance,
                text.language,
                text.title,
                text.body,
                actor=request.user,
                publish=text.is_published,
            )

    @admin.action(description=_("Publish all texts of the selected articles"), permissions=["change"])
    def publish(self, request: AgentRequest, queryset: QuerySet[Article]) -> None:
        """Publish every draft."""
        self._set_published(request, queryset, True)

    @admin.action(description=_("Make the selected articles drafts again"), permissions=["change"])
    def unpublish(self, request: AgentRequest, queryset: QuerySet[Article]) -> None:
        """Take every text back from the readers."""
        self._set_published(request, queryset, False)

    def _set_published(self, request: AgentRequest, queryset: QuerySet[Article], publish: bool) -> None:
        texts = ArticleText.objects.filter(article__in=queryset.values("pk"))
        wanted = list(texts.exclude(state="published" if publish else "draft"))
        for text in wanted:
            services.set_published(text, publish, actor=request.user)
        words = (
            ngettext("%(count)s text is published.", "%(count)s texts are published.", len(wanted))
            if publish
            else ngettext(
                "%(count)s text is a draft again.", "%(count)s texts are drafts again.", len(wanted)
            )
        )
        messages.success(request, words % {"count": len(wanted)})
