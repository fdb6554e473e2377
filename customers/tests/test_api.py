"""Customers through the API."""

import pytest

from customers.models import Customer
from customers.services import find_or_create_customer, merge_customers

URL = "/api/v1/customers/"
NEW = {"name": "王小明", "kind": "email", "value": "Wang@Example.com", "language": "zh-hant"}


@pytest.fixture
def signed_in(client, agent):
    client.force_login(agent)
    return client


@pytest.fixture
def pair(db):
    return [
        find_or_create_customer(name=name, kind="email", value=f"{name}@example.com", language="en")
        for name in ("anna", "ben")
    ]


def names(response):
    return [row["name"] for row in response.json()["results"]]


def post(client, **changes):
    return client.post(URL, {**NEW, **changes}, content_type="application/json")


def test_making_a_customer_twice_makes_him_once(signed_in):
    first, second = post(signed_in), post(signed_in, value=" wang@example.com", name="W")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    made = first.json()
    assert made["identities"] == [{"kind": "email", "value": "wang@example.com"}]
    assert (made["language"], made["time_zone"]) == ("zh-hant", "Asia/Taipei")
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"value": "no address"},
        {"kind": "pigeon"},
        {"name": ""},
        {"name": "x" * 121},
        {"language": "tlh"},
        {"value": "\x00"},
    ],
)
def test_an_impossible_customer_is_refused_naming_the_value(signed_in, changes):
    response = post(signed_in, **changes)
    assert response.status_code == 400
    assert set(response.json()["fields"]) == set(changes)
    assert not Customer.objects.exists()


def test_the_list_searches_and_leaves_merged_profiles_out(signed_in, pair):
    assert names(signed_in.get(URL)) == ["ben", "anna"]
    assert names(signed_in.get(URL, {"q": "anna@"})) == ["anna"]
    merge_customers(*pair, actor=None)
    assert names(signed_in.get(URL)) == ["anna"]
    assert names(signed_in.get(URL, {"q": "ben@"})) == ["anna"]
    assert signed_in.get(f"{URL}{pair[1].pk}/").json()["merged_into"] == pair[0].pk


def test_without_signing_in_or_a_role_there_is_nothing_to_see(client, agent, pair):
    assert client.get(URL).status_code == 401
    assert post(client).status_code == 401
    agent.groups.clear()
    client.force_login(agent)
    assert names(client.get(URL)) == []
    assert client.get(f"{URL}{pair[0].pk}/").status_code == 404
    assert post(client).status_code == 403
    assert Customer.objects.count() == 2


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_costs_the_same_queries_at_any_length(count, signed_in, django_assert_max_num_queries):
    for number in range(count):
        find_or_create_customer(name="x", kind="email", value=f"x{number}@example.com", language="en")
    with django_assert_max_num_queries(7):  # session, user, permissions, customers, identities
        assert len(names(signed_in.get(URL))) == count
