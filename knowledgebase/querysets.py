"""Questions about many articles."""

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Prefetch

if TYPE_CHECKING:
    from staff.models import User


class ArticleQuerySet(models.QuerySet):
    def readable_by(self, user: "User | None") -> Self:
        """The one place that decides who reads which article: staff all, everybody else the published public ones."""
        if user is not None and user.is_authenticated and user.has_perm("knowledgebase.view_article"):
            return self
        return self.filter(audience="public", texts__state="published").distinct()

    def with_texts(self) -> Self:
        """Articles with their texts, without the search column."""
        texts = apps.get_model("knowledgebase", "ArticleText")._default_manager
        return self.prefetch_related(Prefetch("texts", texts.defer("search_text")))


class ArticleTextQuerySet(models.QuerySet):
    def readable_by(self, user: "User | None") -> Self:
        """Texts of articles the user may read; drafts for staff only."""
        if user is not None and user.is_authenticated and user.has_perm("knowledgebase.view_article"):
            return self
        return self.filter(article__audience="public", state="published")
