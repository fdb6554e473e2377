"""Questions about many articles."""

from typing import TYPE_CHECKING, Self, TypeAlias

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Window
from django.db.models.functions import Left, RowNumber

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from catalog.models import Category
    from staff.models import User

    Reader: TypeAlias = User | AnonymousUser | None

BEGINNING = 300  # characters of a text that lists show


def reads_everything(user: "Reader") -> bool:
    """Whether the reader is staff, who see drafts and internal articles too."""
    return user is not None and user.is_authenticated and user.has_perm("knowledgebase.view_article")


class ArticleQuerySet(models.QuerySet):
    def readable_by(self, user: "Reader") -> Self:
        """The one place that decides who reads which article: staff all, everybody else the published public ones."""
        if reads_everything(user):
            return self
        published = _texts().filter(article=OuterRef("pk"), state="published")
        return self.filter(Exists(published), audience="public")

    def with_texts(self) -> Self:
        """Articles with their texts, without the search column."""
        return self.prefetch_related(Prefetch("texts", _texts().defer("search_text")))

    def with_titles(self) -> Self:
        """Articles with their texts for a list: of each body only the `beginning`."""
        texts = _texts().defer("search_text", "body").annotate(beginning=Left("body", BEGINNING))
        return self.prefetch_related(Prefetch("texts", texts))

    def best_of_each_section(self, most: int) -> Self:
        """The most helpful articles of each section, at most so many, each knowing its section's `total`."""
        order = [F("helpful_count").desc(), F("pk").asc()]
        ranked = self.annotate(
            total=Window(Count("pk"), partition_by="section"),
            place=Window(RowNumber(), partition_by="section", order_by=order),
        )
        return ranked.filter(place__lte=most).order_by("section", "place")

    def near(self, article: models.Model) -> Self:
        """Other articles about the same categories, then others of the same section."""
        links = apps.get_model("knowledgebase", "Article").categories.through.objects
        own = links.filter(article=article.pk).values("category")
        shares = Exists(links.filter(article=OuterRef("pk"), category__in=own))
        others = self.exclude(pk=article.pk).annotate(shares_category=shares)
        others = others.filter(Q(shares_category=True) | Q(section=article.section_id))  # type: ignore[attr-defined]
        return others.order_by("-shares_category", "-helpful_count", "pk")


class ArticleTextQuerySet(models.QuerySet):
    def readable_by(self, user: "Reader") -> Self:
        """Texts of articles the user may read; drafts for staff only."""
        if reads_everything(user):
            return self
        return self.filter(article__audience="public", state="published")

    def marking_category(self, category: "Category | None") -> Self:
        """Texts that know whether their article is about the category, one above or one below: `is_of_category`."""
        if category is None:
            return self.annotate(is_of_category=models.Value(False))
        branch = Q(category__in=category.ancestor_ids) | Q(category__path__startswith=category.path)
        links = apps.get_model("knowledgebase", "Article").categories.through.objects
        return self.annotate(is_of_category=Exists(links.filter(branch, article=OuterRef("article"))))


def _texts() -> ArticleTextQuerySet:
    return apps.get_model("knowledgebase", "ArticleText").objects.all()
