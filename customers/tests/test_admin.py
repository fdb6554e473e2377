"""Customers in the admin."""

import pytest
from django.urls import reverse

from customers.models import Customer, Segment
from customers.seeding import seed_segments
from customers.services import add_note, find_or_create_customer

pytestmark = pytest.mark.ground

LIST = reverse("admin:customers_customer_changelist")


@pytest.fixture
def pair(db):
    return [
        find_or_create_customer(name=name, kind="email", value=f"{name}@example.com", language="en")
        for name in ("anna", "ben")
    ]


@pytest.fixture
def signed_in(client, manager):
    client.force_login(manager)
    return client


def merge(client, customers, **more):
    return client.post(
        LIST, {"action": "merge", "_selected_action": [one.pk for one in customers], **more}, follow=True
    )


def test_a_merge_asks_first_showing_both(signed_in, pair):
    response = merge(signed_in, pair)
    text = response.content.decode()
    assert "anna<wbr>@example.<wbr>com" in text
    assert "ben<wbr>@example.<wbr>com" in text
    assert not Customer.objects.exclude(merged_into=None).exists()


def test_a_merge_keeps_the_one_that_was_named(signed_in, pair, manager):
    anna, ben = pair
    response = merge(signed_in, pair, keep=ben.pk)
    assert "anna is now part of ben" in [str(message).rstrip(".") for message in response.context["messages"]]
    anna.refresh_from_db()
    assert anna.merged_into == ben
    assert ben.notes.get().author == manager


@pytest.mark.parametrize("count", [1, 3])
def test_a_merge_wants_exactly_two(signed_in, pair, count):
    third = find_or_create_customer(name="cleo", kind="email", value="cleo@example.com", language="en")
    response = merge(signed_in, [*pair, third][:count], keep=pair[0].pk)
    assert "exactly two" in response.content.decode()
    assert not Customer.objects.exclude(merged_into=None).exists()


def test_a_second_merge_of_the_same_pair_says_why_not(signed_in, pair):
    merge(signed_in, pair, keep=pair[0].pk)
    response = signed_in.post(
        f"{LIST}?profile=all",
        {"action": "merge", "_selected_action": [one.pk for one in pair], "keep": pair[0].pk},
        follow=True,
    )
    assert "already" in response.content.decode()


def test_the_list_leaves_merged_profiles_out_unless_asked(signed_in, pair):
    merge(signed_in, pair, keep=pair[0].pk)
    for query, wanted in (
        ({}, {pair[0]}),
        ({"profile": "merged"}, {pair[1]}),
        ({"profile": "all"}, set(pair)),
    ):
        shown = set(signed_in.get(LIST, query).context["cl"].result_list)
        assert shown == wanted


@pytest.mark.parametrize("text", ["anna", "anna@", "ANNA@example.com"])
def test_search_finds_by_name_and_address(signed_in, pair, text):
    assert list(signed_in.get(LIST, {"q": text}).context["cl"].result_list) == [pair[0]]


def page_of(customer, **changes):
    values = {
        "name": customer.name,
        "segment": "",
        "organisation": "",
        "language": "en",
        "time_zone": "Asia/Taipei",
    }
    for prefix in ("identities", "orders", "notes"):
        values |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return {**values, **changes}


def test_a_note_carries_its_author_and_is_not_rewritten(signed_in, pair, manager):
    url = reverse("admin:customers_customer_change", args=[pair[0].pk])
    signed_in.post(url, page_of(pair[0], **{"notes-TOTAL_FORMS": 1, "notes-0-text": "Call in the evening"}))
    note = pair[0].notes.get()
    assert (note.text, note.author) == ("Call in the evening", manager)
    changes = {
        "notes-TOTAL_FORMS": 1,
        "notes-INITIAL_FORMS": 1,
        "notes-0-id": note.pk,
        "notes-0-text": "Other words",
    }
    signed_in.post(url, page_of(pair[0], **changes))
    note.refresh_from_db()
    assert note.text == "Call in the evening"


def test_an_address_of_somebody_else_is_refused_with_advice(signed_in, pair):
    url = reverse("admin:customers_customer_change", args=[pair[0].pk])
    changes = {
        "identities-TOTAL_FORMS": 1,
        "identities-0-kind": "email",
        "identities-0-value": "BEN@example.com",
    }
    response = signed_in.post(url, page_of(pair[0], **changes))
    assert "Merge the two instead" in response.content.decode()


@pytest.mark.parametrize(("chosen", "default"), [(["vip"], "vip"), (["vip", "at-risk"], "regular")])
def test_one_segment_at_a_time_is_for_new_customers(signed_in, chosen, default):
    seed_segments()
    pks = list(Segment.objects.filter(code__in=chosen).values_list("pk", flat=True))
    url = reverse("admin:customers_segment_changelist")
    signed_in.post(url, {"action": "make_default", "_selected_action": pks})
    assert Segment.objects.get(is_default=True).code == default


def test_an_agent_merges_nobody_in_the_admin(client, agent, pair):
    client.force_login(agent)
    client.post(LIST, {"action": "merge", "_selected_action": [one.pk for one in pair], "keep": pair[0].pk})
    assert not Customer.objects.exclude(merged_into=None).exists()


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_costs_the_same_queries_at_any_length(count, signed_in, django_assert_max_num_queries):
    for number in range(count):
        one = find_or_create_customer(name="x", kind="email", value=f"x{number}@example.com", language="en")
        add_note(one, "x", actor=None)
    with django_assert_max_num_queries(10):
        signed_in.get(LIST)
