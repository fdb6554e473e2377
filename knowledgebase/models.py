"""Answers that are known already: sections and articles, each article once per language."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models import Category
from common.localized import LocalizedName
from knowledgebase.querysets import ArticleQuerySet, ArticleTextQuerySet


class Section(LocalizedName):
    """A shelf of the help centre."""

    slug = models.SlugField(_("address"), unique=True)
    icon = models.CharField(
        _("icon"), max_length=40, blank=True, help_text=_("The name of a Bootstrap icon, such as tools.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ("position", "id")

    def get_absolute_url(self) -> str:
        return reverse("knowledgebase:section", args=[self.slug])


class Article(models.Model):
    """One answer, in as many languages as it was written in."""

    class Audience(models.TextChoices):
        PUBLIC = "public", _("Everybody")
        INTERNAL = "internal", _("Staff only")

    section = models.ForeignKey(Section, models.PROTECT, related_name="articles", verbose_name=_("section"))
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    audience = models.CharField(_("for"), max_length=10, choices=Audience.choices, default=Audience.PUBLIC)
    categories = models.ManyToManyField(
        Category,
        blank=True,
        related_name="articles",
        verbose_name=_("categories"),
        help_text=_("It is suggested first for tickets of these categories."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    helpful_count = models.PositiveIntegerField(_("found helpful"), default=0, editable=False)
    unhelpful_count = models.PositiveIntegerField(_("found not helpful"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ("section", "id")

    def __str__(self) -> str:
        text = self.text_for(get_language() or "en")
        return text.title if text else self.slug

    def get_absolute_url(self) -> str:
        return reverse("knowledgebase:article", args=[self.slug])

    def text_for(self, language: str, *, drafts: bool = True) -> "ArticleText | None":
        """The version in the language, else the other Chinese, else English, else any; None when there is none."""
        order = {"zh-hans": ["zh-hans", "zh-hant", "en"], "zh-hant": ["zh-hant", "zh-hans", "en"]}.get(
            language.lower(), ["en", "zh-hans", "zh-hant"]
        )
        texts = {text.language: text for text in self.texts.all() if drafts or text.is_published}
        return next((texts[code] for code in order if code in texts), None)


class ArticleText(models.Model):
    """An article in one language."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    article = models.ForeignKey(Article, models.CASCADE, related_name="texts", verbose_name=_("article"))
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    title = models.CharField(_("title"), max_length=160)
    body = models.TextField(
        _("text"), max_length=100_000, help_text=_("Markdown: **bold**, lists, links, headings.")
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    # What the search reads: title and text cut into bigrams.
    search_text = models.TextField(editable=False, default="")

    objects = ArticleTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("article text")
        verbose_name_plural = _("article texts")
        ordering = ("article", "language")
        constraints = [
            models.UniqueConstraint(
                fields=("article", "language"), name="an_article_has_one_text_per_language"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_published(self) -> bool:
        """Whether readers may see it."""
        return self.state == self.State.PUBLISHED


class ArticleVote(models.Model):
    """One visitor's yes or no to “did this help?”."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="votes", verbose_name=_("article"))
    # A hash of the visitor's cookie: enough to count him once, not enough to know him.
    visitor_hash = models.CharField(max_length=64)
    is_helpful = models.BooleanField(_("helpful"))
    voted_at = models.DateTimeField(_("voted"), default=timezone.now)

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [
            models.UniqueConstraint(
                fields=("article", "visitor_hash"), name="a_visitor_votes_once_per_article"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.is_helpful}"
