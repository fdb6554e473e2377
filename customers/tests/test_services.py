"""Finding, making and merging customers."""

import importlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection

from customers.models import Customer, Identity, Order, Organisation, Segment
from customers.seeding import seed_segments
from customers.services import (
    MergeRefused,
    add_identity,
    add_note,
    find_or_create_customer,
    make_default_segment,
    merge_customers,
)


def find(value="Wang@Example.com", kind="email", name="王小明", language="zh-hans", **more):
    return find_or_create_customer(name=name, kind=kind, value=value, language=language, **more)


@pytest.fixture
def segments(db):
    seed_segments()


def test_the_same_address_is_the_same_customer_however_it_is_written(segments):
    customer = find()
    assert find(" wang@example.COM ", name="Xiaoming", language="en") == customer
    phone = find("138 0000 0000", "phone")
    for spelling in ("+86 138-0000-0000", "008613800000000", "(138)00000000"):
        assert find(spelling, "phone") == phone
    assert phone != customer
    customer.refresh_from_db()
    assert (customer.name, customer.language) == ("王小明", "zh-hans")


def test_a_known_customer_costs_one_query_and_a_new_one_three(segments, django_assert_num_queries):
    with django_assert_num_queries(3):
        customer = find()
    with django_assert_num_queries(1):
        assert find() == customer


def test_a_new_customer_is_as_if_saved_in_the_usual_way(segments):
    made = find(time_zone="Europe/Berlin")
    read = Customer.objects.get(pk=made.pk)
    for field in Customer._meta.concrete_fields:
        assert getattr(made, field.attname) == getattr(read, field.attname)
    assert read.segment.code == "regular"
    assert list(read.identities.values_list("kind", "value")) == [("email", "wang@example.com")]
    made.name = "王"
    made.save()
    assert Customer.objects.count() == 1


def test_without_a_default_segment_a_customer_has_none(db):
    Segment.objects.update(is_default=False)
    assert find().segment_id is None


@pytest.mark.parametrize(
    ("language", "time_zone", "kept"),
    [
        ("zh-hans", "", ("zh-hans", "Asia/Shanghai")),
        ("zh-hant", "", ("zh-hant", "Asia/Taipei")),
        ("ZH-HANT", "Asia/Hong_Kong", ("zh-hant", "Asia/Hong_Kong")),
        ("en", "Mars/Olympus", ("en", "Asia/Shanghai")),
        ("tlh", "../../etc/passwd", ("en", "Asia/Shanghai")),
    ],
)
def test_language_and_zone_that_nobody_knows_become_the_usual_ones(segments, language, time_zone, kept):
    customer = find(language=language, time_zone=time_zone)
    assert (customer.language, customer.time_zone) == kept


def test_a_customer_without_a_name_is_called_by_his_address(segments):
    assert find(name="  ").name == "wang@example.com"
    assert len(find("b@example.com", name="x" * 500).name) == 120


@pytest.mark.parametrize(
    ("kind", "value"), [("email", "no address"), ("email", ""), ("phone", "12"), ("wechat", " ")]
)
def test_what_is_no_address_is_refused_before_anything_is_written(db, kind, value):
    with pytest.raises(ValueError):  # noqa: PT011 - the value itself is the message
        find(value, kind)
    assert not Customer.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_makes_the_customer_and_all_get_him():
    threads = 12
    gate = Barrier(threads)

    def press(_number):
        gate.wait()
        found = [find(f"person{number}@example.com").pk for number in range(10)]
        connection.close()
        return found

    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(press, range(threads)))
    assert all(answer == answers[0] for answer in answers)
    assert Customer.objects.count() == Identity.objects.count() == 10


# --- Merging --------------------------------------------------------------------------------------------------------


@pytest.fixture
def pair(segments):
    keep, lose = find(), find("13800000000", "phone", name="王晓明")
    organisation = Organisation.objects.create(name="Brand shop")
    Customer.objects.filter(pk=lose.pk).update(organisation=organisation)
    Order.objects.create(customer=lose, number="A1", bought_on="2026-01-01", amount=10)
    add_note(lose, "Prefers calls in the evening", actor=None)
    return keep, lose


def test_a_merge_keeps_everything(pair, agent):
    keep, lose = pair
    merge_customers(keep, lose, actor=agent)
    keep.refresh_from_db()
    lose.refresh_from_db()
    assert lose.merged_into == keep
    assert {identity.kind for identity in keep.identities.all()} == {"email", "phone"}
    assert keep.orders.get().number == "A1"
    assert keep.organisation.name == "Brand shop"
    notes = list(keep.notes.values_list("text", "author"))
    assert ("Prefers calls in the evening", None) in notes
    assert any("王晓明" in text and author == agent.pk for text, author in notes)
    assert not lose.identities.exists()
    assert find("13800000000", "phone") == keep


