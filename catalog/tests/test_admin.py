"""Shaping categories in the admin."""

import pytest
from django.urls import reverse

from catalog.models import Category, CategoryField
from catalog.seeding import seed_catalog
from catalog.tree import in_tree_order

pytestmark = pytest.mark.ground

LIST = reverse("admin:catalog_category_changelist")


@pytest.fixture
def tree(db):
    top = Category.objects.create(name="Watches", code="watches", position=50)
    below = Category.objects.create(name="Straps", code="straps", parent=top)
    return top, below


def form(category, **changes):
    values = {
        "name": category.name, "code": category.code, "parent": category.parent_id or "", "position": category.position,
        "is_active": "on", "is_public": "on", "default_priority": "normal", "reopen_days": 14,
        "fields-TOTAL_FORMS": 0, "fields-INITIAL_FORMS": 0,
    }  # fmt: skip
    return {**values, **changes}


def change(client, category, **changes):
    return client.post(
        reverse("admin:catalog_category_change", args=[category.pk]), form(category, **changes)
    )


def test_the_list_shows_the_tree_in_reading_order(client, manager, tree):
    seed_catalog()
    client.force_login(manager)
    response = client.get(LIST)
    shown = [category.code for category in response.context["cl"].result_list]
    assert shown == [category.code for category, _depth in in_tree_order(Category.objects.all())]
    assert shown.index("watches") + 1 == shown.index("straps")
    assert "\u2003Straps" in response.content.decode()


def test_the_tree_order_bears_a_missing_parent(tree):
    _top, below = tree
    assert in_tree_order([below]) == [(below, 0)]


@pytest.mark.parametrize("place", ["itself", "below"])
def test_a_category_is_not_placed_below_itself(client, manager, tree, place):
    top, below = tree
    client.force_login(manager)
    response = change(client, top, parent=top.pk if place == "itself" else below.pk)
    assert response.status_code == 200
    assert "A category cannot be placed below itself" in response.content.decode()
    top.refresh_from_db()
    assert top.parent is None


def test_a_moved_branch_takes_what_is_below_along(client, manager, tree):
    top, below = tree
    new = Category.objects.create(name="Wearables", code="wearables")
    client.force_login(manager)
    assert change(client, top, parent=new.pk).status_code == 302
    below.refresh_from_db()
    assert below.path == f"/{new.pk}/{top.pk}/{below.pk}/"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"kind": "choice", "choices": "  "}, "Write at least one choice"),
        ({"kind": "choice", "choices": "a = A\na = B"}, "Two choices have the same code"),
        ({"key": "not a key"}, "Enter a valid"),
    ],
)
def test_an_impossible_field_is_refused_with_the_reason(client, manager, tree, changes, complaint):
    client.force_login(manager)
    field = {
        "key": "size",
        "name": "Size",
        "kind": "text",
        "audience": "customer",
        "position": 0,
        "choices": "",
    }
    values = {f"fields-0-{name}": value for name, value in {**field, **changes}.items()}
    response = change(client, tree[0], **values, **{"fields-TOTAL_FORMS": 1})
    assert response.status_code == 200
    assert complaint in response.content.decode()
    assert not CategoryField.objects.filter(category=tree[0]).exists()


def test_a_category_with_others_below_it_is_not_deleted(client, manager, tree):
    client.force_login(manager)
    client.post(reverse("admin:catalog_category_delete", args=[tree[0].pk]), {"post": "yes"})
    assert Category.objects.filter(pk=tree[0].pk).exists()


def test_an_agent_shapes_nothing(client, agent, tree):
    client.force_login(agent)
    assert client.get(LIST).status_code in (302, 403, 404)
    change(client, tree[0], name="Changed")
    tree[0].refresh_from_db()
    assert tree[0].name == "Watches"


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_costs_the_same_queries_at_any_length(
    count, client, manager, tree, django_assert_max_num_queries
):
    for number in range(count):
        Category.objects.create(name=f"C{number}", code=f"c{number}", parent=tree[0])
    client.force_login(manager)
    with django_assert_max_num_queries(12):
        client.get(LIST)


@pytest.mark.parametrize("place", ["/admin/catalog/category/", "/admin/tickets/ticket/"])
def test_lists_open_before_there_is_any_category(place, client, admin):
    Category.objects.update(parent=None)
    Category.objects.all().delete()
    client.force_login(admin)
    assert client.get(place).status_code == 200
