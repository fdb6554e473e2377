"""Categories through the API."""

import pytest

from catalog.seeding import seed_catalog

URL = "/api/v1/categories/"


@pytest.fixture
def signed_in(client, agent):
    seed_catalog()
    client.force_login(agent)
    return client


def test_the_tree_with_what_is_asked_for_each_category(signed_in, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):  # session, user, categories, fields
        rows = signed_in.get(URL).json()
    codes = [row["code"] for row in rows]
    assert codes.index("return-refund") + 1 == codes.index("exchange")
    exchange = rows[codes.index("exchange")]
    assert exchange["parent"] == "return-refund"
    fields = {field["key"]: field for field in exchange["fields_to_ask"]}
    assert fields["order-number"]["is_required"]
    assert {"code": "unwanted", "label": "No longer wanted"} in fields["reason"]["choices"]
    assert fields["photo"]["choices"] == []


def test_one_category_by_its_code_in_the_callers_language(signed_in, agent):
    agent.language = "zh-hant"
    agent.save()
    row = signed_in.get(f"{URL}product-fault/").json()
    assert row["label"] == "產品故障"
    assert "warranty" in [field["key"] for field in row["fields_to_ask"]]
    assert signed_in.get(f"{URL}nothing/").status_code == 404


def test_it_is_for_staff_and_read_only(client, signed_in):
    assert signed_in.post(URL, {}).status_code == 405
    client.logout()
    assert client.get(URL).status_code == 401
