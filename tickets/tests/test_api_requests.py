"""Whatever is sent to the API, it is answered in the one form and never with a crash."""

import pytest

from tickets.tests.by_program import TICKETS


@pytest.mark.parametrize("address", [
    "/api/v1/", "/api/v1/nothing/", "/api/v1/tickets", "/api/v1/tickets/x/", "/api/v1/tickets/-1/",
    "/api/v2/tickets/", "/api/v1/tickets/1/messages/x/",
])  # fmt: skip
def test_an_address_of_nothing_is_answered_in_the_one_form(address, program, agent):
    for method in ("get", "post", "delete"):
        response = getattr(program(agent), method)(address)
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"


@pytest.mark.parametrize(("body", "kind", "status"), [
    ("{", "application/json", 400),
    ("[]", "application/json", 400),
    ("1", "application/json", 400),
    ("null", "application/json", 400),
    ('"x"', "application/json", 400),
    ("[" * 100_000, "application/json", 400),
    ('{"subject": NaN}', "application/json", 400),
    ('{"customer": 1e999}', "application/json", 400),
    ('{"customer": ' + "9" * 5000 + "}", "application/json", 400),
    (b"\xff\xfe", "application/json", 400),
    ("{}", "application/json; charset=rot13", 400),
    ("{}", "application/json; charset=nonsense", 400),
    ("a=b", "application/x-www-form-urlencoded", 415),
    ("<a/>", "text/xml", 415),
    ("x", "", 415),
    ("x", "multipart/form-data", 400),
    ("--x--", "multipart/form-data; boundary=x", 400),
    (b"x" * 6_000_000, "application/json", 413),
])  # fmt: skip
def test_what_cannot_be_read_is_answered_in_the_one_form(body, kind, status, program, agent):
    response = program(agent).generic("POST", TICKETS, body, content_type=kind)
    assert response.status_code == status, response.content
    assert response.json().keys() >= {"code", "detail"}


def test_an_id_beyond_all_ids_is_of_nothing(program, agent):
    assert program(agent).get(f"{TICKETS}{10**40}/").status_code == 404


def test_only_json_can_be_had(program, agent):
    response = program(agent).get(TICKETS, headers={"Accept": "text/html"})
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")
