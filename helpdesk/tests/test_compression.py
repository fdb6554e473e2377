"""Pages go compressed to whom can read it; files do not."""

import gzip

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.ground]
ZIPPED = {"Accept-Encoding": "gzip, deflate, br"}


def test_a_page_goes_compressed(client):
    plain, packed = client.get("/"), client.get("/", headers=ZIPPED)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.content) < len(plain.content) / 2
    assert b"<h1>" in gzip.decompress(packed.content)
