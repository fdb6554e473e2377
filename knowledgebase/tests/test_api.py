"""Articles through the API."""

import pytest

URL = "/api/v1/articles/"


@pytest.fixture
def signed_in(client, agent):
    client.force_login(agent)
    return client


def slugs(response):
    return {row["slug"] for row in response.json()["results"]}


def test_staff_read_every_article_and_its_texts(signed_in, write, shelf):
    secret = write("internal", en=("Goodwill limits", "200 **yuan**"), audience="internal", publish=False)
    response = signed_in.get(URL)
    assert slugs(response) == {*shelf, "internal"}
    assert "body" not in response.json()["results"][0]["texts"][0]
    whole = signed_in.get(f"{URL}{secret.pk}/").json()
    assert whole["title"] == "Goodwill limits"
    assert whole["texts"][0]["body"] == "200 **yuan**"
    assert whole["texts"][0]["state"] == "draft"


@pytest.mark.parametrize(
    ("query", "wanted"), [("退貨", {"return"}), ("invoice", {"invoice"}), ("zzzz", set()), ("\x00", set())]
)
def test_search(signed_in, shelf, query, wanted):
    assert slugs(signed_in.get(URL, {"q": query})) == wanted


def test_without_signing_in_or_a_role_there_is_nothing_to_see(client, agent, write):
    secret = write("internal", en=("Goodwill limits", "x"), audience="internal")
    assert client.get(URL).status_code == 401
    agent.groups.clear()
    client.force_login(agent)
    assert slugs(client.get(URL)) == set()
    assert client.get(f"{URL}{secret.pk}/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_articles_are_read_only(signed_in, write, method):
    article = write("a", en=("A", "x"))
    assert getattr(signed_in, method)(f"{URL}{article.pk}/").status_code == 405


@pytest.mark.parametrize("count", [1, 40])
def test_the_list_costs_the_same_queries_at_any_length(
    count, signed_in, write, django_assert_max_num_queries
):
    for number in range(count):
        write(f"a{number}", en=("Return", "x"), zh_hans=("退货", "x"))
    with django_assert_max_num_queries(8):  # session, user, permissions, articles, categories, texts
        assert len(signed_in.get(URL).json()["results"]) == count
