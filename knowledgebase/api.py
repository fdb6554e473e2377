"""The API's articles."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import KeyPagination
from common.search import matching
from knowledgebase.models import Article, ArticleText


class TitleSerializer(serializers.ModelSerializer[ArticleText]):
    """An article's text in one language, without its body."""

    class Meta:
        model = ArticleText
        fields = ("language", "title", "state", "published_at", "updated_at")


class TextSerializer(serializers.ModelSerializer[ArticleText]):
    """An article's text in one language; the body is Markdown."""

    class Meta:
        model = ArticleText
        fields = (*TitleSerializer.Meta.fields, "body")


class ArticleSerializer(serializers.ModelSerializer[Article]):
    """An article as lists show it."""

    title = serializers.SerializerMethodField()
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    section = serializers.SlugRelatedField("slug", read_only=True)  # type: ignore[var-annotated]
    categories = serializers.SlugRelatedField("code", many=True, read_only=True)  # type: ignore[var-annotated]
    texts = TitleSerializer(many=True, read_only=True)

    class Meta:
        model = Article
        fields = (
            "id", "slug", "title", "url", "section", "audience", "categories", "helpful_count", "unhelpful_count",
            "created_at", "texts",
        )  # fmt: skip

    def get_title(self, article: Article) -> str:
        """The title in the caller's language or the nearest to it; the address when nothing is written."""
        text = article.text_for(get_language() or "en")
        return text.title if text else article.slug


class WholeArticleSerializer(ArticleSerializer):
    """An article with its texts."""

    texts = TextSerializer(many=True, read_only=True)  # type: ignore[assignment]


class ArticleViewSet(viewsets.ReadOnlyModelViewSet[Article]):
    """Articles of the knowledge base."""

    queryset = Article.objects.none()
    pagination_class = KeyPagination
    filter_backends = ()
    lookup_value_regex = r"\d{1,18}"

    def get_serializer_class(self) -> Any:
        return ArticleSerializer if self.action == "list" else WholeArticleSerializer

    def get_queryset(self) -> QuerySet[Article]:
        user = self.request.user
        texts = ArticleText.objects.readable_by(user).defer("search_text")
        found = Article.objects.readable_by(user).select_related("section").prefetch_related("categories")
        if self.action == "list":
            texts = texts.defer("search_text", "body")
            if query := self.request.query_params.get("q", "").strip():
                hits = matching(ArticleText.objects.readable_by(user), query)
                found = found.filter(pk__in=hits.values("article"))
        return found.prefetch_related(Prefetch("texts", texts))

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, description="Words that title and text hold, in any language.")
        ]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Articles, newest first; with `q` those that hold all its words."""
        return super().list(request, *args, **kwargs)
