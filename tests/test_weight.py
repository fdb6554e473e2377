"""How much a first and a second visit of the desk load, compressed as they go out."""

import gzip
import random
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from tickets.services import add_customer_message, add_reply, create_ticket

pytestmark = [pytest.mark.django_db, pytest.mark.ground]
FIRST, LATER = 150_000, 30_000
WORDS = (
    "您好请问充电宝不进指示灯也亮了可以保修吗谢师傅明天上午寄回来换一台新的发票已经补注意查收物流三没动麻烦"
)


@pytest.fixture
def say():
    """A sentence like no other: what repeats would weigh next to nothing."""
    chance = random.Random(20)
    return lambda length: "".join(chance.choices(WORDS, k=length))


def static(address: str) -> bytes:
    path = finders.find(address.removeprefix("/static/").partition("?")[0])
    assert path, address
    return Path(path).read_bytes()


def parts(page: str) -> dict[str, int]:
    """The page's style sheets, their fonts, and its scripts, each with its weight; brotli would be lighter."""
    found = re.findall(r'(?:<link rel="stylesheet" href|<script[^>]* src)="(/static/[^"]+)"', page)
    weights = {}
    for address in found:
        content = static(address)
        weights[address] = len(gzip.compress(content))
        if address.endswith(".css"):
            for name in re.findall(rb'url\("?([^")]+\.woff2)', content):
                font = f"{address.rpartition('/')[0]}/{name.decode()}"
                weights[font] = len(static(font))
    return weights


def weigh(client, address: str) -> tuple[int, dict[str, int]]:
    """The page's own weight, with what htmx fetches after it, and that of its parts."""
    response = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    page = gzip.decompress(response.content).decode()
    later = re.findall(r'hx-get="([^"]+)" hx-trigger="load', page)
    assert later
    fetched = [client.get(part.replace("&amp;", "&"), headers={"Accept-Encoding": "gzip"}) for part in later]
    assert {answer.status_code for answer in fetched} == {200}
    return len(response.content) + sum(len(answer.content) for answer in fetched), parts(page)


def expect_light(own: int, others: dict[str, int]) -> None:
    assert len(others) > 8
    assert any("woff2" in name for name in others)
    assert own <= LATER
    assert own + sum(others.values()) <= FIRST, sorted(others.items(), key=lambda item: -item[1])[:6]


def test_a_full_queue_is_light(client, agent, customer, say):
    for _ in range(50):
        create_ticket(customer=customer, subject=say(20), body=say(60))
    client.force_login(agent)
    expect_light(*weigh(client, "/desk/queue/unassigned/"))


def test_a_ticket_with_three_hundred_messages_is_light(client, agent, customer, ticket_in, say):
    ticket = ticket_in("assigned")
    for _ in range(150):
        add_reply(ticket, say(120), actor=agent)
        add_customer_message(ticket, say(60), customer=customer)
    client.force_login(agent)
    expect_light(*weigh(client, ticket.get_absolute_url()))
