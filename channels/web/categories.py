"""The categories customers choose from, out of the rulebook that every process keeps at hand."""

from catalog.models import Category, CategoryField
from tickets.rulebook import current_rulebook


def public_categories() -> list[Category]:
    """Those in use that customers may choose and can reach, in the order of the tree."""
    kept = current_rulebook().categories
    shown = [
        category
        for category in kept.values()
        if all(pk in kept and kept[pk].is_public and kept[pk].is_active for pk in category.ancestor_ids)
    ]
    return sorted(shown, key=lambda category: [(kept[pk].position, pk) for pk in category.ancestor_ids[::-1]])


def roots_of(categories: list[Category]) -> list[Category]:
    """Those at the top of the tree: the first choice."""
    return [category for category in categories if category.parent_id is None]


def branch_of(category: Category, categories: list[Category]) -> list[Category]:
    """The whole branch of the tree that holds the category, its root first: the second choice."""
    root = category.ancestor_ids[-1]
    return [one for one in categories if one.ancestor_ids[-1] == root]


def extra_fields_of(category: Category, categories: list[Category]) -> list[CategoryField]:
    """What customers are asked for the category; like catalog.extra_fields.fields_for, out of the rulebook."""
    by_pk = {one.pk: one for one in categories}
    by_key = {
        field.key: field
        for pk in reversed(category.ancestor_ids)
        for field in by_pk[pk].fields.all()
        if field.audience == CategoryField.Audience.CUSTOMER
    }
    return list(by_key.values())
