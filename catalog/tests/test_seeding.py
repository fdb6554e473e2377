"""What a new help desk begins with."""

import pytest

from catalog.extra_fields import fields_for
from catalog.models import Category, CategoryField, Tag
from catalog.seeding import seed_catalog

TOP = [
    "product-fault", "service-complaint", "policy-question", "order-after-sales", "return-refund", "content-report",
    "technical-fault", "suggestion",
]  # fmt: skip


@pytest.fixture
def seeded(db):
    seed_catalog()


def test_the_eight_categories_of_the_trade_are_there(seeded):
    assert list(Category.objects.filter(parent=None, code__in=TOP).values_list("code", flat=True)) == TOP


def test_seeding_again_changes_nothing_and_leaves_a_managers_changes_alone(seeded):
    Category.objects.filter(code="suggestion").update(name="Ideas", is_active=False)
    CategoryField.objects.get(category__code="return-refund", key="photo").delete()
    before = [list(model.objects.order_by("pk").values()) for model in (Category, CategoryField, Tag)]
    seed_catalog()
    assert before == [list(model.objects.order_by("pk").values()) for model in (Category, CategoryField, Tag)]


def test_every_path_leads_from_the_root(seeded):
    for category in Category.objects.select_related("parent"):
        above = category.parent.path if category.parent else "/"
        assert category.path == f"{above}{category.pk}/"


def test_everything_has_a_name_in_three_languages(seeded):
    for model in (Category, CategoryField, Tag):
        for row in model.objects.all():
            assert row.name
            assert row.name_zh_hans
            assert row.name_zh_hant
    for top in Category.objects.filter(parent=None, code__in=TOP):
        assert top.hint
        assert top.hint_zh_hans
        assert top.hint_zh_hant
        assert top.icon


def test_every_seeded_field_would_pass_the_admin(seeded):
    for field in CategoryField.objects.all():
        field.full_clean()
        for _code, label in field.choice_pairs("zh-hant"):
            assert label


def test_a_return_asks_for_the_order_and_the_reason(seeded):
    fields = {field.key: field for field in fields_for(Category.objects.get(code="exchange"), "customer")}
    assert fields["order-number"].is_required
    assert fields["reason"].is_required
    assert [code for code, _label in fields["reason"].choice_pairs()]
