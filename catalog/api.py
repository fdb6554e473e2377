"""The API's categories: what a ticket may be about, and what more is asked for each."""

from typing import Any

from django.utils.translation import get_language
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.extra_fields import fields_by_category
from catalog.models import Category, CategoryField
from catalog.tree import in_tree_order


class ChoiceSerializer(serializers.Serializer[Any]):
    """One answer to choose."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class FieldSerializer(serializers.ModelSerializer[CategoryField]):
    """One extra field of a category, its own or inherited."""

    label = serializers.CharField(read_only=True)  # type: ignore[assignment]
    choices = serializers.SerializerMethodField()

    class Meta:
        model = CategoryField
        fields = ("key", "label", "kind", "is_required", "audience", "choices")

    def get_choices(self, field: CategoryField) -> ChoiceSerializer(many=True):  # type: ignore[valid-type]
        """The answers to choose from, as code and label; empty when it is no choice."""
        if field.kind != CategoryField.Kind.CHOICE:
            return []
        return [{"code": code, "label": label} for code, label in field.choice_pairs(get_language())]


class CategorySerializer(serializers.ModelSerializer[Category]):
    """A category in the caller's language."""

    label = serializers.CharField(read_only=True)  # type: ignore[assignment]
    hint = serializers.CharField(source="hint_label", read_only=True)
    parent = serializers.SlugRelatedField("code", read_only=True, allow_null=True)  # type: ignore[var-annotated,assignment]
    fields_to_ask = serializers.SerializerMethodField()

    class Meta:
        model = Category
        fields = (
            "id", "code", "label", "hint", "icon", "parent", "default_priority", "is_public", "is_active",
            "reopen_days", "fields_to_ask",
        )  # fmt: skip

    def get_fields_to_ask(self, category: Category) -> FieldSerializer(many=True):  # type: ignore[valid-type]
        """Its own and inherited extra fields, also those that only agents see."""
        known = self.context.get("fields") or fields_by_category([category], CategoryField.Audience.AGENT)
        return FieldSerializer(known[category.pk], many=True).data


class CategoryViewSet(viewsets.ReadOnlyModelViewSet[Category]):
    """The whole category tree, depth first, on one page; one category by its code."""

    queryset = Category.objects.select_related("parent")
    serializer_class = CategorySerializer
    lookup_field = "code"
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    pagination_class = None
    filter_backends = ()

    def list(self, request: Request) -> Response:
        """The whole tree."""
        categories = [category for category, _depth in in_tree_order(self.get_queryset())]
        fields = fields_by_category(categories, CategoryField.Audience.AGENT)
        context = {**self.get_serializer_context(), "fields": fields}
        return Response(CategorySerializer(categories, many=True, context=context).data)
