"""The admin's pages about categories, products and tags."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Case, Count, F, Field, IntegerField, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.models import Category, CategoryField, PriorityWeight, Product, Tag
from catalog.tree import in_tree_order, indented


class TreeChoiceField(forms.ModelChoiceField):
    """A category chosen from the tree."""

    def __init__(self, **manner: Any) -> None:
        super().__init__(**manner)
        self.iterator = TreeIterator


class TreeIterator(forms.models.ModelChoiceIterator):
    """The options in the order of the tree, each moved in by its depth."""

    def __iter__(self) -> Any:
        yield ("", self.field.empty_label)
        for category, depth in in_tree_order(self.queryset):
            yield (self.field.prepare_value(category), indented(category, depth))


class CategoryFieldInline(admin.StackedInline[CategoryField, Category]):
    model = CategoryField
    extra = 0
    fields = (
        ("key", "kind", "is_required", "audience", "position"),
        ("name", "name_zh_hans", "name_zh_hant"),
        "choices",
    )

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **manner: Any) -> Any:
        if db_field.name == "choices":
            manner["widget"] = forms.Textarea(attrs={"rows": 4, "cols": 80})
        return super().formfield_for_dbfield(db_field, request, **manner)


def place_in_tree() -> Case:
    """The place of a category in the order of the tree, to sort by."""
    order = [category.pk for category, _depth in in_tree_order(Category.objects.all())]
    places = [When(pk=pk, then=Value(place)) for place, pk in enumerate(order)]
    # Without any branch it would be a bare number, which PostgreSQL takes for the place of a column.
    return Case(
        *places or [When(pk=0, then=Value(0))], default=Value(len(places)), output_field=IntegerField()
    )


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin[Category]):
    """What tickets are about, as a tree."""

    list_display = (
        "indented_name",
        "code",
        "default_priority",
        "field_count",
        "is_public",
        "is_active",
        "position",
    )
    list_display_links = ("indented_name",)
    list_editable = ("position",)
    list_filter = ("is_active", "is_public", "default_priority")
    search_fields = ("name", "name_zh_hans", "name_zh_hant", "code")
    search_help_text = _("Name in any language, or code.")
    list_per_page = 500
    inlines = (CategoryFieldInline,)
    save_on_top = True
    fieldsets = (
        (
            None,
            {"fields": (("name", "name_zh_hans", "name_zh_hant"), "code", "parent", "position", "is_active")},
        ),
        (
            _("On the customer's form"),
            {"fields": ("is_public", "icon", ("hint", "hint_zh_hans", "hint_zh_hant"))},
        ),
        (_("For tickets"), {"fields": ("default_priority", "reopen_days")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        found = super().get_queryset(request)
        return found.annotate(tree_place=place_in_tree(), fields_there=Count("fields")).order_by("tree_place")

    def get_ordering(self, request: HttpRequest) -> tuple[Case]:
        # Not by the name of the annotation: other admins sort their choice of a category by this.
        return (place_in_tree(),)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **manner: Any) -> Any:
        if db_field.name == "parent":
            manner |= {"form_class": TreeChoiceField, "empty_label": _("– top of the tree –")}
        return super().formfield_for_foreignkey(db_field, request, **manner)

    @admin.display(description=_("category"), ordering=F("tree_place"))
    def indented_name(self, category: Category) -> str:
        """The name, moved in by its depth."""
        return indented(category, len(category.ancestor_ids) - 1)

    @admin.display(description=_("extra fields"))
    def field_count(self, category: Any) -> str:
        """How many fields of its own it has."""
        return str(category.fields_there or "–")


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin[Product]):
    """What the company sells."""

    list_display = ("code", "label", "is_active")
    list_display_links = ("code", "label")
    list_filter = ("is_active",)
    search_fields = ("code", "name", "name_zh_hans", "name_zh_hant")
    search_help_text = _("Model or item number, or name in any language.")

    @admin.display(description=_("name"))
    def label(self, product: Product) -> str:
        """The name in the reader's language."""
        return product.label


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin[Tag]):
    """Words to find tickets by."""

    list_display = ("label", "code", "is_active")
    list_filter = ("is_active",)
    search_fields = ("code", "name", "name_zh_hans", "name_zh_hant")
    prepopulated_fields = {"code": ("name",)}

    @admin.display(description=_("name"))
    def label(self, tag: Tag) -> str:
        """The name in the reader's language."""
        return tag.label


@admin.register(PriorityWeight)
class PriorityWeightAdmin(admin.ModelAdmin[PriorityWeight]):
    """One row for each priority, no more and no fewer."""

    list_display = ("priority", "weight")
    fields = ("priority", "weight")
    readonly_fields = ("priority",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PriorityWeight | None = None) -> bool:
        return False