def test_tickets_and_messages_move_and_events_stay_as_they_were_written(customer, ticket, segments):
    keep = find()
    written = list(ticket.events.values("pk", "customer"))
    merge_customers(keep, customer, actor=None)
    ticket = type(ticket).objects.get(pk=ticket.pk)
    assert ticket.customer == keep
    assert not ticket.messages.filter(customer=customer).exists()
    assert ticket.messages.filter(customer=keep).exists()
    assert list(ticket.events.values("pk", "customer")) == written


def test_profiles_merged_before_follow_along(pair):
    keep, lose = pair
    first = find("third@example.com")
    merge_customers(lose, first, actor=None)
    merge_customers(keep, lose, actor=None)
    first.refresh_from_db()
    assert first.merged_into == keep
    assert find("third@example.com") == keep


def test_an_address_left_at_a_merged_profile_still_leads_to_the_kept_one(pair, django_assert_num_queries):
    keep, lose = pair
    merge_customers(keep, lose, actor=None)
    Identity.objects.create(customer=lose, kind="wechat", value="wx1")
    with django_assert_num_queries(1):
        assert find("wx1", "wechat") == keep


def test_impossible_merges_are_refused_with_the_reason(pair):
    keep, lose = pair
    with pytest.raises(MergeRefused, match="one and the same"):
        merge_customers(keep, keep, actor=None)
    merge_customers(keep, lose, actor=None)
    for one, other in ((keep, lose), (lose, keep)):
        with pytest.raises(MergeRefused, match="already"):
            merge_customers(one, other, actor=None)


def test_no_room_holds_a_reference_to_customers_that_a_merge_would_forget(customer, ticket, pair):
    keep, _lose = pair
    merge_customers(keep, customer, actor=None)
    left = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields
        if field.related_model is Customer
        and model._base_manager.filter(**{field.name: customer.pk}).exists()
    ]
    assert left in ([], ["Event.customer"])


# --- Notes, addresses, segments -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "  ", "x" * 4001])
def test_an_empty_or_endless_note_is_refused(customer, text):
    with pytest.raises(ValidationError):
        add_note(customer, text, actor=None)
    assert not customer.notes.exists()


def test_another_customers_address_is_refused_with_advice(customer, segments):
    find()
    with pytest.raises(ValidationError, match="Merge the two instead"):
        add_identity(customer, "email", "WANG@example.com")
    with pytest.raises(ValidationError, match="not a valid address"):
        add_identity(customer, "phone", "call me")
    assert add_identity(customer, "phone", "+86 139 0000 0000").value == "13900000000"


def test_one_segment_is_for_new_customers(segments):
    vip = Segment.objects.get(code="vip")
    make_default_segment(vip)
    assert list(Segment.objects.filter(is_default=True)) == [vip]
    assert find().segment_id == vip.pk
    seed_segments()
    assert list(Segment.objects.filter(is_default=True)) == [vip]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [("王小", True), ("明", True), ("王明", False), ("wang@", True), ("WANG@EXAMPLE", True),
     ("138 0000 0000", True), ("+8613800000000", True),
     ("a1", True), ("A", False), ("", False), ("zzz", False), ("\x00", False)],
)  # fmt: skip
def test_customers_are_found_by_name_address_and_order(segments, text, is_found):
    customer = find()
    add_identity(customer, "phone", "13800000000")
    Order.objects.create(customer=customer, number="A1", bought_on="2026-01-01", amount=10)
    assert (customer in Customer.objects.found_by(text)) == is_found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("陈晓东", "陳曉"),
        ("陳曉東", "晓东"),
        ("Anna Müller", "müll"),
        ("Anna Müller", "ANNA"),
        ("李 Lee", "lee 李"),
    ],
)
def test_names_are_found_by_their_words_in_either_script(segments, name, text):
    customer = find(name=name)
    stranger = Customer.objects.create(name=name, language="en")
    assert set(Customer.objects.found_by(text)) == {customer, stranger}
    customer.name = "赵雷"
    customer.save()
    assert list(Customer.objects.found_by(text)) == [stranger]
    assert list(Customer.objects.found_by("趙雷")) == [customer]


def test_names_from_before_are_found_too(segments):
    customer = find()
    Customer.objects.update(search_text="")
    assert not Customer.objects.found_by("王小").exists()
    importlib.import_module("customers.migrations.0005_search").index_names(apps, None)
    assert list(Customer.objects.found_by("王小")) == [customer]


def test_finding_people_reads_indexes(segments):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")
        plan = Customer.objects.found_by("王小").explain()
        if connection.vendor == "postgresql":
            cursor.execute("RESET enable_seqscan")
    if connection.vendor == "sqlite":
        assert "VIRTUAL TABLE INDEX" in plan
        return
    for index in ("customers_customer_search", "identities_by_their_start", "orders_by_any_spelling"):
        assert index in plan
