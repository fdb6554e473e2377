"""The API document is valid, complete, and opened to who may sign in."""

import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.mark.ground
def test_the_document_is_valid_and_says_all_it_could(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", tmp_path / "document.yml")


@pytest.mark.ground
def test_every_route_says_what_it_does_and_how_it_refuses(document):
    validate_schema(document)
    for address, operations in document["paths"].items():
        for method in METHODS & operations.keys():
            operation = operations[method]
            assert operation["summary"], (method, address)
            wanted = {"401", "403", "406"} | ({"404"} if "{" in address else set())
            wanted |= {"400", "409", "413", "415"} if method != "get" else set()
            assert wanted <= operation["responses"].keys(), (method, address)
            for code in wanted:
                (content,) = operation["responses"][code]["content"].values()
                assert content["schema"]["$ref"].split("/")[-1] in ("Problem", "Conflict"), (method, address)


def test_it_is_read_with_a_token_or_a_session_and_not_without(client, program, agent):
    address = "/api/v1/schema/"
    assert client.get(address).status_code == 401
    assert program(agent, "read").get(address).json()["openapi"].startswith("3.")
    client.force_login(agent)
    assert client.get(address).status_code == 200
