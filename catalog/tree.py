"""The category tree in the order in which people read it."""

from collections.abc import Iterable

from catalog.models import Category


def in_tree_order(categories: Iterable[Category]) -> list[tuple[Category, int]]:
    """The categories depth first, siblings by position, each with its depth; one whose parent is missing is a root."""
    categories = sorted(categories, key=lambda category: (category.position, category.pk))
    known = {category.pk for category in categories}
    below: dict[int | None, list[Category]] = {}
    for category in categories:
        below.setdefault(category.parent_id if category.parent_id in known else None, []).append(category)
    ordered: list[tuple[Category, int]] = []
    waiting = [(category, 0) for category in reversed(below.get(None, []))]
    while waiting:
        category, depth = waiting.pop()
        ordered.append((category, depth))
        waiting += [(child, depth + 1) for child in reversed(below.get(category.pk, []))]
    return ordered


def indented(category: Category, depth: int) -> str:
    """The category's name, moved in by its depth, for a list or a select."""
    return f"{chr(0x2003) * depth}{category.label}"
