"""The extra fields of categories: which are asked, and what is kept."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation

from catalog.extra_fields import clean_values, display_values, fields_by_category, fields_for, form_field
from catalog.models import Category, CategoryField


def field(category, key, kind="text", **more):
    names = {"name": key.title(), "name_zh_hans": f"{key}简", "name_zh_hant": f"{key}繁"}
    return CategoryField.objects.create(category=category, key=key, kind=kind, **{**names, **more})


@pytest.fixture
def tree(db):
    """phones > screens > cracks, each with a field; the middle one has one for agents."""
    phones = Category.objects.create(name="Phones", code="phones")
    screens = Category.objects.create(name="Screens", code="screens", parent=phones)
    cracks = Category.objects.create(name="Cracks", code="cracks", parent=screens)
    field(phones, "serial", position=5)
    field(screens, "warranty", "choice", audience="agent", choices="yes = Yes = 是 = 是\nno = No = 否 = 否")
    field(cracks, "dropped-on", "date")
    return phones, screens, cracks


def keys(fields):
    return [field.key for field in fields]


def test_fields_are_inherited_from_the_top_down(tree, django_assert_num_queries):
    phones, screens, cracks = tree
    with django_assert_num_queries(1):
        assert keys(fields_for(cracks, "agent")) == ["serial", "warranty", "dropped-on"]
    assert keys(fields_for(cracks, "customer")) == ["serial", "dropped-on"]
    assert keys(fields_for(screens, "customer")) == ["serial"]
    with django_assert_num_queries(1):
        found = fields_by_category(tree, "customer")
    assert {pk: keys(fields) for pk, fields in found.items()} == {
        phones.pk: ["serial"],
        screens.pk: ["serial"],
        cracks.pk: ["serial", "dropped-on"],
    }


def test_the_nearest_field_of_a_key_counts(tree):
    phones, _screens, cracks = tree
    nearer = field(cracks, "serial", is_required=True)
    assert nearer in fields_for(cracks, "customer")
    assert keys(fields_for(cracks, "customer")).count("serial") == 1
    assert not fields_for(phones, "customer")[0].is_required


def test_a_moved_category_inherits_from_its_new_place(tree):
    *_others, cracks = tree
    tablets = Category.objects.create(name="Tablets", code="tablets")
    field(tablets, "model")
    cracks.parent = tablets
    cracks.save()
    assert keys(fields_for(cracks, "agent")) == ["model", "dropped-on"]


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("text", " SN-1 ", "SN-1"), ("number", "3", 3), ("number", "3.50", 3.5), ("number", 4, 4), ("number", "0", 0),
        ("date", "2026-02-14", "2026-02-14"), ("choice", "a", "a"),
    ],
)  # fmt: skip
def test_a_value_is_kept_as_json(tree, kind, given, kept):
    one = field(tree[0], "key", kind, choices="a = A\nb = B")
    assert clean_values([one], {"key": given, "stranger": "x"}) == {"key": kept}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", "x" * 501), ("text", "\x00"), ("text", ["x"]), ("text", {"a": 1}), ("text", True), ("number", "many"),
        ("number", "NaN"),
        ("number", "Infinity"), ("number", "1" * 30), ("number", True), ("date", "2026-02-30"), ("date", "soon"),
        ("choice", "c"), ("choice", "A"),
    ],
)  # fmt: skip
def test_an_impossible_value_is_refused_under_its_key(tree, kind, given):
    one = field(tree[0], "key", kind, choices="a = A\nb = B")
    with pytest.raises(ValidationError) as refused:
        clean_values([one], {"key": given})
    assert list(refused.value.message_dict) == ["key"]


@pytest.mark.parametrize("kind", ["text", "number", "date", "choice", "file"])
def test_a_required_field_wants_a_value_and_another_does_not(tree, kind):
    required = field(tree[0], "must", kind, is_required=True, choices="a = A")
    optional = field(tree[0], "may", kind, choices="a = A")
    for empty in ({}, {"must": "", "may": ""}, {"must": None, "may": None}):
        with pytest.raises(ValidationError) as refused:
            clean_values([required, optional], empty)
        assert list(refused.value.message_dict) == ["must"]


def test_a_file_is_wanted_but_is_no_value(tree):
    photo = field(tree[0], "photo", "file", is_required=True)
    assert clean_values([photo], {"photo": SimpleUploadedFile("a.png", b"x")}) == {}


def test_unknown_keys_are_refused_when_asked_to(tree):
    with pytest.raises(ValidationError) as refused:
        clean_values(fields_for(tree[0], "customer"), {"serial": "1", "colour": "red"}, refuse_unknown=True)
    assert list(refused.value.message_dict) == ["colour"]


def test_all_that_is_wrong_is_said_at_once(tree):
    fields = [field(tree[0], "a", "date"), field(tree[0], "b", "number")]
    with pytest.raises(ValidationError) as refused:
        clean_values(fields, {"a": "x", "b": "y"})
    assert set(refused.value.message_dict) == {"a", "b"}


@pytest.mark.parametrize(
    ("language", "label", "choice"),
    [("en", "Key", "A"), ("zh-hans", "key简", "甲"), ("zh-hant", "key繁", "甲")],
)
def test_forms_speak_the_readers_language(tree, language, label, choice):
    one = field(tree[0], "key", "choice", choices="a = A = 甲")
    asked = form_field(one, language)
    assert asked.label == label
    assert ("a", choice) in asked.choices
    with translation.override(language):
        assert form_field(one).label == label


def test_answers_are_shown_with_their_labels_also_those_whose_field_is_gone(tree):
    fields = fields_for(tree[2], "agent")
    shown = display_values(fields, {"warranty": "yes", "dropped-on": "2026-02-14", "old": 3}, "zh-hans")
    assert shown[0] == ("warranty简", "是")
    assert "2026" in shown[1][1]
    assert shown[2] == ("old", "3")
